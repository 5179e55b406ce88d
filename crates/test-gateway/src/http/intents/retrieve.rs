//! `GET /v1/payment_intents/{id}`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};

use super::{no_such, parse_id};
use crate::{
    books::Reply,
    engine::Engine,
    http::{
        auth::{KeyKind, secret_key_required},
        extract::PathId,
        params::Params,
        response::json_response,
    },
    model::Intent,
    problem::Problem,
    view::PublicIntentView,
};

/// `GET /v1/payment_intents/{id}`: the whole intent with the secret key, or a part of it with the
/// publishable key and the client secret.
pub(in crate::http) async fn retrieve(
    State(engine): State<Arc<Engine>>,
    Extension(key): Extension<KeyKind>,
    PathId(id): PathId,
    RawQuery(query): RawQuery,
) -> Response {
    let mut params = Params::parse(query.as_deref().unwrap_or_default().as_bytes());
    let secret = params.text("client_secret");
    let is_expanded = params.expands("latest_charge");
    if key == KeyKind::Publishable && secret.is_none() {
        return secret_key_required().into_response();
    }
    let found = engine.read(|books| {
        let intent = books.intent(parse_id(&id)?);
        let intent = intent.cloned().ok_or_else(|| no_such(&id))?;
        secret.as_deref().map_or(Ok(()), |secret| check_secret(&intent, secret))?;
        Ok(intent)
    });
    match (found.await, key) {
        (Ok(intent), KeyKind::Secret) => Reply::Intent(intent).respond(is_expanded),
        (Ok(intent), KeyKind::Publishable) => json_response(200, &PublicIntentView::of(&intent)),
        (Err(problem), _) => problem.into_response(),
    }
}

fn check_secret(intent: &Intent, secret: &str) -> Result<(), Problem> {
    if intent.client_secret().is_some_and(|expected| expected == secret) {
        return Ok(());
    }
    Err(Problem::invalid(
        "The client_secret provided does not match the client_secret associated with this \
         PaymentIntent.",
    )
    .code("payment_intent_invalid_parameter")
    .param("client_secret"))
}
