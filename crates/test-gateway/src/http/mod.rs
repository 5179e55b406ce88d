//! The HTTP API: Stripe's routes, and operational routes under `/_`.

mod amount;
mod auth;
mod authentication;
mod balance;
mod card;
mod challenge;
mod charges;
mod created;
mod disputes;
mod events;
mod extract;
mod intents;
mod operations;
mod page;
mod params;
mod refunds;
mod response;
mod script;
mod tokens;
mod webhooks;
mod write;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{Method, Uri},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};

use crate::{
    engine::Engine,
    problem::{Kind, Problem},
};

/// Maximum size of a request body, far above Stripe's largest request.
const BODY_LIMIT_BYTES: usize = 64 * 1024;

/// All routes. The operational routes under `/_` require no key.
pub(crate) fn router(engine: Arc<Engine>) -> Router {
    let stripe = Router::new()
        .route("/v1/payment_intents", post(intents::create).get(intents::list))
        .route("/v1/payment_intents/{id}/confirm", post(intents::confirm))
        .route("/v1/payment_intents/{id}/capture", post(intents::capture))
        .route("/v1/payment_intents/{id}/cancel", post(intents::cancel))
        .route("/v1/refunds", post(refunds::create).get(refunds::list))
        .route("/v1/refunds/{id}", get(refunds::retrieve))
        .route("/v1/charges", get(charges::list))
        .route("/v1/charges/{id}", get(charges::retrieve))
        .route("/v1/confirmation_tokens/{id}", get(tokens::retrieve))
        .route("/v1/test_helpers/confirmation_tokens", post(tokens::create_test))
        .route("/v1/disputes", get(disputes::list))
        .route("/v1/disputes/{id}", get(disputes::retrieve))
        .route("/v1/balance_transactions", get(balance::list))
        .route("/v1/balance_transactions/{id}", get(balance::retrieve))
        .route("/v1/events", get(events::list))
        .route("/v1/events/{id}", get(events::retrieve))
        .layer(middleware::from_fn(auth::require_secret_key));
    let public = Router::new()
        .route("/v1/payment_intents/{id}", get(intents::retrieve))
        .route("/v1/confirmation_tokens", post(tokens::create))
        .layer(middleware::from_fn(auth::require_any_key));
    let operational = Router::new()
        .route("/_faults", get(operations::show_faults).put(operations::set_faults))
        .route("/_webhooks", get(webhooks::show).put(webhooks::set))
        .route("/_authentication", get(authentication::show).put(authentication::set))
        .route("/_disputes", post(disputes::create))
        .route("/_ledger", get(operations::export_ledger));
    let bank =
        Router::new().route("/3d_secure/{challenge}", get(challenge::show).post(challenge::answer));
    stripe
        .merge(public)
        .merge(bank)
        .merge(script::routes())
        .merge(operational)
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
