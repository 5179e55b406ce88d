//! How a restaurant moves an order.

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};

use crate::{
    ids::{OrderId, RequestId},
    names::names,
    order::{Fulfilment, Order},
    status::{Status, StatusChange},
};

/// What a cook can do with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Take it: confirmed → accepted.
    Accept,
    /// Begin to cook: accepted → preparing.
    Start,
    /// Done cooking: preparing → ready.
    Ready,
    /// Give it to the courier: ready → `out_for_delivery`.
    Dispatch,
    /// Handed over: ready (pickup) or `out_for_delivery` → completed.
    Complete,
}

impl Action {
    /// Every action, in the order of the flow.
    pub const ALL: &[Action] =
        &[Self::Accept, Self::Start, Self::Ready, Self::Dispatch, Self::Complete];

    /// The name in addresses and events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Start => "start",
            Self::Ready => "ready",
            Self::Dispatch => "dispatch",
            Self::Complete => "complete",
        }
    }

    /// The action that comes next for an order, if one does.
    pub fn next(current: Status, fulfilment: &Fulfilment) -> Option<Action> {
        Self::ALL.iter().copied().find(|action| action.target(current, fulfilment).is_some())
    }

    /// The status this action leads to from `current`, or `None` where it is not allowed.
    pub fn target(self, current: Status, fulfilment: &Fulfilment) -> Option<Status> {
        let delivery = matches!(fulfilment, Fulfilment::Delivery { .. });
        match (self, current) {
            (Self::Accept, Status::Confirmed) => Some(Status::Accepted),
            (Self::Start, Status::Accepted) => Some(Status::Preparing),
            (Self::Ready, Status::Preparing) => Some(Status::Ready),
            (Self::Dispatch, Status::Ready) if delivery => Some(Status::OutForDelivery),
            (Self::Complete, Status::Ready) if !delivery => Some(Status::Completed),
            (Self::Complete, Status::OutForDelivery) if delivery => Some(Status::Completed),
            _ => None,
        }
    }
}

/// A text that names no action.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be accept, start, ready, dispatch or complete")]
pub struct UnknownAction;

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(text: &str) -> Result<Self, UnknownAction> {
        Self::ALL.iter().copied().find(|action| action.name() == text).ok_or(UnknownAction)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

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

/// Decides a request against the order and where it stands now.
pub fn decide(request: &Request, known: Option<(&Order, Status)>) -> Decision {
    let step = known.and_then(|(order, current)| {
        let target = request.action.target(current, &order.fulfilment)?;
        let minutes = request.ready_in_min.filter(|_| target == Status::Accepted);
        Some(StatusChange {
            order_id: request.order_id,
            status: target,
            at: request.at,
            reason: None,
            // A promise beyond the calendar is no promise; the step is made all the same.
            ready_by: minutes
                .and_then(|m| request.at.checked_add(SignedDuration::from_mins(i64::from(m))).ok()),
        })
    });
    Decision {
        request_id: request.id,
        order_id: request.order_id,
        status: step.as_ref().map(|s| s.status).or(known.map(|(_, current)| current)),
        change: step,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::fixtures;

    fn ask(action: Action, current: Status) -> Decision {
        let order = fixtures::order(1);
        let request = Request {
            id: RequestId(Uuid::from_u128(9)),
            order_id: order.id,
            action,
            by: Requester::Kitchen,
            at: Timestamp::UNIX_EPOCH,
            ready_in_min: Some(20),
        };
        decide(&request, Some((&order, current)))
    }

    #[test]
    fn each_action_has_one_way_in() {
        let delivery = Fulfilment::Delivery { address: "x".parse().unwrap() };
        for action in Action::ALL {
            let ways = |f: &Fulfilment| {
                Status::ALL.iter().filter(|s| action.target(**s, f).is_some()).count()
            };
            assert_eq!(ways(&delivery), 1, "{action}");
            assert_eq!(
                ways(&Fulfilment::Pickup),
                usize::from(*action != Action::Dispatch),
                "{action}"
            );
        }
    }

    #[test]
    fn a_refused_request_tells_the_current_status() {
        let refused = ask(Action::Accept, Status::Preparing);
        assert_eq!((refused.change, refused.status), (None, Some(Status::Preparing)));
    }

    #[test]
    fn accepting_promises_a_time() {
        let change = ask(Action::Accept, Status::Confirmed).change.unwrap();
        assert_eq!(change.status, Status::Accepted);
        assert_eq!(change.ready_by, Some(Timestamp::from_second(1200).unwrap()));
        assert_eq!(ask(Action::Start, Status::Accepted).change.unwrap().ready_by, None);
    }

    #[test]
    fn a_promise_beyond_the_calendar_is_none() {
        let order = fixtures::order(1);
        let request = Request {
            id: RequestId(Uuid::from_u128(9)),
            order_id: order.id,
            action: Action::Accept,
            by: Requester::Kitchen,
            at: Timestamp::MAX,
            ready_in_min: Some(u32::MAX),
        };
        let change = decide(&request, Some((&order, Status::Confirmed))).change.unwrap();
        assert_eq!((change.status, change.ready_by), (Status::Accepted, None));
    }
}
