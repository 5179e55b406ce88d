//! `docs/payments.md`, drawn from the payment state machine. `UPDATE_GOLDEN=1 cargo test -p domain
//! --test payments` rewrites it.

#![allow(clippy::unwrap_used, reason = "a test may stop at once")]

use std::{collections::BTreeMap, env, fmt::Write as _, fs, path::Path};

use domain::payment::{DeclineReason, PaymentEvent, PaymentState, Returned};

/// The events, with the headings of their columns.
const EVENTS: [(&str, PaymentEvent); 12] = [
    ("bank asks", PaymentEvent::ActionRequired),
    ("authorized", PaymentEvent::Authorized),
    ("captured", PaymentEvent::Captured),
    ("refused", PaymentEvent::Refused(DeclineReason::CardDeclined)),
    ("voided", PaymentEvent::Refused(DeclineReason::Cancelled)),
    ("answer lost", PaymentEvent::Unknown),
    ("cancelled", PaymentEvent::Cancelled),
    ("collected", PaymentEvent::Collected),
    ("refund requested", PaymentEvent::RefundRequested),
    ("refund failed", PaymentEvent::Refunded(Returned::Nothing)),
    ("part refunded", PaymentEvent::Refunded(Returned::Part)),
    ("all refunded", PaymentEvent::Refunded(Returned::All)),
];

const INTRODUCTION: &str = "# The states of a payment

What happens to a payment, and the state that follows. Drawn from `domain/src/payment/transitions.rs`
by a test; `UPDATE_GOLDEN=1 cargo test -p domain --test payments` rewrites it.

A payment by card begins as `pending`, one in cash as `due`. The first outcome of a charge stays, except
that money which arrives for a declined or voided order goes back. A card's money is held (`authorized`)
until the restaurant accepts, unless the restaurant takes it at once.
";

fn cell(state: PaymentState, event: PaymentEvent) -> String {
    let name = |is_cancelled| {
        let next = state.after(event, is_cancelled);
        if next == state { "–" } else { next.name() }
    };
    match (name(false), name(true)) {
        (kept, cancelled) if kept == cancelled => kept.to_owned(),
        (kept, cancelled) => format!("{kept}; {cancelled} ¹"),
    }
}

fn table() -> String {
    let mut text = String::from("\n| |");
    for (name, _) in EVENTS {
        write!(text, " {name} |").unwrap();
    }
    text.push_str("\n|---|");
    text.push_str(&"---|".repeat(EVENTS.len()));
    for state in PaymentState::ALL {
        write!(text, "\n| **{state}** |").unwrap();
        for (_, event) in EVENTS {
            write!(text, " {} |", cell(*state, event)).unwrap();
        }
    }
    text + "\n\n¹ If the cancellation of the order was recorded before. A dash changes nothing.\n"
}

/// The same as a diagram: one arrow for all events that lead from a state to another.
fn diagram() -> String {
    let mut arrows = BTreeMap::<_, Vec<&str>>::new();
    for state in PaymentState::ALL {
        for (name, event) in EVENTS {
            let next = state.after(event, false);
            if next != *state {
                arrows.entry((*state, next)).or_default().push(name);
            }
        }
    }
    let mut text =
        String::from("\n```mermaid\nstateDiagram-v2\n    [*] --> pending\n    [*] --> due\n");
    for ((from, to), events) in arrows {
        writeln!(text, "    {from} --> {to}: {}", events.join(", ")).unwrap();
    }
    text + "```\n"
}

#[test]
fn payments_md_shows_the_state_machine() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/payments.md");
    let drawn = format!("{INTRODUCTION}{}{}", diagram(), table());
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &drawn).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == drawn, "docs/payments.md is outdated: UPDATE_GOLDEN=1 updates it");
}
