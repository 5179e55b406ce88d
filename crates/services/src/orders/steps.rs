//! Steps of the kitchen.

use std::sync::Arc;

use axum::{
    Extension, Form,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    ids::{OrderId, RestaurantId},
    kitchen::{Action, Decision, Request, Requester},
    ports::{OrderBook, OrderView},
    staff::{Actor, Permission},
    text::Note,
    violation::{Checks, Violations},
};
use events::Publisher;
use serde::Deserialize;
use ui::pages::{KitchenNotice, board_of};
use uuid::Uuid;

use super::{Orders, decision::staff_request_id};
use web::{Problem, json as strict, page::PageProblem};

/// Longest promised preparation time, in minutes.
const MAX_MINUTES: u32 = 600;

/// The body of a step.
#[derive(Debug, Default, Deserialize)]
struct StepBody {
    /// Minutes until ready, when accepting.
    #[serde(default)]
    minutes: Option<u32>,
    /// Reason, when rejecting.
    #[serde(default)]
    reason: Option<String>,
    /// Idempotency key: a repeated request has the same id.
    #[serde(default)]
    request_id: Option<Uuid>,
}

/// `POST /api/kitchen/orders/{id}/{action}`: 200 with the order, 409 with its status, or 202.
pub(super) async fn take_step<B: OrderBook, P: Publisher>(
    State(orders): State<Arc<Orders<B, P>>>,
    Extension(actor): Extension<Actor>,
    Path((id, action)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Problem> {
    let body: StepBody = match body.is_empty() {
        true => StepBody::default(),
        false => strict::read(&body)?,
    };
    let client_id = body.request_id.unwrap_or_else(Uuid::now_v7);
    let request = orders.step_request(&actor, &id, &action, client_id, body).await?;
    let decision = orders.request_decision(&request).await?;
    orders.decision_response(client_id, request.order_id, decision).await
}

#[derive(Deserialize)]
pub(super) struct StepForm {
    #[serde(default)]
    minutes: Option<u32>,
    /// One of the predefined reasons.
    #[serde(default)]
    reason: String,
    /// A reason in the cook's own words, which takes precedence.
    #[serde(default)]
    words: String,
    #[serde(default)]
    restaurant: String,
    /// Idempotency key: a repeated form has the same id.
    #[serde(default)]
    request_id: Option<Uuid>,
}

impl StepForm {
    fn chosen_reason(&self) -> Option<String> {
        let reasons = [&self.words, &self.reason];
        reasons.into_iter().find(|text| !text.trim().is_empty()).cloned()
    }
}

/// The same for the form on the board; redirects to it.
pub(super) async fn take_step_and_return<B: OrderBook, P: Publisher>(
    State(orders): State<Arc<Orders<B, P>>>,
    Extension(actor): Extension<Actor>,
    Path((id, action)): Path<(String, String)>,
    Form(form): Form<StepForm>,
) -> Result<Response, PageProblem> {
    let client_id = form.request_id.unwrap_or_else(Uuid::now_v7);
    let body = StepBody { minutes: form.minutes, reason: form.chosen_reason(), request_id: None };
    let notice = match orders.step_request(&actor, &id, &action, client_id, body).await {
        Ok(request) => match orders.request_decision(&request).await? {
            Some(Decision { change: None, status: Some(status), .. }) => {
                Some(KitchenNotice::Faster(status))
            }
            Some(_) => None,
            None => Some(KitchenNotice::Waiting),
        },
        Err(problem) if is_about(&problem, "reason") => Some(KitchenNotice::NoReason),
        Err(problem) => return Err(problem.into()),
    };
    let restaurant = form.restaurant.parse::<RestaurantId>().ok();
    let board = match notice {
        Some(notice) => notice.board_of(restaurant.as_ref()),
        None => board_of(restaurant.as_ref()),
    };
    Ok(Redirect::to(&board).into_response())
}

fn is_about(problem: &Problem, field: &str) -> bool {
    problem.status == StatusCode::UNPROCESSABLE_ENTITY
        && problem.errors.iter().any(|error| error.field == field)
}

impl<B: OrderBook, P: Publisher> Orders<B, P> {
    /// Builds the request of a step, if the actor may move the order.
    async fn step_request(
        &self,
        actor: &Actor,
        id: &str,
        action: &str,
        client_id: Uuid,
        body: StepBody,
    ) -> Result<Request, Problem> {
        let order_id: OrderId = id.parse().map_err(|_| Problem::not_found("order"))?;
        // Only customers cancel; a restaurant rejects with a reason.
        let action = action.parse().ok().filter(|action| *action != Action::Cancel);
        let action = action.ok_or_else(|| Problem::not_found("action"))?;
        let reason = check_step(action, &body)?;
        // An order of another restaurant is reported as unknown.
        let view = self.book.read_order(order_id).await?;
        if !view.is_some_and(|view| may_move(actor, &view)) {
            return Err(Problem::not_found("order"));
        }
        Ok(Request {
            id: staff_request_id(actor, action, client_id),
            order_id,
            action,
            by: Requester::Kitchen,
            at: self.clock.now(),
            ready_in_min: body.minutes,
            reason,
        })
    }
}

fn may_move(actor: &Actor, view: &OrderView) -> bool {
    match &view.order {
        Some(order) => actor.may_at(Permission::WorkTheBoard, &order.seller.id),
        None => actor.is_everywhere(),
    }
}

/// Checks the body of a step and returns its reason.
fn check_step(action: Action, body: &StepBody) -> Result<Option<Note>, Violations> {
    let mut checks = Checks::default();
    if body.minutes.is_some_and(|minutes| minutes > MAX_MINUTES) {
        checks.add("minutes", format!("must be at most {MAX_MINUTES}"));
    }
    let reason = match (action, &body.reason) {
        (Action::Reject, Some(reason)) => checks.ok_or_add("reason", reason.parse()),
        (Action::Reject, None) => {
            checks.add("reason", "must say why, in one line of 1 to 500 characters");
            None
        }
        (_, Some(_)) => {
            checks.add("reason", "belongs to reject alone");
            None
        }
        (_, None) => None,
    };
    checks.finish(Some(reason))
}
