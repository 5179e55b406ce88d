//! The payment gateway's script, and the wider content security policy of pages that load it.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::Response,
};
use url::{Host, Url};

use super::policy::{COOP, content_security_policy};

/// The host of Stripe's script.
const STRIPE_HOST: &str = "js.stripe.com";
/// Where Stripe's script comes from, what it calls, and what its frames show
/// (docs.stripe.com/security/guide, *Content Security Policy*).
const STRIPE_SCRIPTS: &str = "https://js.stripe.com https://*.js.stripe.com";
const STRIPE_CALLS: &str = "https://api.stripe.com";
const STRIPE_FRAMES: &str =
    "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com";
/// Banks and wallets may open windows, which report back to the page.
const WITH_WINDOWS: HeaderValue = HeaderValue::from_static("same-origin-allow-popups");

/// The script that makes the fields of a card, in frames of the payment gateway: card numbers never
/// reach our pages.
#[derive(Clone, Debug)]
pub struct GatewayScript {
    url: String,
    policy: HeaderValue,
}

/// An address that is not one of a script.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the address of a script, such as https://js.stripe.com/basil/stripe.js")]
pub struct InvalidScriptUrl(String);

impl GatewayScript {
    /// The script at an address.
    pub fn new(url: &str) -> Result<Self, InvalidScriptUrl> {
        let invalid = || InvalidScriptUrl(url.to_owned());
        let parsed = Url::parse(url).map_err(|_| invalid())?;
        let is_plain = parsed.username().is_empty() && parsed.password().is_none();
        if !matches!(parsed.scheme(), "http" | "https") || !is_plain {
            return Err(invalid());
        }
        let policy = if parsed.host() == Some(Host::Domain(STRIPE_HOST)) {
            content_security_policy(STRIPE_SCRIPTS, STRIPE_CALLS, STRIPE_FRAMES)
        } else {
            let origin = parsed.origin().ascii_serialization();
            content_security_policy(&origin, &origin, &origin)
        };
        let policy = HeaderValue::try_from(policy).map_err(|_| invalid())?;
        Ok(Self { url: parsed.into(), policy })
    }

    /// The address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// True if the connection that the script comes over is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.url.starts_with("https:")
    }

    /// Allows a page to load the script, and what the script needs.
    #[must_use]
    pub fn allow_in(&self, mut page: Response) -> Response {
        page.extensions_mut().insert(WiderPolicy(self.policy.clone()));
        page
    }
}

/// The policy of a page that loads the script; the guard writes it.
#[derive(Clone, Debug)]
pub(super) struct WiderPolicy(HeaderValue);

impl WiderPolicy {
    pub(super) fn write(self, headers: &mut HeaderMap) {
        headers.insert(header::CONTENT_SECURITY_POLICY, self.0);
        headers.insert(HeaderName::from_static(COOP), WITH_WINDOWS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(url: &str) -> String {
        GatewayScript::new(url).unwrap().policy.to_str().unwrap().to_owned()
    }

    #[test]
    fn a_page_may_load_the_script_and_nothing_else() {
        let ours = policy("http://127.0.0.1:8090/v3/stripe.js");
        let gateway = "http://127.0.0.1:8090";
        for directive in ["script-src", "connect-src", "frame-src"] {
            assert!(ours.contains(&format!("{directive} 'self' {gateway};")), "{ours}");
        }
        for directive in ["default-src 'none'", "form-action 'self'", "style-src 'self'"] {
            assert!(ours.contains(&format!("{directive};")), "{ours}");
        }
        assert_eq!(ours.matches(gateway).count(), 3, "{ours}");
    }

    #[test]
    fn the_hosts_of_stripe_are_those_that_it_names() {
        let stripe = policy("https://js.stripe.com/basil/stripe.js");
        let (scripts, frames) = ("https://js.stripe.com https://*.js.stripe.com", "hooks.stripe");
        assert!(stripe.contains(&format!("script-src 'self' {scripts};")), "{stripe}");
        assert!(stripe.contains("connect-src 'self' https://api.stripe.com;"), "{stripe}");
        assert!(stripe.contains(&format!("{scripts} https://{frames}.com;")), "{stripe}");
    }

    #[test]
    fn only_addresses_of_scripts_are_taken() {
        for bad in ["", "/v3/stripe.js", "ftp://a/b", "https://u:p@a/b", "javascript:alert(1)"] {
            assert!(GatewayScript::new(bad).is_err(), "{bad}");
        }
        let script = GatewayScript::new("https://pay.example/x.js").unwrap();
        assert!(script.is_encrypted() && script.url() == "https://pay.example/x.js");
    }
}
