//! Webhooks of the embedded gateway.

use std::net::{Ipv4Addr, SocketAddr};

use test_gateway::{Faults, Webhooks};

use crate::{config::Settings, data::DataFolder, fault::Fault};

/// Where the embedded gateway sends its events; the settings get the secret that signs them. Without
/// faults there is nothing that they could tell sooner than an answer does, so it sends none.
pub(super) fn to(
    shop: SocketAddr,
    settings: &mut Settings,
    data: &DataFolder,
) -> Result<Option<Webhooks>, Fault> {
    if settings.gateway_faults == Faults::default() {
        return Ok(None);
    }
    let secret = data.secret("webhook-secret")?;
    // Bound to every address, it is reached at this machine's own.
    let host = if shop.ip().is_unspecified() { Ipv4Addr::LOCALHOST.into() } else { shop.ip() };
    let url = format!("http://{}/webhooks/stripe", SocketAddr::new(host, shop.port()));
    let webhooks = Webhooks::new(&url, [secret.as_str()]);
    settings.stripe_webhook_secret = Some(secret);
    webhooks.map(Some).map_err(|e| Fault::system(e.to_string()))
}
