//! Authentication: every test key gives access to the single account.
//!
//! A secret key may do everything. A publishable key is known to every customer, and may only make
//! confirmation tokens and retrieve an intent whose client secret it knows.

use axum::{
    extract::Request,
    http::{
        HeaderValue,
        header::{ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION},
        request::Parts,
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::params::Params;
use crate::problem::{Kind, Problem};

/// The kind of key of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyKind {
    Secret,
    Publishable,
}

/// Refuses requests without a secret key.
pub(super) async fn require_secret_key(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match find_key(&parts) {
        Ok(KeyKind::Secret) => next.run(Request::from_parts(parts, body)).await,
        Ok(KeyKind::Publishable) => secret_key_required().into_response(),
        Err(problem) => problem.into_response(),
    }
}

/// Refuses requests without a key, and notes which kind it is.
pub(super) async fn require_any_key(request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match find_key(&parts) {
        Ok(kind) => {
            parts.extensions.insert(kind);
            let mut response = next.run(Request::from_parts(parts, body)).await;
            if kind == KeyKind::Publishable {
                // For scripts in the pages of shops.
                let any = HeaderValue::from_static("*");
                response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, any);
            }
            response
        }
        Err(problem) => problem.into_response(),
    }
}

/// The publishable key was used for what only a secret key may do.
pub(super) fn secret_key_required() -> Problem {
    Problem::new(
        Kind::Unauthorized,
        "This API call cannot be made with a publishable API key. Please use a secret API key. \
         You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.",
    )
    .code("secret_key_required")
}

/// Finds the key in the header or, like Stripe's script, in the query.
fn find_key(parts: &Parts) -> Result<KeyKind, Problem> {
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    if header.is_some() {
        return check_key(header);
    }
    let query = parts.uri.query().unwrap_or_default();
    let key = Params::parse(query.as_bytes()).text("key");
    match key.and_then(|key| kind_of(key.as_bytes())) {
        Some(KeyKind::Publishable) => Ok(KeyKind::Publishable),
        // A secret key does not belong in an address.
        _ => check_key(None),
    }
}

/// Checks the key, given as `Bearer sk_test_…` or as the user name of `Basic`.
fn check_key(header: Option<&str>) -> Result<KeyKind, Problem> {
    let Some((scheme, credentials)) = header.and_then(|header| header.split_once(' ')) else {
        return Err(Problem::new(
            Kind::Unauthorized,
            "You did not provide an API key. You need to provide your API key in the \
             Authorization header, using Bearer auth (e.g. 'Authorization: Bearer sk_test_...').",
        ));
    };
    let kind = if scheme.eq_ignore_ascii_case("bearer") {
        kind_of(credentials.trim().as_bytes())
    } else if scheme.eq_ignore_ascii_case("basic") {
        STANDARD.decode(credentials.trim()).ok().and_then(|user| kind_of(&user))
    } else {
        None
    };
    // The key is not echoed, since it may be a live key.
    let refusal = || Problem::new(Kind::Unauthorized, "Invalid API Key provided: use sk_test_...");
    kind.ok_or_else(refusal)
}

fn kind_of(key: &[u8]) -> Option<KeyKind> {
    let has_rest = |rest: &[u8]| rest.iter().any(u8::is_ascii_alphanumeric);
    if key.strip_prefix(b"sk_test_").is_some_and(has_rest) {
        Some(KeyKind::Secret)
    } else if key.strip_prefix(b"pk_test_").is_some_and(has_rest) {
        Some(KeyKind::Publishable)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_test_keys_pass() {
        assert_eq!(check_key(Some("Bearer sk_test_1")).ok(), Some(KeyKind::Secret));
        assert_eq!(check_key(Some("Bearer pk_test_1")).ok(), Some(KeyKind::Publishable));
        assert_eq!(check_key(Some("Basic c2tfdGVzdF8xOg==")).ok(), Some(KeyKind::Secret));
        for bad in ["Bearer sk_live_1", "Bearer sk_test_", "Bearer pk_live_1", "Basic c2s=", "x"] {
            assert!(check_key(Some(bad)).is_err(), "{bad}");
        }
        assert!(check_key(None).is_err());
    }

    #[test]
    fn only_a_publishable_key_may_be_in_the_query() {
        let find = |uri: &str| {
            let request = axum::http::Request::builder().uri(uri).body(()).unwrap();
            find_key(&request.into_parts().0).ok()
        };
        assert_eq!(find("/v1/x?key=pk_test_1"), Some(KeyKind::Publishable));
        assert_eq!(find("/v1/x?key=sk_test_1"), None);
        assert_eq!(find("/v1/x"), None);
    }
}
