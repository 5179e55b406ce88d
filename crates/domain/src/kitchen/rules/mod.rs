//! The table of allowed steps: who may move an order from which status to which.

use std::{fmt, str::FromStr};

use super::Requester;
use crate::{order::Fulfilment, status::Status};

/// What can be done with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Accept it.
    Accept,
    /// Start to cook.
    Start,
    /// Finish cooking.
    Ready,
    /// Hand it to the courier.
    Dispatch,
    /// Hand it to the customer.
    Complete,
    /// Cancel by the restaurant, which gives a reason, or because held money cannot be captured.
    Reject,
    /// Cancel by the customer, or because the time limit to accept has expired.
    Cancel,
}

impl Action {
    /// Every action; the ones of the normal flow come first, in order.
    pub const ALL: &[Action] = &[
        Self::Accept,
        Self::Start,
        Self::Ready,
        Self::Dispatch,
        Self::Complete,
        Self::Reject,
        Self::Cancel,
    ];

    /// The name in addresses and events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Start => "start",
            Self::Ready => "ready",
            Self::Dispatch => "dispatch",
            Self::Complete => "complete",
            Self::Reject => "reject",
            Self::Cancel => "cancel",
        }
    }

    /// The next action in the normal flow of an order, if there is one.
    pub fn next(current: Status, fulfilment: &Fulfilment) -> Option<Action> {
        let onward = |action: &Action| {
            action.target(current, fulfilment).is_some_and(|to| to <= Status::Completed)
        };
        Self::ALL.iter().copied().find(onward)
    }

    /// The status that this action leads to from `current` for any requester; `None` if it is never allowed.
    pub fn target(self, current: Status, fulfilment: &Fulfilment) -> Option<Status> {
        Requester::ALL.iter().find_map(|by| self.target_for(*by, current, fulfilment))
    }

    /// The status that this action leads to from `current` if `by` requests it; `None` if that is
    /// not allowed.
    pub fn target_for(
        self,
        by: Requester,
        current: Status,
        fulfilment: &Fulfilment,
    ) -> Option<Status> {
        let delivery = matches!(fulfilment, Fulfilment::Delivery { .. });
        let rule = RULES.iter().find(|rule| {
            rule.action == self
                && rule.by.contains(&by)
                && rule.from.contains(&current)
                && rule.delivery.is_none_or(|wanted| wanted == delivery)
        });
        rule.map(|rule| rule.to)
    }
}

/// A row of the table.
struct Rule {
    action: Action,
    by: &'static [Requester],
    from: &'static [Status],
    to: Status,
    /// True for delivery only, false for pickup only.
    delivery: Option<bool>,
}

const BROUGHT: Option<bool> = Some(true);
const FETCHED: Option<bool> = Some(false);
const ALL: Option<bool> = None;

/// The restaurant: a person or its rule to accept automatically.
const HOUSE: &[Requester] = &[Requester::Kitchen, Requester::Restaurant];
const CUSTOMER: &[Requester] = &[Requester::Customer];
const TIMER: &[Requester] = &[Requester::Timer];

/// Every status before the order is handed over.
const OPEN: &[Status] = &[
    Status::Placed,
    Status::Confirmed,
    Status::Accepted,
    Status::Preparing,
    Status::Ready,
    Status::OutForDelivery,
];

/// The same, once the order is confirmed.
const CONFIRMED: &[Status] = &[
    Status::Confirmed,
    Status::Accepted,
    Status::Preparing,
    Status::Ready,
    Status::OutForDelivery,
];

/// Anything else is refused; so nothing moves an order that is completed, declined or cancelled.
#[rustfmt::skip]
const RULES: &[Rule] = {
    use {Action as A, Status as S};
    &[
        rule(A::Accept,   HOUSE,    &[S::Confirmed],            S::Accepted,       ALL),
        rule(A::Start,    HOUSE,    &[S::Accepted],             S::Preparing,      ALL),
        rule(A::Ready,    HOUSE,    &[S::Preparing],            S::Ready,          ALL),
        rule(A::Dispatch, HOUSE,    &[S::Ready],                S::OutForDelivery, BROUGHT),
        rule(A::Complete, HOUSE,    &[S::Ready],                S::Completed,      FETCHED),
        rule(A::Complete, HOUSE,    &[S::OutForDelivery],       S::Completed,      BROUGHT),
        rule(A::Reject,   HOUSE,    OPEN,                       S::Cancelled,      ALL),
        rule(A::Reject,   TIMER,    CONFIRMED,                  S::Cancelled,      ALL),
        rule(A::Cancel,   CUSTOMER, &[S::Placed, S::Confirmed], S::Cancelled,      ALL),
        rule(A::Cancel,   TIMER,    &[S::Confirmed],            S::Cancelled,      ALL),
    ]
};

const fn rule(
    action: Action,
    by: &'static [Requester],
    from: &'static [Status],
    to: Status,
    delivery: Option<bool>,
) -> Rule {
    Rule { action, by, from, to, delivery }
}

/// A text that names no action.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be accept, start, ready, dispatch, complete, reject or cancel")]
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

#[cfg(test)]
mod tests;
