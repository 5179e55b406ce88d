//! `/v1/disputes`, and `/_disputes`, an operational route that makes them.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    created::CreatedRange,
    extract::{PathId, RequestBody},
    page::{List, Page},
    params::Params,
    response::json_response,
};
use crate::{
    decide::{DisputeRequest, Operation},
    engine::Engine,
    model::{Amount, ChargeId, Dispute, DisputeId, DisputeReason, IntentId},
    problem::{Kind, Problem},
    view::DisputeView,
};

const URL: &str = "/v1/disputes";

/// The body of `POST /_disputes`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    charge: ChargeId,
    /// All that is left of the charge by default.
    amount: Option<Amount>,
    reason: Option<DisputeReason>,
}

/// `POST /_disputes`: the cardholder asks the bank for the money back.
pub(super) async fn create(
    State(engine): State<Arc<Engine>>,
    RequestBody(body): RequestBody,
) -> Response {
    let Body { charge, amount, reason } = match serde_json::from_slice(&body) {
        Ok(body) => body,
        Err(error) => return Problem::invalid(error.to_string()).into_response(),
    };
    let id = DisputeId::random();
    let reason = reason.unwrap_or(DisputeReason::Fraudulent);
    let operation = Operation::Dispute(DisputeRequest { id, charge, amount, reason });
    match engine.execute_without_faults(operation).await {
        Ok(reply) => reply.into_response(),
        Err(problem) => problem.into_response(),
    }
}

/// `GET /v1/disputes`, newest first.
pub(super) async fn list(State(engine): State<Arc<Engine>>, RawQuery(query): RawQuery) -> Response {
    let (page, created, charge, intent) = match parse(query.as_deref().unwrap_or_default()) {
        Ok(parsed) => parsed,
        Err(problem) => return problem.into_response(),
    };
    let is_listed = |dispute: &Dispute| {
        created.contains(dispute.created_unix_ms)
            && charge.is_none_or(|charge| charge == dispute.charge)
            && intent.is_none_or(|intent| intent == dispute.intent)
    };
    let found = engine.read(|books| {
        let all = books.disputes();
        let index_of = |id: &str| id.parse().ok().and_then(|id| all.index_of(id));
        page.select(all.all(), index_of, "dispute", is_listed)
    });
    match found.await {
        Ok(page_items) => {
            let now_unix_ms = (engine.now_unix_ms)();
            let items = page_items.items.iter();
            let views = items.map(|item| DisputeView::of(item, now_unix_ms)).collect();
            json_response(200, &List::new(URL, views, page_items.has_more))
        }
        Err(problem) => problem.into_response(),
    }
}

type Query = (Page, CreatedRange, Option<ChargeId>, Option<IntentId>);

fn parse(query: &str) -> Result<Query, Problem> {
    let mut params = Params::parse(query.as_bytes());
    let missing = |what, id: &str| Problem::no_such(Kind::NotFound, what, id).param(what);
    let charge = params.text("charge");
    let charge = charge.map(|id| id.parse().map_err(|_| missing("charge", &id))).transpose()?;
    let intent = params.text("payment_intent");
    let intent =
        intent.map(|id| id.parse().map_err(|_| missing("payment_intent", &id))).transpose()?;
    let (page, created) = (Page::parse(&mut params)?, CreatedRange::parse(&mut params)?);
    params.finish()?;
    Ok((page, created, charge, intent))
}

/// `GET /v1/disputes/{id}`
pub(super) async fn retrieve(State(engine): State<Arc<Engine>>, PathId(id): PathId) -> Response {
    let found = engine.read(|books| {
        let dispute = id.parse().ok().and_then(|id| books.disputes().get(id));
        dispute.cloned().ok_or_else(|| Problem::no_such(Kind::NotFound, "dispute", &id).param("id"))
    });
    match found.await {
        Ok(dispute) => json_response(200, &DisputeView::of(&dispute, (engine.now_unix_ms)())),
        Err(problem) => problem.into_response(),
    }
}
