//! `/v1/payment_intents`

mod confirm;
mod retrieve;

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};

use self::confirm::parse_confirm;
pub(super) use self::{confirm::confirm, retrieve::retrieve};
use super::{
    created::CreatedRange,
    extract::{PathId, RequestBody},
    page::{self, Page},
    params::{Params, truncate},
    response::json_response,
    write::WriteRequest,
};
use crate::{
    decide::{ConfirmRequest, CreateRequest, Operation},
    engine::Engine,
    model::{CancelReason, CaptureMethod, ClientSecret, Intent, IntentDetails, IntentId},
    problem::{Kind, Problem},
    view::IntentView,
};

const URL: &str = "/v1/payment_intents";

/// Parameters of Stripe without an effect in this gateway.
const IGNORED: &[&str] =
    &["automatic_payment_methods", "expand", "payment_method_types", "receipt_email"];

/// `POST /v1/payment_intents`
pub(super) async fn create(request: WriteRequest, RequestBody(body): RequestBody) -> Response {
    let engine = request.engine().clone();
    request.run(&body, |params| parse_create(params, &engine)).await
}

fn parse_create(mut params: Params<'_>, engine: &Engine) -> Result<Operation, Problem> {
    params.ignore(IGNORED);
    let capture = params.word("capture_method", CaptureMethod::ALLOWED, CaptureMethod::parse)?;
    let details = IntentDetails {
        id: IntentId::random(),
        amount_minor: params.required_amount()?,
        currency: params.currency()?,
        capture_method: capture.unwrap_or_default(),
        method: params.method()?,
        description: params.text("description").map(|text| Box::from(truncate_description(&text))),
        metadata: params.metadata()?,
        created_unix_ms: 0,
        secret: Some(ClientSecret::random()),
    };
    let is_confirmed = params.flag("confirm")?;
    let confirm = parse_confirm(&mut params, engine)?;
    if confirm.token.is_some() && !is_confirmed {
        let message = "The parameter confirmation_token can only be used with confirm=true.";
        return Err(Problem::invalid(message).param("confirmation_token"));
    }
    let confirm = is_confirmed.then_some(ConfirmRequest { method: details.method, ..confirm });
    require_supported(&mut params, "confirmation_method", &["automatic"])?;
    params.finish()?;
    Ok(Operation::Create(CreateRequest { details, confirm }))
}

/// Truncates a description; Stripe documents no maximum length.
fn truncate_description(text: &str) -> String {
    text.chars().take(1_000).collect()
}

fn require_supported(
    params: &mut Params<'_>,
    name: &'static str,
    supported: &[&str],
) -> Result<(), Problem> {
    let known = |text: &str| supported.contains(&text).then_some(());
    params.word(name, supported, known).map(|_| ())
}

/// `POST /v1/payment_intents/{id}/capture`
pub(super) async fn capture(
    request: WriteRequest,
    PathId(id): PathId,
    RequestBody(body): RequestBody,
) -> Response {
    let parse = |mut params: Params<'_>| {
        let intent = parse_id(&id)?;
        params.ignore(&["expand"]);
        let amount = params.amount("amount_to_capture")?;
        require_supported(&mut params, "final_capture", &["true"])?;
        params.finish()?;
        Ok(Operation::Capture { intent, amount })
    };
    request.run(&body, parse).await
}

/// `POST /v1/payment_intents/{id}/cancel`
pub(super) async fn cancel(
    request: WriteRequest,
    PathId(id): PathId,
    RequestBody(body): RequestBody,
) -> Response {
    let parse = |mut params: Params<'_>| {
        let intent = parse_id(&id)?;
        params.ignore(&["expand"]);
        let allowed = CancelReason::REQUESTABLE;
        let reason = params.word("cancellation_reason", allowed, CancelReason::parse_requested)?;
        params.finish()?;
        Ok(Operation::Cancel { intent, reason })
    };
    request.run(&body, parse).await
}

/// `GET /v1/payment_intents`, newest first.
pub(super) async fn list(State(engine): State<Arc<Engine>>, RawQuery(query): RawQuery) -> Response {
    let params = Params::parse(query.as_deref().unwrap_or_default().as_bytes());
    let (page, created) = match parse_list(params) {
        Ok(parsed) => parsed,
        Err(problem) => return problem.into_response(),
    };
    let found = engine.read(|books| {
        let all = books.intents();
        let index_of = |id: &str| id.parse().ok().and_then(|id| all.index_of(id));
        let is_listed = |intent: &Intent| created.contains(intent.details().created_unix_ms);
        page.select(all.all(), index_of, "payment_intent", is_listed)
    });
    match found.await {
        Ok(page_items) => {
            let views = page_items.items.iter().map(|intent| IntentView::of(intent)).collect();
            json_response(200, &page::List::new(URL, views, page_items.has_more))
        }
        Err(problem) => problem.into_response(),
    }
}

fn parse_list(mut params: Params<'_>) -> Result<(Page, CreatedRange), Problem> {
    let parsed = (Page::parse(&mut params)?, CreatedRange::parse(&mut params)?);
    params.finish()?;
    Ok(parsed)
}

fn parse_id(id: &str) -> Result<IntentId, Problem> {
    id.parse().map_err(|_| no_such(id))
}

fn no_such(id: &str) -> Problem {
    Problem::no_such(Kind::NotFound, "payment_intent", &truncate(id)).param("intent")
}
