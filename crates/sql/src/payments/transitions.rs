//! The table of [`domain::payment::PaymentState::after`] as SQL.

use domain::payment::{DeclineReason, PaymentEvent, PaymentState};

/// The events that a charge can have, by the name in the column `event` of a batch.
const CHARGE_EVENTS: [(&str, PaymentEvent); 5] = [
    ("action_required", PaymentEvent::ActionRequired),
    ("authorized", PaymentEvent::Authorized),
    ("captured", PaymentEvent::Captured),
    ("declined", PaymentEvent::Refused(DeclineReason::CardDeclined)),
    ("void", PaymentEvent::Refused(DeclineReason::Cancelled)),
];

/// The state after the event of a charge that `p.event` names.
pub(super) fn state_after_charge() -> String {
    let cases = CHARGE_EVENTS
        .map(|(name, event)| format!("WHEN '{name}' THEN {}", state_after(event)))
        .join(" ");
    format!("CASE p.event {cases} ELSE payments.state END")
}

/// The state after `event`, by the row's state and whether a cancellation is recorded.
pub(super) fn state_after(event: PaymentEvent) -> String {
    let [kept, cancelled] = [false, true].map(|is_cancelled| moves(event, is_cancelled));
    if kept == cancelled {
        return kept;
    }
    format!("CASE WHEN payments.cancelled_us IS NULL THEN {kept} ELSE {cancelled} END")
}

fn moves(event: PaymentEvent, is_cancelled: bool) -> String {
    let moves = PaymentState::ALL.iter().map(|state| (*state, state.after(event, is_cancelled)));
    let moves = moves.filter(|(from, to)| from != to);
    let cases: Vec<_> = moves.map(|(from, to)| format!("WHEN '{from}' THEN '{to}'")).collect();
    let cases = cases.join(" ");
    format!("CASE payments.state {cases} ELSE payments.state END")
}

/// SQL that is true for rows in any state that `accepts`.
pub(super) fn state_is(accepts: impl Fn(PaymentState) -> bool) -> String {
    let accepted = PaymentState::ALL.iter().copied().filter(|state| accepts(*state));
    let names: Vec<_> = accepted.map(|state| format!("'{state}'")).collect();
    format!("payments.state IN ({})", names.join(", "))
}
