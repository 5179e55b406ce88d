//! The shop over HTTP, as a customer's page speaks to it.

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

/// Pause before a request is repeated where the answer names none, as after a broken connection.
const PAUSE: Duration = Duration::from_secs(1);
/// Idle connections kept to each storefront.
const IDLE: usize = 256;
/// Most of an error's text that is told.
const TOLD: usize = 300;

/// One or more storefronts that take turns.
pub(super) struct Storefronts {
    http: Client,
    bases: Vec<Url>,
    staff_token: Option<String>,
    turn: AtomicUsize,
}

/// What an accepted order is followed by.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Placed {
    pub(super) order_id: String,
    pub(super) token: String,
}

/// Why something did not work, by kind, with one text as an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) kind: String,
    pub(super) example: String,
}

impl Failure {
    pub(super) fn new(kind: impl Into<String>, example: impl Into<String>) -> Self {
        Self { kind: kind.into(), example: example.into() }
    }

    fn connection(error: reqwest::Error) -> Self {
        let kind = match error.is_connect() {
            true => "no connection",
            false if error.is_timeout() => "time-out",
            false => "broken connection",
        };
        // The address holds the order's token.
        let error = error.without_url();
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        Self::new(kind, cause.unwrap_or_else(|| error.to_string()))
    }

    async fn status(answer: Response) -> Self {
        let kind = format!("HTTP {}", answer.status().as_u16());
        let text = answer.text().await.unwrap_or_default();
        Self::new(kind, text.chars().take(TOLD).collect::<String>())
    }
}

/// A failure, and when asking again makes sense.
type Refused = (Failure, Option<Duration>);

impl Storefronts {
    /// The storefronts at `bases`.
    pub(super) fn new(bases: Vec<Url>, staff_token: Option<String>) -> Result<Self, Fault> {
        let http = Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .pool_max_idle_per_host(IDLE)
            // What is measured is the way there, not through somebody else.
            .no_proxy()
            .build()
            .map_err(|e| Fault::system(format!("no HTTP client can be made: {e}")))?;
        Ok(Self { http, bases, staff_token, turn: AtomicUsize::new(0) })
    }

    /// The same for one other address.
    pub(super) fn elsewhere(&self, base: Url) -> Self {
        let (http, staff_token) = (self.http.clone(), self.staff_token.clone());
        Self { http, bases: vec![base], staff_token, turn: AtomicUsize::new(0) }
    }

    /// An address at the next storefront.
    fn address(&self, path: &str) -> Url {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let mut url = self.bases[turn % self.bases.len()].clone();
        url.set_path(path);
        url
    }

    /// What can be ordered, at one restaurant or at all.
    pub(super) async fn shops(&self, only: Option<&str>) -> Result<Vec<Shop>, Fault> {
        let list: Restaurants = self.read("/api/restaurants").await?;
        let open = list.restaurants.into_iter().filter(|r| r.open && r.menu_version.is_some());
        let mut shops = Vec::new();
        for listed in open.filter(|r| only.is_none_or(|only| only == r.id)) {
            let menu: Menu = self.read(&format!("/api/restaurants/{}/menu", listed.id)).await?;
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

    async fn read<T: DeserializeOwned>(&self, path: &str) -> Result<T, Fault> {
        let url = self.address(path);
        let told = |e: reqwest::Error| {
            let why = Failure::connection(e);
            let Failure { kind, example } = why;
            Fault::unavailable(format!("no shop answers at {url}: {kind}, {example}"))
        };
        let answer = self.http.get(url.clone()).timeout(Duration::from_secs(10)).send().await;
        let answer = answer.and_then(Response::error_for_status).map_err(told)?;
        answer.json().await.map_err(told)
    }

    /// Places an order. 503 and broken connections mean that its end is not known: it is sent
    /// again under the same key, as our pages do, and `retries` counts that.
    pub(super) async fn place(
        &self,
        key: &str,
        body: Bytes,
        until: Instant,
        retries: &mut u64,
    ) -> Result<Placed, Failure> {
        loop {
            let attempt = timeout_at(until, self.post(key, body.clone())).await;
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

    async fn post(&self, key: &str, body: Bytes) -> Result<Placed, Refused> {
        let mut request = self.http.post(self.address("/api/orders"));
        if let Some(token) = &self.staff_token {
            request = request.bearer_auth(token);
        }
        let request = request.header(CONTENT_TYPE, "application/json");
        let answer = request.header("idempotency-key", key).body(body).send().await;
        let again = |error| (Failure::connection(error), Some(PAUSE));
        let answer = answer.map_err(again)?;
        match answer.status() {
            StatusCode::ACCEPTED => {
                let body = answer.bytes().await.map_err(again)?;
                let read = serde_json::from_slice(&body);
                read.map_err(|e| (Failure::new("unreadable answer", e.to_string()), None))
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                let pause = retry_after(&answer).unwrap_or(PAUSE);
                Err((Failure::status(answer).await, Some(pause)))
            }
            _ => Err((Failure::status(answer).await, None)),
        }
    }

    /// Gets something that staff may see.
    pub(super) async fn staff(&self, path: &str) -> Result<Response, Failure> {
        let mut request = self.http.get(self.address(path));
        if let Some(token) = &self.staff_token {
            request = request.bearer_auth(token);
        }
        answered(request).await
    }

    /// Gets something of an order: its path ends in `rest`.
    pub(super) async fn get(&self, placed: &Placed, rest: &str) -> Result<Response, Failure> {
        let mut url = self.address(&format!("/api/orders/{}{rest}", placed.order_id));
        url.query_pairs_mut().append_pair("token", &placed.token);
        answered(self.http.get(url)).await
    }
}

async fn answered(request: RequestBuilder) -> Result<Response, Failure> {
    let answer = request.send().await.map_err(Failure::connection)?;
    match answer.status() {
        StatusCode::OK => Ok(answer),
        _ => Err(Failure::status(answer).await),
    }
}

pub(super) fn broken(error: reqwest::Error) -> Failure {
    Failure::connection(error)
}

fn retry_after(answer: &Response) -> Option<Duration> {
    let seconds = answer.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
