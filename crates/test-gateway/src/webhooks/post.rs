//! One attempt to deliver a webhook.

use std::time::Duration;

use reqwest::{Client, redirect::Policy};

use super::signature::sign;
use crate::{books::Event, endpoint::Webhooks, view::EventView};

/// Timeout of a request.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Builds an HTTP client; clones share connections.
pub(super) fn build_client() -> reqwest::Result<Client> {
    // The client requires a TLS provider even for plain HTTP; fails if one is already installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Like with Stripe, a redirect is a failure. Receivers are local, so no proxy is used.
    Client::builder().timeout(TIMEOUT).redirect(Policy::none()).no_proxy().build()
}

/// Sends an event once, signed with this timestamp.
pub(super) async fn post(
    client: &Client,
    webhooks: &Webhooks,
    event: &Event,
    at_unix_s: i64,
) -> Result<(), String> {
    let body = serde_json::to_vec(&EventView::of(event, 1)).map_err(|error| error.to_string())?;
    let signature = sign(webhooks.secrets(), at_unix_s, &body);
    let request = client
        .post(webhooks.endpoint().clone())
        .header("Content-Type", "application/json; charset=utf-8")
        .header("User-Agent", concat!("test-gateway/", env!("CARGO_PKG_VERSION")))
        .header("Stripe-Signature", signature)
        .body(body);
    // Without the URL, which may contain a password.
    let response = request.send().await.map_err(|error| describe_error(&error.without_url()))?;
    let status = response.status();
    if status.is_success() { Ok(()) } else { Err(format!("the receiver answered {status}")) }
}

/// Formats an error with its causes.
fn describe_error(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
