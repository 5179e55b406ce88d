//! The payment state machine as one table. The crate `sql` implements it, and a test there compares
//! each cell with this one.
//!
//! |                | captured         | refused  | unknown | cancelled        | given back |
//! |----------------|------------------|----------|---------|------------------|------------|
//! | (none)         |                  |          |         | void             |            |
//! | pending        | captured ¹       | declined ² | unknown | pending, noted | –          |
//! | unknown        | captured ¹       | declined ² | –     | unknown, noted   | –          |
//! | captured       | –                | –        | –       | refund pending   | –          |
//! | refund pending | –                | –        | –       | –                | refunded   |
//! | declined, void, refunded | –      | –        | –       | –                | –          |
//!
//! ¹ refund pending, if a cancellation was recorded before. ² void, if the reason is the
//! cancellation. A dash changes nothing: the first outcome stays.

use super::{DeclineReason, PaymentState};

/// An event in the life of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentEvent {
    /// The gateway captured the money.
    Captured,
    /// No money moved, for this reason.
    Refused(DeclineReason),
    /// The gateway's response was lost.
    Unknown,
    /// The order was cancelled.
    Cancelled,
    /// The gateway refunded the money.
    GivenBack,
}

impl PaymentState {
    /// True while the outcome of the charge is not known.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Unknown)
    }

    /// True if money was captured, including when it was refunded later.
    pub const fn was_captured(self) -> bool {
        matches!(self, Self::Captured | Self::RefundPending | Self::Refunded)
    }

    /// The state after an event. `noted` is true if a cancellation was recorded before.
    #[must_use]
    pub const fn after(self, happening: PaymentEvent, noted: bool) -> Self {
        match (self, happening) {
            (Self::Pending | Self::Unknown, PaymentEvent::Captured) if noted => Self::RefundPending,
            (Self::Pending | Self::Unknown, PaymentEvent::Captured) => Self::Captured,
            (Self::Pending | Self::Unknown, PaymentEvent::Refused(DeclineReason::Cancelled)) => {
                Self::Void
            }
            (Self::Pending | Self::Unknown, PaymentEvent::Refused(_)) => Self::Declined,
            (Self::Pending, PaymentEvent::Unknown) => Self::Unknown,
            (Self::Captured, PaymentEvent::Cancelled) => Self::RefundPending,
            (Self::RefundPending, PaymentEvent::GivenBack) => Self::Refunded,
            (state, _) => state,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EVENTS: [PaymentEvent; 6] = [
        PaymentEvent::Captured,
        PaymentEvent::Refused(DeclineReason::CardDeclined),
        PaymentEvent::Refused(DeclineReason::Cancelled),
        PaymentEvent::Unknown,
        PaymentEvent::Cancelled,
        PaymentEvent::GivenBack,
    ];

    /// The state and whether a cancellation was recorded, after a series of events.
    fn walk(happenings: &[PaymentEvent]) -> (PaymentState, bool) {
        happenings.iter().fold((PaymentState::Pending, false), |(state, noted), happening| {
            (state.after(*happening, noted), noted || *happening == PaymentEvent::Cancelled)
        })
    }

    proptest! {
        #[test]
        fn money_is_refunded_only_if_it_was_captured_and_the_order_cancelled(
            picks in prop::collection::vec(0..EVENTS.len(), 0..12)
        ) {
            let happened: Vec<_> = picks.iter().map(|pick| EVENTS[*pick]).collect();
            let (state, noted) = walk(&happened);
            if matches!(state, PaymentState::RefundPending | PaymentState::Refunded) {
                prop_assert!(noted && happened.contains(&PaymentEvent::Captured));
            }
            if state == PaymentState::Captured {
                prop_assert!(!noted, "a cancelled order keeps no money");
            }
        }

        #[test]
        fn a_repeated_event_changes_nothing(picks in prop::collection::vec(0..EVENTS.len(), 0..12)) {
            let once: Vec<_> = picks.iter().map(|pick| EVENTS[*pick]).collect();
            let twice: Vec<_> = once.iter().flat_map(|h| [*h, *h]).collect();
            prop_assert_eq!(walk(&once), walk(&twice));
        }
    }

    #[test]
    fn the_first_outcome_of_a_charge_stays() {
        for state in PaymentState::ALL.iter().filter(|state| !state.is_open()) {
            for happening in &EVENTS[..4] {
                assert_eq!(state.after(*happening, false), *state, "{state} {happening:?}");
            }
        }
    }
}
