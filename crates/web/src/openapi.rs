//! The `OpenAPI` document of the HTTP API and the `AsyncAPI` document of the events. They are
//! written by hand and checked by tests: types have less than half of their content.

use axum::{
    Router,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use events::ASYNCAPI;

/// The document in `docs/`.
pub const DOCUMENT: &str = include_str!("../../../docs/openapi.json");

/// `GET /api/openapi.json` and `GET /api/asyncapi.json`, the same in every process.
pub fn routes() -> Router {
    Router::new()
        .route("/api/openapi.json", get(async || json(DOCUMENT)))
        .route("/api/asyncapi.json", get(async || json(ASYNCAPI)))
}

fn json(document: &'static str) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], document).into_response()
}
