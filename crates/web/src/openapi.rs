//! The HTTP API as an `OpenAPI` document, and the events as an `AsyncAPI` one. They are written by hand
//! and kept true by tests: what a generator would read off the types is the smaller half of them.

use axum::{
    Router,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use events::ASYNCAPI;

/// The document, as it stands in `docs/`.
pub const DOCUMENT: &str = include_str!("../../../docs/openapi.json");

/// `GET /api/openapi.json` and `GET /api/asyncapi.json`, the same in every process: a client may ask
/// whichever it knows.
pub fn routes() -> Router {
    Router::new()
        .route("/api/openapi.json", get(async || json(DOCUMENT)))
        .route("/api/asyncapi.json", get(async || json(ASYNCAPI)))
}

fn json(document: &'static str) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], document).into_response()
}
