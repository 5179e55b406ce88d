//! `/v3`: a stand-in for Stripe's script. Its fields are in a frame of the gateway's origin, like
//! Stripe's, so that card numbers never reach the page of the shop.

use axum::{
    Router,
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    response::IntoResponse,
    routing::get,
};

/// The frame may be in any page, and speaks only to the gateway.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The script and what it loads.
pub(super) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let script = || async { serve(SCRIPT, include_str!("stripe.js")) };
    Router::new()
        // The addresses that Stripe's script has, and a plain one.
        .route("/v3/", get(script))
        .route("/basil/stripe.js", get(script))
        .route("/v3/stripe.js", get(script))
        .route(
            "/v3/field.html",
            get(|| async { serve("text/html; charset=utf-8", include_str!("field.html")) }),
        )
        .route("/v3/field.js", get(|| async { serve(SCRIPT, include_str!("field.js")) }))
        .route("/v3/card.js", get(|| async { serve(SCRIPT, include_str!("card.js")) }))
        .route(
            "/v3/challenge-over.js",
            get(|| async { serve(SCRIPT, include_str!("challenge-over.js")) }),
        )
        .route(
            "/v3/stand-in.css",
            get(|| async { serve("text/css; charset=utf-8", include_str!("stand-in.css")) }),
        )
}

fn serve(content_type: &'static str, content: &'static str) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, content_type),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, content)
}
