//! `/_webhooks`: the webhook endpoint, an operational route.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

use super::{extract::RequestBody, response::json_response};
use crate::{
    endpoint::{DeliveryStats, Retries, Webhooks},
    engine::Engine,
    problem::{Kind, Problem},
};

/// The requested settings; fields not named have their defaults.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WebhooksRequest {
    url: Option<String>,
    secrets: Vec<Box<str>>,
    attempts: u32,
    first_retry_ms: u64,
    longest_retry_ms: u64,
}

impl Default for WebhooksRequest {
    fn default() -> Self {
        let Retries { attempts, first_retry_ms, longest_retry_ms } = Retries::default();
        Self { url: None, secrets: Vec::new(), attempts, first_retry_ms, longest_retry_ms }
    }
}

/// The current settings, and statistics since the start of the gateway.
#[derive(Serialize)]
struct WebhooksView {
    url: Option<String>,
    /// Number of secrets; the secrets themselves are never shown.
    secrets: usize,
    #[serde(flatten)]
    retries: Retries,
    #[serde(flatten)]
    stats: DeliveryStats,
    /// Number of undelivered events.
    pending: usize,
}

/// `GET /_webhooks`
pub(super) async fn show(State(engine): State<Arc<Engine>>) -> Response {
    let webhooks = engine.endpoint.webhooks();
    let events = engine.lock().events().all().len();
    let (stats, pending) = engine.endpoint.stats(events);
    let retries = webhooks.as_ref().map(|webhooks| webhooks.retries).unwrap_or_default();
    let secrets = webhooks.as_ref().map_or(0, |webhooks| webhooks.secrets().len());
    let url = webhooks.map(|webhooks| webhooks.url().to_owned());
    json_response(200, &WebhooksView { url, secrets, retries, stats, pending })
}

/// `PUT /_webhooks`: sets the endpoint for future events and those not yet delivered to the
/// previous endpoint. Without a URL, the endpoint is removed, and events are no longer kept.
pub(super) async fn set(
    State(engine): State<Arc<Engine>>,
    RequestBody(body): RequestBody,
) -> Response {
    let webhooks = match parse(&body) {
        Ok(webhooks) => webhooks,
        Err(reason) => return Problem::invalid(reason).into_response(),
    };
    // Only the host, since the URL may contain a password.
    let host = webhooks.as_ref().and_then(Webhooks::host).unwrap_or("none");
    tracing::info!(host, "set the webhook endpoint");
    if let Err(error) = engine.endpoint.set_webhooks(&engine.books, webhooks).await {
        let message = format!("The endpoint cannot be stored: {error}.");
        return Problem::new(Kind::Server, message).into_response();
    }
    show(State(engine)).await
}

fn parse(body: &[u8]) -> Result<Option<Webhooks>, String> {
    let WebhooksRequest { url, secrets, attempts, first_retry_ms, longest_retry_ms } =
        serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let Some(url) = url else {
        let has_secrets = !secrets.is_empty();
        return if has_secrets { Err("secrets without a url".to_owned()) } else { Ok(None) };
    };
    let retries = Retries { attempts, first_retry_ms, longest_retry_ms };
    let webhooks = Webhooks::new(&url, secrets).and_then(|webhooks| webhooks.with_retries(retries));
    webhooks.map(Some).map_err(|error| error.to_string())
}
