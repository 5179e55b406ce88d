//! One attempt to deliver.

use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;

use super::signature::signature;
use crate::books::Event;
use crate::endpoint::Webhooks;
use crate::view::EventView;

/// How long a receiver may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// What sends; clones share connections.
pub(super) fn client() -> reqwest::Result<Client> {
    // The client wants a provider of TLS even for plain HTTP; one that is there already stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // As at Stripe, a redirect is a failure. Receivers are near: a proxy would not find them.
    Client::builder().timeout(DEADLINE).redirect(Policy::none()).no_proxy().build()
}

/// Sends an event once, signed at this time.
pub(super) async fn post(
    client: &Client,
    webhooks: &Webhooks,
    event: &Event,
    at_unix_s: i64,
) -> Result<(), String> {
    let body = serde_json::to_vec(&EventView::of(event, 1)).map_err(|error| error.to_string())?;
    let signed = signature(webhooks.secrets(), at_unix_s, &body);
    let request = client
        .post(webhooks.endpoint().clone())
        .header("Content-Type", "application/json; charset=utf-8")
        .header("User-Agent", concat!("test-gateway/", env!("CARGO_PKG_VERSION")))
        .header("Stripe-Signature", signed)
        .body(body);
    // The address may hold a password, and whoever reads this knows it.
    let answer = request.send().await.map_err(|error| told(&error.without_url()))?;
    let status = answer.status();
    if status.is_success() { Ok(()) } else { Err(format!("the receiver answers {status}")) }
}

/// An error with its causes: the first alone says little.
fn told(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
