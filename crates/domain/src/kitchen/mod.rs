//! How an order is moved after it was placed: by its restaurant, its customer, or a clock.

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
    /// Who can ask to move an order.
    Requester, UnknownRequester "must be kitchen, restaurant, customer or timer" {
        /// A person in the restaurant.
        Kitchen "kitchen",
        /// The restaurant by itself, where it accepts every order.
        Restaurant "restaurant",
        /// Whoever placed the order.
        Customer "customer",
        /// Nobody: a time is over.
        Timer "timer",
    }
}

impl Requester {
    /// The reason of a cancellation, for who always has the same. A restaurant says its own.
    pub const fn usual_reason(self) -> Option<&'static str> {
        match self {
            Self::Customer => Some("The customer cancelled the order"),
            Self::Timer => Some("The restaurant did not answer in time"),
            Self::Kitchen | Self::Restaurant => None,
        }
    }

    /// Who cancelled an order, by the reason that stands there.
    pub fn who_cancelled(reason: Option<&str>) -> Self {
        let usual = |by: &Self| by.usual_reason().is_some_and(|usual| Some(usual) == reason);
        Self::ALL.iter().copied().find(usual).unwrap_or(Self::Kitchen)
    }
}

/// Somebody asks to move an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Identifies the request: asked again, it gets its first answer.
    pub id: RequestId,
    /// Which order.
    pub order_id: OrderId,
    /// What to do.
    pub action: Action,
    /// Who asks.
    pub by: Requester,
    /// When it was asked.
    pub at: Timestamp,
    /// Minutes until ready, said when accepting.
    pub ready_in_min: Option<u32>,
    /// Why, said when rejecting.
    pub reason: Option<Note>,
}

/// The answer to a request, kept for as long as the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Which request.
    pub request_id: RequestId,
    /// Which order.
    pub order_id: OrderId,
    /// The step it made, or `None` if it was refused.
    pub change: Option<StatusChange>,
    /// Where the order stood afterwards; `None` if the order is not known.
    pub status: Option<Status>,
}

impl Decision {
    /// True if it says anything. While the order is not known there is nothing to decide: it may
    /// still come, since topics are not ordered against one another.
    pub const fn is_made(&self) -> bool {
        self.status.is_some()
    }
}

/// What a request is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The decision.
    pub decision: Decision,
    /// True if it is the first answer, and so to be kept with the step that it makes.
    pub is_new: bool,
}

/// Answers a request: with `first`, the decision that is kept under its id, or else with a new one.
pub fn answer(
    request: &Request,
    first: Option<&Decision>,
    known: Option<(&Order, Status)>,
) -> Answer {
    match first {
        Some(first) if first.order_id == request.order_id => {
            Answer { decision: first.clone(), is_new: false }
        }
        // The id stands for a request about another order: this one moves nothing.
        Some(_) => {
            let status = known.map(|(_, current)| current);
            let (request_id, order_id) = (request.id, request.order_id);
            let decision = Decision { request_id, order_id, change: None, status };
            Answer { decision, is_new: false }
        }
        None => {
            let decision = decide(request, known);
            let is_new = decision.is_made();
            Answer { decision, is_new }
        }
    }
}

/// Decides a request against the order and where it stands now.
fn decide(request: &Request, known: Option<(&Order, Status)>) -> Decision {
    let step = known.and_then(|(order, current)| step(request, order, current));
    let status = step.as_ref().map(|s| s.status).or(known.map(|(_, current)| current));
    Decision { request_id: request.id, order_id: request.order_id, status, change: step }
}

/// The step that is made, or `None` if it may not be.
fn step(request: &Request, order: &Order, current: Status) -> Option<StatusChange> {
    let target = request.action.target_for(request.by, current, &order.fulfilment)?;
    let reason = match (target, request.by.usual_reason()) {
        // Nobody is left without a reason: who gives none cannot call an order off.
        (Status::Cancelled, None) => Some(request.reason.as_ref()?.to_string()),
        (Status::Cancelled, usual) => usual.map(str::to_owned),
        _ => None,
    };
    let minutes = request.ready_in_min.filter(|_| target == Status::Accepted);
    // A promise beyond the calendar is no promise; the step is made all the same.
    let ready_by =
        minutes.and_then(|m| request.at.checked_add(SignedDuration::from_mins(i64::from(m))).ok());
    Some(StatusChange {
        order_id: request.order_id,
        status: target,
        at: request.at,
        reason,
        ready_by,
    })
}

#[cfg(test)]
mod tests;
