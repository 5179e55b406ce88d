//! The fields of a card, as the settings describe them.

use std::net::SocketAddr;

use services::card_field::CardField;
use web::GatewayScript;

use crate::{config::Settings, fault::Fault};

/// Stripe's script, in the version of the API that payments use
/// (docs.stripe.com/sdks/stripejs-versioning).
const STRIPE_SCRIPT: &str = "https://js.stripe.com/basil/stripe.js";
/// The path of the test gateway's script.
const TEST_SCRIPT: &str = "/v3/stripe.js";
/// The publishable key for the embedded gateway.
const TEST_KEY: &str = "pk_test_comanda";

/// The fields of a card, with the embedded gateway at `embedded` or the one in the settings; `None`
/// without a publishable key.
pub(crate) fn card_field(
    settings: &Settings,
    embedded: Option<SocketAddr>,
) -> Result<Option<CardField>, Fault> {
    let set = settings.stripe_publishable_key.as_deref();
    let Some(key) = set.or(embedded.map(|_| TEST_KEY)) else { return Ok(None) };
    let gateway = embedded.map(|address| format!("http://{address}"));
    let gateway = gateway.or_else(|| settings.payment_gateway_url.clone());
    let url = settings.payment_script_url.clone().unwrap_or_else(|| match gateway {
        Some(gateway) => format!("{}{TEST_SCRIPT}", gateway.trim_end_matches('/')),
        None => STRIPE_SCRIPT.to_owned(),
    });
    let script = GatewayScript::new(&url).map_err(Fault::usage)?;
    Ok(Some(CardField {
        publishable_key: key.to_owned(),
        script,
        capture_method: stripe::capture_method,
        script_amount: stripe::to_wire,
    }))
}

/// Whether a key only accepts test cards.
pub(crate) fn is_for_tests(field: Option<&CardField>) -> bool {
    field.is_some_and(|field| field.publishable_key.starts_with("pk_test_"))
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command, FromArgMatches};

    use super::*;

    fn settings(flags: &[&str]) -> Settings {
        let command = Settings::augment_args(Command::new("comanda"));
        let matches = command.get_matches_from([&["comanda"], flags].concat());
        Settings::from_arg_matches(&matches).unwrap()
    }

    fn field(flags: &[&str], embedded: Option<&str>) -> Option<(String, String)> {
        let embedded = embedded.map(|address| address.parse().unwrap());
        let field = card_field(&settings(flags), embedded).unwrap()?;
        Some((field.publishable_key, field.script.url().to_owned()))
    }

    const LIVE: &str = "--stripe-publishable-key=pk_live_1";

    #[test]
    fn the_script_is_that_of_the_gateway() {
        let found = |key: &str, url: &str| Some((key.to_owned(), url.to_owned()));
        let ours = "http://127.0.0.1:9/v3/stripe.js";
        assert_eq!(field(&[], Some("127.0.0.1:9")), found("pk_test_comanda", ours));
        assert_eq!(field(&[], None), None);
        assert_eq!(field(&[LIVE], None), found("pk_live_1", STRIPE_SCRIPT));
        let gateway = "--payment-gateway-url=http://127.0.0.1:9/";
        assert_eq!(field(&[LIVE, gateway], None), found("pk_live_1", ours));
        let script = "--payment-script-url=https://pay.example/stripe.js";
        let other = "https://pay.example/stripe.js";
        assert_eq!(field(&[LIVE, gateway, script], None), found("pk_live_1", other));
    }
}
