//! How an order moves after it was placed: by its restaurant, its customer or a timer.

mod rules;

use jiff::{SignedDuration, Timestamp};

pub use rules::{Action, UnknownAction};

use crate::{
    ids::{OrderId, RequestId},
    names::names,
    order::Order,
    status::{Status, StatusChange},
    text::Note,
};

names! {
    /// The originator of a request to move an order.
    Requester, UnknownRequester "must be kitchen, restaurant, customer or timer" {
        /// A person in the restaurant.
        Kitchen "kitchen",
        /// The restaurant's rule to accept every order automatically.
        Restaurant "restaurant",
        /// The customer who placed the order.
        Customer "customer",
        /// An expired time limit.
        Timer "timer",
    }
}

impl Requester {
    /// The reason of a cancellation because the money of an accepted order could not be captured.
    pub const PAYMENT_FAILED: &str = "The payment failed after the order was accepted";

    /// The fixed reason of a cancellation by this requester; `None` for the restaurant, which gives
    /// its own.
    pub const fn usual_reason(self) -> Option<&'static str> {
        match self {
            Self::Customer => Some("The customer cancelled the order"),
            Self::Timer => Some("The restaurant did not answer in time"),
            Self::Kitchen | Self::Restaurant => None,
        }
    }

    /// The requester who cancelled an order, derived from the stored reason.
    pub fn from_reason(reason: Option<&str>) -> Self {
        if reason == Some(Self::PAYMENT_FAILED) {
            return Self::Timer;
        }
        let usual = |by: &Self| by.usual_reason().is_some_and(|usual| Some(usual) == reason);
        Self::ALL.iter().copied().find(usual).unwrap_or(Self::Kitchen)
    }
}

/// A request to move an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Identifies the request: a repetition gets the stored decision.
    pub id: RequestId,
    /// The order.
    pub order_id: OrderId,
    /// What to do.
    pub action: Action,
    /// Who requests it.
    pub by: Requester,
    /// When it was requested.
    pub at: Timestamp,
    /// Minutes until the food is ready; for accepting.
    pub ready_in_min: Option<u32>,
    /// The reason; for rejecting.
    pub reason: Option<Note>,
}

/// The decision about a request, stored for as long as the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The request.
    pub request_id: RequestId,
    /// The order.
    pub order_id: OrderId,
    /// The step it made; `None` if the request was refused.
    pub change: Option<StatusChange>,
    /// The order's status afterwards; `None` if the order is not known.
    pub status: Option<Status>,
}

impl Decision {
    /// True if the request is decided. A request about an unknown order stays undecided: the order
    /// may still arrive, since topics are not ordered relative to each other.
    pub const fn is_made(&self) -> bool {
        self.status.is_some()
    }
}

/// The outcome of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestOutcome {
    /// The decision.
    pub decision: Decision,
    /// True if the decision is new and must be stored together with its step.
    pub is_new: bool,
}

/// Decides a request. With `first`, the decision stored under the request's id, repeats that.
pub fn decide_request(
    request: &Request,
    first: Option<&Decision>,
    known: Option<(&Order, Status)>,
) -> RequestOutcome {
    match first {
        Some(first) if first.order_id == request.order_id => {
            RequestOutcome { decision: first.clone(), is_new: false }
        }
        // The id was used for a request about another order: nothing moves.
        Some(_) => {
            let status = known.map(|(_, current)| current);
            let (request_id, order_id) = (request.id, request.order_id);
            let decision = Decision { request_id, order_id, change: None, status };
            RequestOutcome { decision, is_new: false }
        }
        None => {
            let decision = make_decision(request, known);
            let is_new = decision.is_made();
            RequestOutcome { decision, is_new }
        }
    }
}

/// Decides a request by the order and its current status.
fn make_decision(request: &Request, known: Option<(&Order, Status)>) -> Decision {
    let step = known.and_then(|(order, current)| permitted_step(request, order, current));
    let status = step.as_ref().map(|s| s.status).or(known.map(|(_, current)| current));
    Decision { request_id: request.id, order_id: request.order_id, status, change: step }
}

/// The fixed reason of a cancellation by this request.
const fn usual_reason(request: &Request) -> Option<&'static str> {
    match (request.action, request.by) {
        (Action::Reject, Requester::Timer) => Some(Requester::PAYMENT_FAILED),
        (_, by) => by.usual_reason(),
    }
}

/// The step that the request makes; `None` if it is not allowed.
fn permitted_step(request: &Request, order: &Order, current: Status) -> Option<StatusChange> {
    let target = request.action.target_for(request.by, current, &order.fulfilment)?;
    let reason = match (target, usual_reason(request)) {
        // A cancellation always has a reason: without one, the restaurant cannot cancel.
        (Status::Cancelled, None) => Some(request.reason.as_ref()?.to_string()),
        (Status::Cancelled, usual) => usual.map(str::to_owned),
        _ => None,
    };
    let minutes = request.ready_in_min.filter(|_| target == Status::Accepted);
    // A time beyond the calendar is left out; the step is made nevertheless.
    let ready_by =
        minutes.and_then(|m| request.at.checked_add(SignedDuration::from_mins(i64::from(m))).ok());
    Some(StatusChange {
        order_id: request.order_id,
        status: target,
        at: request.at,
        reason,
        ready_by,
        number: None,
    })
}

#[cfg(test)]
mod tests;
