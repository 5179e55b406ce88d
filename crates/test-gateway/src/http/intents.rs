//! `/v1/payment_intents`

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};

use super::answer::object;
use super::extract::{Id, Whole};
use super::page::{self, Page};
use super::params::{Params, short};
use super::write::Writing;
use crate::books::Reply;
use crate::decide::{Create, Operation};
use crate::engine::Engine;
use crate::model::{CancelReason, ChargeId, IntentId};
use crate::problem::{Kind, Problem};
use crate::view::IntentView;

const URL: &str = "/v1/payment_intents";

/// Parameters of Stripe's that change nothing here.
const IGNORED: &[&str] = &[
    "automatic_payment_methods",
    "expand",
    "payment_method_types",
    "receipt_email",
    "return_url",
    "use_stripe_sdk",
];

/// `POST /v1/payment_intents`
pub(super) async fn create(writing: Writing, Whole(body): Whole) -> Response {
    writing.run(&body, parse_create).await
}

fn parse_create(mut params: Params<'_>) -> Result<Operation, Problem> {
    params.ignore(IGNORED);
    let create = Create {
        id: IntentId::random(),
        amount: params.required_amount()?,
        currency: params.currency()?,
        method: params.method()?,
        description: params.text("description").map(|text| Box::from(short_description(&text))),
        metadata: params.metadata()?,
        confirm: params.flag("confirm")?.then(ChargeId::random),
    };
    only(&mut params, "capture_method", &["automatic", "automatic_async"])?;
    only(&mut params, "confirmation_method", &["automatic"])?;
    params.finish()?;
    Ok(Operation::Create(create))
}

/// Stripe keeps descriptions without a stated bound; here they are no novels.
fn short_description(text: &str) -> String {
    text.chars().take(1_000).collect()
}

fn only(params: &mut Params<'_>, name: &'static str, supported: &[&str]) -> Result<(), Problem> {
    let known = |text: &str| supported.contains(&text).then_some(());
    params.word(name, supported, known).map(|_| ())
}

/// `POST /v1/payment_intents/{id}/confirm`
pub(super) async fn confirm(writing: Writing, Id(id): Id, Whole(body): Whole) -> Response {
    let parse = |mut params: Params<'_>| {
        let intent = parse_id(&id)?;
        params.ignore(IGNORED);
        let method = params.method()?;
        params.finish()?;
        Ok(Operation::Confirm { intent, method, charge: ChargeId::random() })
    };
    writing.run(&body, parse).await
}

/// `POST /v1/payment_intents/{id}/cancel`
pub(super) async fn cancel(writing: Writing, Id(id): Id, Whole(body): Whole) -> Response {
    let parse = |mut params: Params<'_>| {
        let intent = parse_id(&id)?;
        params.ignore(&["expand"]);
        let allowed = CancelReason::ALLOWED;
        let reason = params.word("cancellation_reason", allowed, CancelReason::parse)?;
        params.finish()?;
        Ok(Operation::Cancel { intent, reason })
    };
    writing.run(&body, parse).await
}

/// `GET /v1/payment_intents/{id}`
pub(super) async fn retrieve(State(engine): State<Arc<Engine>>, Id(id): Id) -> Response {
    let found = engine.read(|books| {
        let intent = books.intent(parse_id(&id)?);
        intent.cloned().ok_or_else(|| no_such(&id))
    });
    match found.await {
        Ok(intent) => Reply::Intent(intent).into_response(),
        Err(problem) => problem.into_response(),
    }
}

/// `GET /v1/payment_intents`, newest first.
pub(super) async fn list(State(engine): State<Arc<Engine>>, RawQuery(query): RawQuery) -> Response {
    let mut params = Params::parse(query.as_deref().unwrap_or_default().as_bytes());
    let page = match Page::take(&mut params).and_then(|page| params.finish().map(|()| page)) {
        Ok(page) => page,
        Err(problem) => return problem.into_response(),
    };
    let found = engine.read(|books| {
        let all = books.intents();
        let place = |id: &str| id.parse().ok().and_then(|id| all.position(id));
        page.cut(all.all(), place, "payment_intent")
    });
    match found.await {
        Ok(part) => {
            let views = part.items.iter().map(|intent| IntentView::of(intent)).collect();
            object(200, &page::List::new(URL, views, part.has_more))
        }
        Err(problem) => problem.into_response(),
    }
}

fn parse_id(id: &str) -> Result<IntentId, Problem> {
    id.parse().map_err(|_| no_such(id))
}

fn no_such(id: &str) -> Problem {
    Problem::no_such(Kind::NotFound, "payment_intent", &short(id)).param("intent")
}
