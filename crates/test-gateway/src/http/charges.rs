//! `/v1/charges`: the charges of one intent.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};

use super::{page::List, params::Params, response::json_response};
use crate::{
    engine::Engine,
    problem::{Kind, Problem},
    view::ChargeView,
};

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
