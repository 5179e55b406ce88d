//! The HTTP API as an `OpenAPI` document. It is written by hand and kept true by tests: what a
//! generator would read off the types is the smaller half of it.

use axum::{
    Router,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};

/// The document, as it stands in `docs/`.
pub const DOCUMENT: &str = include_str!("../../../../docs/openapi.json");

/// `GET /api/openapi.json`, the same in every process: a client may ask whichever it knows.
pub fn routes() -> Router {
    Router::new().route("/api/openapi.json", get(document))
}

async fn document() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT).into_response()
}
