//! The payment state machine. `docs/payments.md` is drawn from it, and the statements of the crate
//! `sql` are made of it.

use super::{DeclineReason, PaymentEvent as Event, PaymentState, Returned};

impl PaymentState {
    /// The state after an event. `is_cancelled` if a cancellation was recorded before.
    ///
    /// The first outcome of a charge stays, with one exception: money that arrives for an order
    /// that was declined or voided is refunded.
    #[must_use]
    pub const fn after(self, event: Event, is_cancelled: bool) -> Self {
        match event {
            Event::ActionRequired => match self {
                Self::Pending | Self::Unknown => Self::ActionRequired,
                _ => self,
            },
            Event::Authorized if self.is_open() => Self::Authorized,
            Event::Captured => self.after_capture(is_cancelled),
            Event::Refused(reason) => self.after_refusal(reason),
            Event::Unknown => match self {
                Self::Pending => Self::Unknown,
                _ => self,
            },
            Event::Cancelled => match self {
                Self::Captured | Self::PartlyRefunded => Self::RefundPending,
                Self::Due => Self::Void,
                _ => self,
            },
            Event::Collected => match self {
                Self::Due => Self::Collected,
                _ => self,
            },
            Event::RefundRequested => match self {
                Self::Captured | Self::PartlyRefunded => Self::RefundPending,
                _ => self,
            },
            Event::Refunded(returned) => self.after_refund(returned, is_cancelled),
            Event::Authorized => self,
        }
    }

    const fn after_capture(self, is_cancelled: bool) -> Self {
        match self {
            Self::Pending | Self::ActionRequired | Self::Unknown | Self::Authorized
                if !is_cancelled =>
            {
                Self::Captured
            }
            Self::Pending
            | Self::ActionRequired
            | Self::Unknown
            | Self::Authorized
            | Self::Declined
            | Self::Void => Self::RefundPending,
            state => state,
        }
    }

    const fn after_refusal(self, reason: DeclineReason) -> Self {
        match (self, reason) {
            (Self::Authorized, _) => Self::Void,
            (state, DeclineReason::Cancelled) if state.is_open() => Self::Void,
            (state, _) if state.is_open() => Self::Declined,
            (state, _) => state,
        }
    }

    const fn after_refund(self, returned: Returned, is_cancelled: bool) -> Self {
        match (self, returned) {
            // The rest of a cancelled order's money stays due.
            (Self::RefundPending, Returned::Nothing | Returned::Part) if is_cancelled => self,
            (
                Self::Captured | Self::Collected | Self::RefundPending | Self::PartlyRefunded,
                Returned::Part,
            ) => Self::PartlyRefunded,
            (
                Self::Captured | Self::Collected | Self::RefundPending | Self::PartlyRefunded,
                Returned::All,
            ) => Self::Refunded,
            (Self::RefundPending, Returned::Nothing) => Self::Captured,
            (state, _) => state,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EVENTS: [Event; 12] = [
        Event::ActionRequired,
        Event::Authorized,
        Event::Captured,
        Event::Refused(DeclineReason::CardDeclined),
        Event::Refused(DeclineReason::Cancelled),
        Event::Unknown,
        Event::Cancelled,
        Event::Collected,
        Event::RefundRequested,
        Event::Refunded(Returned::Nothing),
        Event::Refunded(Returned::Part),
        Event::Refunded(Returned::All),
    ];

    /// The state and whether a cancellation was recorded, after a series of events.
    fn walk(start: PaymentState, events: &[Event]) -> (PaymentState, bool) {
        events.iter().fold((start, false), |(state, cancelled), event| {
            (state.after(*event, cancelled), cancelled || *event == Event::Cancelled)
        })
    }

    fn events(picks: &[usize]) -> Vec<Event> {
        picks.iter().map(|pick| EVENTS[*pick]).collect()
    }

    proptest! {
        #[test]
        fn only_money_that_was_captured_is_refunded(
            picks in prop::collection::vec(0..EVENTS.len(), 0..16)
        ) {
            let happened = events(&picks);
            let (state, cancelled) = walk(PaymentState::Pending, &happened);
            if state.was_captured() {
                prop_assert!(happened.contains(&Event::Captured));
            }
            if state == PaymentState::Captured {
                prop_assert!(!cancelled, "a cancelled order keeps no money");
            }
            prop_assert!(!matches!(state, PaymentState::Due | PaymentState::Collected));
        }

        #[test]
        fn cash_is_never_captured(picks in prop::collection::vec(0..EVENTS.len(), 0..16)) {
            let happened = events(&picks);
            // Only the gateway holds and captures, and only its refunds can fail.
            let is_cash = |event: &Event| {
                let by_gateway = [Event::Captured, Event::Authorized, Event::RefundRequested];
                !by_gateway.contains(event)
            };
            let happened: Vec<_> = happened.into_iter().filter(is_cash).collect();
            let (state, _) = walk(PaymentState::Due, &happened);
            prop_assert_ne!(state, PaymentState::Captured);
            if state.was_captured() {
                prop_assert!(happened.contains(&Event::Collected), "only what was paid goes back");
            }
        }

        #[test]
        fn a_repeated_event_changes_nothing(picks in prop::collection::vec(0..EVENTS.len(), 0..16)) {
            let once = events(&picks);
            let twice: Vec<_> = once.iter().flat_map(|event| [*event, *event]).collect();
            prop_assert_eq!(
                walk(PaymentState::Pending, &once), walk(PaymentState::Pending, &twice)
            );
        }
    }

    #[test]
    fn the_first_outcome_of_a_charge_stays() {
        for state in PaymentState::ALL.iter().filter(|state| !state.is_open()) {
            for event in &EVENTS[3..6] {
                let next = state.after(*event, false);
                let is_hold = *state == PaymentState::Authorized && next == PaymentState::Void;
                assert!(next == *state || is_hold, "{state} {event:?}");
            }
        }
    }

    #[test]
    fn money_for_a_declined_order_goes_back() {
        for state in [PaymentState::Declined, PaymentState::Void] {
            assert_eq!(state.after(Event::Captured, false), PaymentState::RefundPending);
            assert_eq!(state.after(Event::Authorized, false), state);
        }
    }
}
