//! Webhooks of the embedded gateway.

use std::net::{Ipv4Addr, SocketAddr};

use test_gateway::{Faults, Webhooks};

use crate::{config::Settings, data::DataFolder, fault::Fault};

/// The webhooks of the embedded gateway to `shop`; the settings get the secret that signs them.
/// Without faults a response always comes before a webhook would, so none are sent.
pub(super) fn webhooks_to(
    shop: SocketAddr,
    settings: &mut Settings,
    data: &DataFolder,
) -> Result<Option<Webhooks>, Fault> {
    if settings.gateway_faults == Faults::default() {
        return Ok(None);
    }
    let secret = data.load_or_create_secret("webhook-secret")?;
    // A shop bound to all addresses is reached on loopback.
    let host = if shop.ip().is_unspecified() { Ipv4Addr::LOCALHOST.into() } else { shop.ip() };
    let url = format!("http://{}/webhooks/stripe", SocketAddr::new(host, shop.port()));
    let webhooks = Webhooks::new(&url, [secret.as_str()]);
    settings.stripe_webhook_secret = Some(secret);
    webhooks.map(Some).map_err(Fault::system)
}
