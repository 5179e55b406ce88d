//! The content security policy of pages: strict, and wider where a page loads the payment gateway's
//! script.

use std::sync::LazyLock;

use axum::http::HeaderValue;

/// The name of the header with the opener policy (HTML, *Cross-origin opener policies*).
pub(super) const COOP: &str = "cross-origin-opener-policy";

static OWN: LazyLock<String> = LazyLock::new(|| content_security_policy("", "", ""));

/// The policy of a page that uses nothing but our own site.
pub(super) fn own_policy() -> HeaderValue {
    HeaderValue::from_static(&OWN)
}

/// The policy of a page that may also use these origins, separated by spaces.
pub(super) fn content_security_policy(scripts: &str, calls: &str, frames: &str) -> String {
    let own =
        |directive: &str, more: &str| format!("{directive} 'self' {more}").trim_end().to_owned();
    [
        "default-src 'none'; style-src 'self'".to_owned(),
        own("script-src", scripts),
        "img-src 'self' data:".to_owned(),
        own("connect-src", calls),
        "form-action 'self'".to_owned(),
        own("frame-src", frames),
        "base-uri 'none'; frame-ancestors 'none'".to_owned(),
    ]
    .join("; ")
}
