//! The payment state machine, as one table. The crate `sql` keeps it, and a test there compares
//! each of its cells with this one.
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
//! ¹ refund pending, if a cancellation was noted before. ² void, if the reason is that it was
//! called off. A dash changes nothing: whoever was first, was right.

use super::{DeclineReason, PaymentState};

/// What can happen to a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// The gateway took the money.
    Captured,
    /// No money moved, for this reason.
    Refused(DeclineReason),
    /// The gateway's answer was lost.
    Unknown,
    /// The order was called off.
    Cancelled,
    /// The gateway gave the money back.
    GivenBack,
}

impl PaymentState {
    /// True while the end of the charge is not known.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Unknown)
    }

    /// True if money was taken, whatever became of it.
    pub const fn was_captured(self) -> bool {
        matches!(self, Self::Captured | Self::RefundPending | Self::Refunded)
    }

    /// The state of a payment to which something happens. `noted` is true if a cancellation was
    /// noted on it before.
    #[must_use]
    pub const fn after(self, happening: Happening, noted: bool) -> Self {
        match (self, happening) {
            (Self::Pending | Self::Unknown, Happening::Captured) if noted => Self::RefundPending,
            (Self::Pending | Self::Unknown, Happening::Captured) => Self::Captured,
            (Self::Pending | Self::Unknown, Happening::Refused(DeclineReason::Cancelled)) => {
                Self::Void
            }
            (Self::Pending | Self::Unknown, Happening::Refused(_)) => Self::Declined,
            (Self::Pending, Happening::Unknown) => Self::Unknown,
            (Self::Captured, Happening::Cancelled) => Self::RefundPending,
            (Self::RefundPending, Happening::GivenBack) => Self::Refunded,
            (state, _) => state,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HAPPENINGS: [Happening; 6] = [
        Happening::Captured,
        Happening::Refused(DeclineReason::CardDeclined),
        Happening::Refused(DeclineReason::Cancelled),
        Happening::Unknown,
        Happening::Cancelled,
        Happening::GivenBack,
    ];

    /// A payment with its note, after a series of happenings.
    fn walk(happenings: &[Happening]) -> (PaymentState, bool) {
        happenings.iter().fold((PaymentState::Pending, false), |(state, noted), happening| {
            (state.after(*happening, noted), noted || *happening == Happening::Cancelled)
        })
    }

    proptest! {
        #[test]
        fn money_is_given_back_only_if_it_was_taken_and_the_order_called_off(
            picks in prop::collection::vec(0..HAPPENINGS.len(), 0..12)
        ) {
            let happened: Vec<_> = picks.iter().map(|pick| HAPPENINGS[*pick]).collect();
            let (state, noted) = walk(&happened);
            if matches!(state, PaymentState::RefundPending | PaymentState::Refunded) {
                prop_assert!(noted && happened.contains(&Happening::Captured));
            }
            if state == PaymentState::Captured {
                prop_assert!(!noted, "a cancelled order keeps no money");
            }
        }

        #[test]
        fn told_twice_is_told_once(picks in prop::collection::vec(0..HAPPENINGS.len(), 0..12)) {
            let once: Vec<_> = picks.iter().map(|pick| HAPPENINGS[*pick]).collect();
            let twice: Vec<_> = once.iter().flat_map(|h| [*h, *h]).collect();
            prop_assert_eq!(walk(&once), walk(&twice));
        }
    }

    #[test]
    fn the_end_of_a_charge_is_told_once() {
        for state in PaymentState::ALL.iter().filter(|state| !state.is_open()) {
            for happening in &HAPPENINGS[..4] {
                assert_eq!(state.after(*happening, false), *state, "{state} {happening:?}");
            }
        }
    }
}
