//! `/v1/refunds`

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};

use super::{
    extract::{PathId, RequestBody},
    page::{List, Page},
    params::Params,
    response::json_response,
    write::WriteRequest,
};
use crate::{
    books::Reply,
    decide::{Operation, RefundRequest},
    engine::Engine,
    model::{IntentId, RefundId, RefundReason},
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
        intent: parse_intent(&params.required("payment_intent")?)?,
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

/// `GET /v1/refunds`, newest first, of all intents or of one.
pub(super) async fn list(State(engine): State<Arc<Engine>>, RawQuery(query): RawQuery) -> Response {
    let (page, intent) = match parse_list(query.as_deref().unwrap_or_default()) {
        Ok(parsed) => parsed,
        Err(problem) => return problem.into_response(),
    };
    let found = engine.read(|books| match intent {
        None => {
            let all = books.refunds();
            let index_of = |id: &str| id.parse().ok().and_then(|id| all.index_of(id));
            page.select(all.all(), index_of, "refund")
        }
        Some(intent) => {
            let some = books.refunds_of(intent);
            let index_of = |id: &str| {
                let id: RefundId = id.parse().ok()?;
                some.iter().position(|refund| refund.id == id)
            };
            page.select(some, index_of, "refund")
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

fn parse_list(query: &str) -> Result<(Page, Option<IntentId>), Problem> {
    let mut params = Params::parse(query.as_bytes());
    let page = Page::parse(&mut params)?;
    let intent = params.text("payment_intent").map(|id| parse_intent(&id)).transpose()?;
    params.finish()?;
    Ok((page, intent))
}

fn parse_intent(id: &str) -> Result<IntentId, Problem> {
    id.parse()
        .map_err(|_| Problem::no_such(Kind::NotFound, "payment_intent", id).param("payment_intent"))
}
