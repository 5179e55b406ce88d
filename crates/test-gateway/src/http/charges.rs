//! `/v1/charges`

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};

use super::{extract::PathId, page::List, params::Params, response::json_response};
use crate::{
    engine::Engine,
    model::ChargeId,
    problem::{Kind, Problem},
    view::ChargeView,
};

/// `GET /v1/charges/{id}`
pub(super) async fn retrieve(State(engine): State<Arc<Engine>>, PathId(id): PathId) -> Response {
    let found = engine.read(|books| {
        let missing = || Problem::no_such(Kind::NotFound, "charge", &id).param("id");
        let charge: ChargeId = id.parse().map_err(|_| missing())?;
        let intent = books.intent_of(charge).cloned().ok_or_else(missing)?;
        Ok((charge, intent))
    });
    let (id, intent) = match found.await {
        Ok(found) => found,
        Err(problem) => return problem.into_response(),
    };
    let mut charges = intent.accepted_charge().into_iter().chain(intent.failed_charges());
    match charges.find(|charge| charge.id == id) {
        Some(charge) => json_response(200, &ChargeView::of(&intent, charge)),
        None => Problem::no_such(Kind::NotFound, "charge", &id.to_string()).into_response(),
    }
}

/// `GET /v1/charges?payment_intent=`, newest first, on a single page.
pub(super) async fn list(State(engine): State<Arc<Engine>>, RawQuery(query): RawQuery) -> Response {
    let mut params = Params::parse(query.as_deref().unwrap_or_default().as_bytes());
    params.ignore(&["expand", "limit"]);
    let id = match params.required("payment_intent").and_then(|id| params.finish().map(|()| id)) {
        Ok(id) => id,
        Err(problem) => return problem.into_response(),
    };
    let found = engine.read(|books| {
        let intent = id.parse().ok().and_then(|id| books.intent(id));
        intent.cloned().ok_or_else(|| {
            Problem::no_such(Kind::NotFound, "payment_intent", &id).param("payment_intent")
        })
    });
    match found.await {
        Ok(intent) => {
            let newest_first =
                intent.accepted_charge().into_iter().chain(intent.failed_charges().iter().rev());
            let views = newest_first.map(|charge| ChargeView::of(&intent, charge)).collect();
            json_response(200, &List::new("/v1/charges", views, false))
        }
        Err(problem) => problem.into_response(),
    }
}
