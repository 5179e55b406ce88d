//! A small HTTP client that follows the platform through restarts.

use std::{
    sync::{
        Arc, Once, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use reqwest::{Client, Method, RequestBuilder, header::HeaderMap, redirect::Policy};
use serde_json::Value;

use super::sse::Stream;

#[derive(Default)]
struct Target {
    /// The address of each service. A process with all services has the name "".
    servers: Vec<(&'static str, String)>,
    staff_token: String,
    /// Instances are used in turn.
    turn: AtomicUsize,
}

impl Target {
    /// The base URL for a request: of one instance of the service whose route it is.
    fn base(&self, method: &Method, path: &str) -> String {
        let owner = owner(method, path);
        let all: Vec<_> =
            self.servers.iter().filter(|(name, _)| name.is_empty() || *name == owner).collect();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        match all.is_empty() {
            // Like a proxy without upstreams: no process listens there.
            true => "http://127.0.0.1:1".to_owned(),
            false => all[turn % all.len()].1.clone(),
        }
    }
}

/// The service to which a proxy would send the request.
fn owner(method: &Method, path: &str) -> &'static str {
    let path = path.split('?').next().unwrap_or(path);
    let segments: Vec<_> = path.trim_start_matches('/').split('/').collect();
    match segments.as_slice() {
        ["kitchen", "restaurants", ..]
        | ["backoffice", ..]
        | ["api", "restaurants", _, "stock"]
        | ["api", "restaurants", _, "days", _] => "backoffice",
        ["api", "orders", _]
        | ["api", "orders", _, "cancel"]
        | ["api", "orders", _, "refunds"]
        | ["orders", _, "cancel" | "refunds"]
        | ["kitchen", ..]
        | ["api", "kitchen", ..] => "orders",
        ["orders", _, "pay", ..] => "transactions",
        ["analytics", ..] | ["api", "analytics", ..] => "analytics",
        ["api", "restaurants", ..] if *method != Method::GET => "backoffice",
        _ => "storefront",
    }
}

/// A client of the platform. Clones share its addresses.
#[derive(Clone)]
pub struct Api {
    client: Client,
    target: Arc<RwLock<Target>>,
}

/// A response with any status.
#[derive(Clone, Debug)]
pub struct ApiResponse {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl ApiResponse {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Api {
    pub fn new() -> Self {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| {
            let _ = rustls::crypto::ring::default_provider().install_default();
        });
        let client = Client::builder().redirect(Policy::none()).timeout(Duration::from_secs(30));
        Self { client: client.build().unwrap(), target: Arc::default() }
    }

    pub(super) fn point_to(&self, base: &str, staff_token: &str) {
        self.point_to_fleet(vec![("", base.to_owned())], staff_token);
    }

    /// Sets the addresses of services in several processes.
    pub fn point_to_fleet(&self, servers: Vec<(&'static str, String)>, staff_token: &str) {
        let staff_token = staff_token.to_owned();
        *self.target.write().unwrap() = Target { servers, staff_token, turn: AtomicUsize::new(0) };
    }

    /// The address of the shop.
    pub fn base(&self) -> String {
        self.target.read().unwrap().base(&Method::GET, "/")
    }

    pub fn staff_token(&self) -> String {
        self.target.read().unwrap().staff_token.clone()
    }

    /// A request to a path of the platform, or to a full URL.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let address = match path.starts_with("http") {
            true => path.to_owned(),
            false => format!("{}{path}", self.target.read().unwrap().base(&method, path)),
        };
        self.client.request(method, address)
    }

    /// A request as staff.
    pub fn as_staff(&self, method: Method, path: &str) -> RequestBuilder {
        self.request(method, path).bearer_auth(self.staff_token())
    }

    /// Sends a GET without credentials.
    pub async fn get(&self, path: &str) -> ApiResponse {
        self.try_get(path).await.unwrap()
    }

    pub async fn try_get(&self, path: &str) -> Result<ApiResponse, String> {
        send(self.request(Method::GET, path)).await
    }

    /// Sends a GET as staff.
    pub async fn staff_get(&self, path: &str) -> ApiResponse {
        send(self.as_staff(Method::GET, path)).await.unwrap()
    }

    /// Posts JSON as staff.
    pub async fn staff_post(&self, path: &str, body: &Value) -> ApiResponse {
        send(self.as_staff(Method::POST, path).json(body)).await.unwrap()
    }

    /// Puts JSON as staff.
    pub async fn staff_put(&self, path: &str, body: &Value) -> ApiResponse {
        send(self.as_staff(Method::PUT, path).json(body)).await.unwrap()
    }

    /// Opens a stream of events.
    pub async fn stream(&self, path: &str, last_event_id: Option<&str>) -> Stream {
        // A stream has no end, so in effect it has no timeout.
        let mut request = self.request(Method::GET, path).timeout(Duration::from_hours(1));
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        Stream::new(request.send().await.unwrap())
    }
}

/// Sends a request and reads the whole response.
pub async fn send(request: RequestBuilder) -> Result<ApiResponse, String> {
    let answer = request.send().await.map_err(|e| e.to_string())?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let text = answer.text().await.map_err(|e| e.to_string())?;
    Ok(ApiResponse { status, headers, text })
}
