//! The HTTP face: Stripe's routes, and the gateway's own under `/_`.

mod answer;
mod auth;
mod charges;
mod events;
mod extract;
mod intents;
mod operations;
mod page;
mod params;
mod refunds;
mod webhooks;
mod write;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::{Method, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, middleware};

use crate::engine::Engine;
use crate::problem::{Kind, Problem};

/// Stripe's largest request is far below this.
const BODY_LIMIT_BYTES: usize = 64 * 1024;

/// All routes. Those under `/_` ask for no key: they belong to whoever runs the gateway.
pub(crate) fn router(engine: Arc<Engine>) -> Router {
    let stripe = Router::new()
        .route("/v1/payment_intents", post(intents::create).get(intents::list))
        .route("/v1/payment_intents/{id}", get(intents::retrieve))
        .route("/v1/payment_intents/{id}/confirm", post(intents::confirm))
        .route("/v1/payment_intents/{id}/cancel", post(intents::cancel))
        .route("/v1/refunds", post(refunds::create).get(refunds::list))
        .route("/v1/refunds/{id}", get(refunds::retrieve))
        .route("/v1/charges", get(charges::list))
        .route("/v1/events", get(events::list))
        .route("/v1/events/{id}", get(events::retrieve))
        .layer(middleware::from_fn(auth::require_key));
    let own = Router::new()
        .route("/_faults", get(operations::faults).put(operations::set_faults))
        .route("/_webhooks", get(webhooks::show).put(webhooks::set))
        .route("/_ledger", get(operations::ledger));
    stripe
        .merge(own)
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .with_state(engine)
}

async fn unknown(method: Method, uri: Uri) -> Response {
    let path: String = uri.path().chars().take(200).collect();
    Problem::new(Kind::NotFound, format!("Unrecognized request URL ({method}: {path})."))
        .into_response()
}
