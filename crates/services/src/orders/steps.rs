//! What cooks do with tickets.

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
    staff::{Permission, Who},
    text::Note,
    violation::{Checks, Refused},
};
use events::Publisher;
use serde::Deserialize;
use ui::pages::{KitchenNotice, board_of};
use uuid::Uuid;

use super::{Orders, ask::staff_request};
use web::{Problem, json as strict, page::PageProblem};

/// Longest promise when accepting.
const MAX_MINUTES: u32 = 600;

/// What is said beside an action.
#[derive(Debug, Default, Deserialize)]
struct StepBody {
    /// Minutes until ready, when accepting.
    #[serde(default)]
    minutes: Option<u32>,
    /// Why, when rejecting.
    #[serde(default)]
    reason: Option<String>,
    /// The same request sent again carries the same id.
    #[serde(default)]
    request_id: Option<Uuid>,
}

/// `POST /api/kitchen/orders/{id}/{action}`: 200 with the order, 409 with its status, or 202.
pub(super) async fn act<B: OrderBook, P: Publisher>(
    State(orders): State<Arc<Orders<B, P>>>,
    Extension(who): Extension<Who>,
    Path((id, action)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Problem> {
    let body: StepBody = match body.is_empty() {
        true => StepBody::default(),
        false => strict::read(&body)?,
    };
    let asked = body.request_id.unwrap_or_else(Uuid::now_v7);
    let request = orders.wish(&who, &id, &action, asked, body).await?;
    let decision = orders.ask(&request).await?;
    orders.told(asked, request.order_id, decision).await
}

#[derive(Deserialize)]
pub(super) struct StepForm {
    #[serde(default)]
    minutes: Option<u32>,
    /// One of the ready reasons.
    #[serde(default)]
    reason: String,
    /// A reason in the cook's own words, which wins.
    #[serde(default)]
    words: String,
    #[serde(default)]
    restaurant: String,
    /// The same form sent again carries the same id.
    #[serde(default)]
    request_id: Option<Uuid>,
}

impl StepForm {
    fn said(&self) -> Option<String> {
        let said = [&self.words, &self.reason].into_iter().find(|text| !text.trim().is_empty());
        said.cloned()
    }
}

/// The same for a form, which goes back to the board.
pub(super) async fn act_and_return<B: OrderBook, P: Publisher>(
    State(orders): State<Arc<Orders<B, P>>>,
    Extension(who): Extension<Who>,
    Path((id, action)): Path<(String, String)>,
    Form(form): Form<StepForm>,
) -> Result<Response, PageProblem> {
    let asked = form.request_id.unwrap_or_else(Uuid::now_v7);
    let body = StepBody { minutes: form.minutes, reason: form.said(), request_id: None };
    let notice = match orders.wish(&who, &id, &action, asked, body).await {
        Ok(request) => match orders.ask(&request).await? {
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
    /// What a cook wishes, if it can be asked for.
    async fn wish(
        &self,
        who: &Who,
        id: &str,
        action: &str,
        asked: Uuid,
        body: StepBody,
    ) -> Result<Request, Problem> {
        let order_id: OrderId = id.parse().map_err(|_| Problem::not_found("order"))?;
        // To cancel is the customer's; a restaurant rejects, and says why.
        let action = action.parse().ok().filter(|action| *action != Action::Cancel);
        let action = action.ok_or_else(|| Problem::not_found("action"))?;
        let reason = check(action, &body)?;
        // An order of another restaurant is as good as none.
        let view = self.book.read(order_id).await?;
        if !view.is_some_and(|view| may_move(who, &view)) {
            return Err(Problem::not_found("order"));
        }
        Ok(Request {
            id: staff_request(who, action, asked),
            order_id,
            action,
            by: Requester::Kitchen,
            at: self.clock.now(),
            ready_in_min: body.minutes,
            reason,
        })
    }
}

fn may_move(who: &Who, view: &OrderView) -> bool {
    match &view.order {
        Some(order) => who.may_at(Permission::WorkTheBoard, &order.seller.id),
        None => who.is_everywhere(),
    }
}

/// Checks what is said beside the action, and answers the reason.
fn check(action: Action, body: &StepBody) -> Result<Option<Note>, Refused> {
    let mut checks = Checks::default();
    if body.minutes.is_some_and(|minutes| minutes > MAX_MINUTES) {
        checks.add("minutes", format!("must be at most {MAX_MINUTES}"));
    }
    let reason = match (action, &body.reason) {
        (Action::Reject, Some(reason)) => checks.take("reason", reason.parse()),
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
