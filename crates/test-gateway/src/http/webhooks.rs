//! `/_webhooks`: where events are sent, for whoever runs the gateway.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::answer::object;
use super::extract::Whole;
use crate::endpoint::{Figures, Retries, Webhooks};
use crate::engine::Engine;
use crate::problem::{Kind, Problem};

/// What is to be set; what is not named has its default.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Asked {
    url: Option<String>,
    secrets: Vec<Box<str>>,
    attempts: u32,
    first_retry_ms: u64,
    longest_retry_ms: u64,
}

impl Default for Asked {
    fn default() -> Self {
        let Retries { attempts, first_retry_ms, longest_retry_ms } = Retries::default();
        Self { url: None, secrets: Vec::new(), attempts, first_retry_ms, longest_retry_ms }
    }
}

/// What is in force, and what became of the webhooks since the gateway started.
#[derive(Serialize)]
struct Shown {
    url: Option<String>,
    /// How many; they themselves are never shown.
    secrets: usize,
    #[serde(flatten)]
    retries: Retries,
    #[serde(flatten)]
    figures: Figures,
    /// Events that are still to be delivered.
    pending: usize,
}

/// `GET /_webhooks`
pub(super) async fn show(State(engine): State<Arc<Engine>>) -> Response {
    let webhooks = engine.desk.webhooks();
    let events = engine.lock().events().all().len();
    let (figures, pending) = engine.desk.figures(events);
    let retries = webhooks.as_ref().map(|webhooks| webhooks.retries).unwrap_or_default();
    let secrets = webhooks.as_ref().map_or(0, |webhooks| webhooks.secrets().len());
    let url = webhooks.map(|webhooks| webhooks.url().to_owned());
    object(200, &Shown { url, secrets, retries, figures, pending })
}

/// `PUT /_webhooks`: events from now on go there, and those that the endpoint before was not told
/// of. Without a URL, none are sent, and none are kept for later.
pub(super) async fn set(State(engine): State<Arc<Engine>>, Whole(body): Whole) -> Response {
    let webhooks = match parse(&body) {
        Ok(webhooks) => webhooks,
        Err(reason) => return Problem::invalid(reason).into_response(),
    };
    // The whole address may hold a password.
    let host = webhooks.as_ref().and_then(Webhooks::host).unwrap_or("none");
    tracing::info!(host, "the endpoint for webhooks was set");
    if let Err(error) = engine.desk.set(&engine.books, webhooks).await {
        let told = format!("The endpoint cannot be kept: {error}.");
        return Problem::new(Kind::Server, told).into_response();
    }
    show(State(engine)).await
}

fn parse(body: &[u8]) -> Result<Option<Webhooks>, String> {
    let Asked { url, secrets, attempts, first_retry_ms, longest_retry_ms } =
        serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let Some(url) = url else {
        let stray = !secrets.is_empty();
        return if stray { Err("secrets without a url".to_owned()) } else { Ok(None) };
    };
    let retries = Retries { attempts, first_retry_ms, longest_retry_ms };
    let webhooks = Webhooks::new(&url, secrets).and_then(|webhooks| webhooks.retried(retries));
    webhooks.map(Some).map_err(|error| error.to_string())
}
