//! Authentication: every test key gives access to the single account.

use axum::{
    extract::Request,
    http::header::AUTHORIZATION,
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::problem::{Kind, Problem};

/// Refuses requests without a test key.
pub(super) async fn require_key(request: Request, next: Next) -> Response {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    match check_key(header) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// Checks the key, given as `Bearer sk_test_…` or as the user name of `Basic`.
fn check_key(header: Option<&str>) -> Result<(), Problem> {
    let Some((scheme, credentials)) = header.and_then(|header| header.split_once(' ')) else {
        return Err(Problem::new(
            Kind::Unauthorized,
            "You did not provide an API key. You need to provide your API key in the \
             Authorization header, using Bearer auth (e.g. 'Authorization: Bearer sk_test_...').",
        ));
    };
    let is_valid = if scheme.eq_ignore_ascii_case("bearer") {
        is_test_key(credentials.trim().as_bytes())
    } else if scheme.eq_ignore_ascii_case("basic") {
        STANDARD.decode(credentials.trim()).is_ok_and(|user| is_test_key(&user))
    } else {
        false
    };
    // The key is not echoed, since it may be a live key.
    let refusal = || Problem::new(Kind::Unauthorized, "Invalid API Key provided: use sk_test_...");
    if is_valid { Ok(()) } else { Err(refusal()) }
}

fn is_test_key(user: &[u8]) -> bool {
    user.strip_prefix(b"sk_test_").is_some_and(|rest| rest.iter().any(u8::is_ascii_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_test_keys_pass() {
        assert!(check_key(Some("Bearer sk_test_1")).is_ok());
        assert!(check_key(Some("Basic c2tfdGVzdF8xOg==")).is_ok());
        for bad in ["Bearer sk_live_1", "Bearer sk_test_", "Basic c2s=", "Basic !", "x"] {
            assert!(check_key(Some(bad)).is_err(), "{bad}");
        }
        assert!(check_key(None).is_err());
    }
}
