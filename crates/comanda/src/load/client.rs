//! A client of the shop's HTTP API.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use bytes::Bytes;
use reqwest::{
    Client, RequestBuilder, Response, StatusCode, Url,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use serde::{Deserialize, de::DeserializeOwned};
use tokio::time::{Instant, sleep, timeout_at};

use super::shop::{Menu, Restaurants, Shop};
use crate::fault::Fault;

/// Pause before a request is repeated, unless the response has a `Retry-After`.
const RETRY_PAUSE: Duration = Duration::from_secs(1);
/// Idle connections kept to each storefront.
const MAX_IDLE_CONNECTIONS: usize = 256;
/// Maximum length of an error's example, in characters.
const MAX_EXAMPLE_CHARS: usize = 300;

/// One or more storefronts, used in turn.
pub(super) struct Storefronts {
    http: Client,
    bases: Vec<Url>,
    staff_token: Option<String>,
    turn: AtomicUsize,
}

/// The response to an accepted order.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct PlacedOrder {
    pub(super) order_id: String,
    pub(super) token: String,
}

/// A failure: its kind, by which failures are counted, and an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) kind: String,
    pub(super) example: String,
}

impl Failure {
    pub(super) fn new(kind: impl Into<String>, example: impl Into<String>) -> Self {
        Self { kind: kind.into(), example: example.into() }
    }

    fn from_connection(error: reqwest::Error) -> Self {
        let kind = match error.is_connect() {
            true => "no connection",
            false if error.is_timeout() => "time-out",
            false => "broken connection",
        };
        // The URL contains the order's token.
        let error = error.without_url();
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        Self::new(kind, cause.unwrap_or_else(|| error.to_string()))
    }

    async fn from_status(response: Response) -> Self {
        let kind = format!("HTTP {}", response.status().as_u16());
        let text = response.text().await.unwrap_or_default();
        Self::new(kind, text.chars().take(MAX_EXAMPLE_CHARS).collect::<String>())
    }
}

/// A failure, and the pause after which a retry makes sense.
type RefusedRequest = (Failure, Option<Duration>);

impl Storefronts {
    /// The storefronts at `bases`.
    pub(super) fn new(bases: Vec<Url>, staff_token: Option<String>) -> Result<Self, Fault> {
        let http = Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .pool_max_idle_per_host(MAX_IDLE_CONNECTIONS)
            // The shop is measured, not a proxy.
            .no_proxy()
            .build()
            .map_err(|e| Fault::system("no HTTP client can be made").with_cause(e))?;
        Ok(Self { http, bases, staff_token, turn: AtomicUsize::new(0) })
    }

    /// The same client for another address.
    pub(super) fn at_address(&self, base: Url) -> Self {
        let (http, staff_token) = (self.http.clone(), self.staff_token.clone());
        Self { http, bases: vec![base], staff_token, turn: AtomicUsize::new(0) }
    }

    /// A URL at the next storefront.
    fn address(&self, path: &str) -> Url {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let mut url = self.bases[turn % self.bases.len()].clone();
        url.set_path(path);
        url
    }

    /// The open restaurants with their dishes; `only` limits them to one.
    pub(super) async fn read_shops(&self, only: Option<&str>) -> Result<Vec<Shop>, Fault> {
        let list: Restaurants = self.get_json("/api/restaurants").await?;
        let open = list.restaurants.into_iter().filter(|r| r.open && r.menu_version.is_some());
        let mut shops = Vec::new();
        for listed in open.filter(|r| only.is_none_or(|only| only == r.id)) {
            let menu: Menu = self.get_json(&format!("/api/restaurants/{}/menu", listed.id)).await?;
            shops.extend(Shop::new(menu));
        }
        match (shops.is_empty(), only) {
            (false, _) => Ok(shops),
            (true, Some(only)) => Err(Fault::usage(format!(
                "--restaurant: {only} is closed, or has no menu with dishes that do not run out"
            ))),
            (true, None) => Err(Fault::unavailable(
                "no open restaurant has a menu with dishes that do not run out: put one first, or \
                 start `comanda up` without --no-demo",
            )),
        }
    }

    async fn get_json<T: DeserializeOwned>(&self, path: &str) -> Result<T, Fault> {
        let url = self.address(path);
        let unavailable = |e: reqwest::Error| {
            let why = Failure::from_connection(e);
            let Failure { kind, example } = why;
            Fault::unavailable(format!("no shop answers at {url}: {kind}, {example}"))
        };
        let response = self.http.get(url.clone()).timeout(Duration::from_secs(10)).send().await;
        let response = response.and_then(Response::error_for_status).map_err(unavailable)?;
        response.json().await.map_err(unavailable)
    }

    /// Places an order. After a 503 or a broken connection the result is unknown, so it is sent
    /// again with the same idempotency key, as our pages do; `retries` counts that.
    pub(super) async fn place_order(
        &self,
        key: &str,
        body: Bytes,
        until: Instant,
        retries: &mut u64,
    ) -> Result<PlacedOrder, Failure> {
        loop {
            let attempt = timeout_at(until, self.post_order(key, body.clone())).await;
            let (failure, pause) = match attempt {
                Ok(Ok(placed)) => return Ok(placed),
                Ok(Err(refused)) => refused,
                Err(_) => return Err(Failure::new("time-out", "no answer to an order in time")),
            };
            let Some(pause) = pause.filter(|pause| Instant::now() + *pause < until) else {
                return Err(failure);
            };
            *retries += 1;
            sleep(pause).await;
        }
    }

    async fn post_order(&self, key: &str, body: Bytes) -> Result<PlacedOrder, RefusedRequest> {
        let mut request = self.http.post(self.address("/api/orders"));
        if let Some(token) = &self.staff_token {
            request = request.bearer_auth(token);
        }
        let request = request.header(CONTENT_TYPE, "application/json");
        let response = request.header("idempotency-key", key).body(body).send().await;
        let retry = |error| (Failure::from_connection(error), Some(RETRY_PAUSE));
        let response = response.map_err(retry)?;
        match response.status() {
            StatusCode::ACCEPTED => {
                let body = response.bytes().await.map_err(retry)?;
                let read = serde_json::from_slice(&body);
                read.map_err(|e| (Failure::new("unreadable answer", e.to_string()), None))
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                let pause = retry_after(&response).unwrap_or(RETRY_PAUSE);
                Err((Failure::from_status(response).await, Some(pause)))
            }
            _ => Err((Failure::from_status(response).await, None)),
        }
    }

    /// Sends a GET with the staff token.
    pub(super) async fn get_as_staff(&self, path: &str) -> Result<Response, Failure> {
        let mut request = self.http.get(self.address(path));
        if let Some(token) = &self.staff_token {
            request = request.bearer_auth(token);
        }
        ok_response(request).await
    }

    /// Sends a GET for an order, with `rest` as the end of the path.
    pub(super) async fn get_order(
        &self,
        placed: &PlacedOrder,
        rest: &str,
    ) -> Result<Response, Failure> {
        let mut url = self.address(&format!("/api/orders/{}{rest}", placed.order_id));
        url.query_pairs_mut().append_pair("token", &placed.token);
        ok_response(self.http.get(url)).await
    }
}

async fn ok_response(request: RequestBuilder) -> Result<Response, Failure> {
    let response = request.send().await.map_err(Failure::from_connection)?;
    match response.status() {
        StatusCode::OK => Ok(response),
        _ => Err(Failure::from_status(response).await),
    }
}

pub(super) fn connection_failure(error: reqwest::Error) -> Failure {
    Failure::from_connection(error)
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
