//! `/v1/refunds`

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};

use super::{
    created::CreatedRange,
    extract::{PathId, RequestBody},
    page::{List, Page, PageItems},
    params::Params,
    response::json_response,
    write::WriteRequest,
};
use crate::{
    books::Reply,
    decide::{Operation, RefundRequest, RefundTarget},
    engine::Engine,
    model::{ChargeId, IntentId, Refund, RefundId, RefundReason},
    problem::{Kind, Problem},
    view::RefundView,
};

const URL: &str = "/v1/refunds";

/// `POST /v1/refunds`
pub(super) async fn create(request: WriteRequest, RequestBody(body): RequestBody) -> Response {
    request.run(&body, parse_create).await
}

fn parse_create(mut params: Params<'_>) -> Result<Operation, Problem> {
    params.ignore(&["expand"]);
    let request = RefundRequest {
        id: RefundId::random(),
        target: parse_target(&mut params)?,
        amount: params.amount("amount")?,
        reason: params.word("reason", RefundReason::ALLOWED, RefundReason::parse)?,
        metadata: params.metadata()?,
    };
    params.finish()?;
    Ok(Operation::Refund(request))
}

/// `GET /v1/refunds/{id}`
pub(super) async fn retrieve(State(engine): State<Arc<Engine>>, PathId(id): PathId) -> Response {
    let found = engine.read(|books| {
        let refund = id.parse().ok().and_then(|id| books.refunds().get(id));
        refund.cloned().ok_or_else(|| Problem::no_such(Kind::NotFound, "refund", &id).param("id"))
    });
    match found.await {
        Ok(refund) => Reply::Refund(refund).into_response(),
        Err(problem) => problem.into_response(),
    }
}

/// What is refunded: an intent, or its charge.
fn parse_target(params: &mut Params<'_>) -> Result<RefundTarget, Problem> {
    match (params.text("payment_intent"), params.text("charge")) {
        (Some(id), None) => Ok(RefundTarget::Intent(parse_intent(&id)?)),
        (None, Some(id)) => Ok(RefundTarget::Charge(parse_charge(&id)?)),
        (Some(_), Some(_)) => Err(Problem::invalid(
            "You may only specify one of these parameters: charge, payment_intent.",
        )
        .param("charge")),
        (None, None) => Err(Problem::invalid(
            "One of the following params should be provided for this request: payment_intent or \
             charge.",
        )
        .code("parameter_missing")
        .param("payment_intent")),
    }
}

/// `GET /v1/refunds`, newest first, of all intents, of one, or of one charge.
pub(super) async fn list(State(engine): State<Arc<Engine>>, RawQuery(query): RawQuery) -> Response {
    let RefundQuery { page, created, intent, charge } =
        match parse_list(query.as_deref().unwrap_or_default()) {
            Ok(parsed) => parsed,
            Err(problem) => return problem.into_response(),
        };
    let is_listed = |refund: &Refund| {
        created.contains(refund.created_unix_ms)
            && charge.is_none_or(|charge| charge == refund.charge)
    };
    let found = engine.read(|books| {
        let of_charge = charge.and_then(|charge| books.intent_of(charge)).map(|found| found.id());
        match intent.or(of_charge) {
            None if charge.is_some() => Ok(PageItems::default()),
            None => {
                let all = books.refunds();
                let index_of = |id: &str| id.parse().ok().and_then(|id| all.index_of(id));
                page.select(all.all(), index_of, "refund", is_listed)
            }
            Some(intent) => {
                let some = books.refunds_of(intent);
                let index_of = |id: &str| {
                    let id: RefundId = id.parse().ok()?;
                    some.iter().position(|refund| refund.id == id)
                };
                page.select(some, index_of, "refund", is_listed)
            }
        }
    });
    match found.await {
        Ok(page_items) => {
            let views = page_items.items.iter().map(|refund| RefundView::of(refund)).collect();
            json_response(200, &List::new(URL, views, page_items.has_more))
        }
        Err(problem) => problem.into_response(),
    }
}

/// The requested refunds.
struct RefundQuery {
    page: Page,
    created: CreatedRange,
    intent: Option<IntentId>,
    charge: Option<ChargeId>,
}

fn parse_list(query: &str) -> Result<RefundQuery, Problem> {
    let mut params = Params::parse(query.as_bytes());
    let query = RefundQuery {
        page: Page::parse(&mut params)?,
        created: CreatedRange::parse(&mut params)?,
        intent: params.text("payment_intent").map(|id| parse_intent(&id)).transpose()?,
        charge: params.text("charge").map(|id| parse_charge(&id)).transpose()?,
    };
    params.finish()?;
    Ok(query)
}

fn parse_charge(id: &str) -> Result<ChargeId, Problem> {
    id.parse().map_err(|_| Problem::no_such(Kind::NotFound, "charge", id).param("charge"))
}

fn parse_intent(id: &str) -> Result<IntentId, Problem> {
    id.parse()
        .map_err(|_| Problem::no_such(Kind::NotFound, "payment_intent", id).param("payment_intent"))
}
