//! For any sequence of requests, charges, captures and refunds add up.

use proptest::prelude::*;

use super::*;
use crate::model::{Currency, IntentId, Metadata, Refund, RefundId};

#[derive(Debug, Clone)]
enum Request {
    Confirm(Option<Method>),
    Authenticate(bool),
    Capture(Option<u64>),
    Cancel,
    Refund(Option<u64>),
}

fn any_method() -> impl Strategy<Value = Method> {
    prop::sample::select(Method::ALL)
}

fn any_request() -> impl Strategy<Value = Request> {
    prop_oneof![
        4 => prop::option::of(any_method()).prop_map(Request::Confirm),
        2 => any::<bool>().prop_map(Request::Authenticate),
        2 => prop::option::of(1_u64..250).prop_map(Request::Capture),
        1 => Just(Request::Cancel),
        4 => prop::option::of(1_u64..150).prop_map(Request::Refund),
    ]
}

fn amount(minor: u64) -> Amount {
    Amount::try_from(minor).unwrap()
}

fn created(minor: u64, method: Option<Method>, capture_method: CaptureMethod) -> Intent {
    Intent::new(IntentDetails {
        id: IntentId::random(),
        amount_minor: amount(minor),
        currency: Currency::parse("eur").unwrap(),
        capture_method,
        method,
        description: None,
        metadata: Metadata::default(),
        created_unix_ms: 0,
        secret: None,
    })
}

fn confirm(intent: &Intent, method: Option<Method>) -> Result<Change, Refusal> {
    let (id, url) = (ChallengeId::random(), "http://bank.test/".into());
    intent.confirm(method, ChargeId::random(), Challenge { id, url, return_url: None }, 1)
}

fn decide(intent: &Intent, request: &Request) -> Result<Change, Refusal> {
    match request {
        Request::Confirm(method) => confirm(intent, *method),
        Request::Authenticate(is_passed) => {
            let current = intent.challenge().map_or_else(ChallengeId::random, |found| found.id);
            intent.authenticate(current, *is_passed, ChargeId::random(), 1)
        }
        Request::Capture(minor) => intent.capture(minor.map(amount), 1),
        Request::Cancel => intent.cancel(None, 1),
        Request::Refund(minor) => intent.refund(minor.map(amount)).map(|(charge, amount_minor)| {
            Change::Refunded(Refund {
                id: RefundId::random(),
                intent: intent.id(),
                charge,
                amount_minor,
                currency: *intent.currency(),
                reason: None,
                metadata: Metadata::default(),
                created_unix_ms: 1,
            })
        }),
    }
}

proptest! {
    #[test]
    fn charges_captures_and_refunds_add_up(
        amount in 1_u64..200,
        method in prop::option::of(any_method()),
        is_manual: bool,
        requests in prop::collection::vec(any_request(), 0..12),
    ) {
        let capture = if is_manual { CaptureMethod::Manual } else { CaptureMethod::Automatic };
        let mut intent = created(amount, method, capture);
        let (mut accepted, mut captured, mut refunded) = (0, 0, 0);
        for request in &requests {
            let Ok(change) = decide(&intent, request) else { continue };
            // A change survives a round trip through the journal.
            let line = serde_json::to_string(&change).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Change>(&line).unwrap(), &change);
            // A decided change is applicable, and a payment not applicable twice.
            let next = intent.apply(&change).unwrap();
            match &change {
                Change::Paid { .. } => {
                    (accepted, captured) = (accepted + 1, amount);
                    prop_assert!(!is_manual && next.apply(&change).is_err());
                }
                Change::Authorized { .. } => {
                    accepted += 1;
                    prop_assert!(is_manual && next.apply(&change).is_err());
                    prop_assert_eq!(next.capturable_minor(), amount);
                }
                Change::Captured { amount_minor, .. } => {
                    captured += amount_minor.minor();
                    prop_assert!(next.apply(&change).is_err());
                }
                Change::Refunded(refund) => refunded += refund.amount_minor.minor(),
                _ => {}
            }
            intent = next;
        }
        prop_assert!(accepted <= 1 && captured <= amount * accepted && refunded <= captured);
        prop_assert_eq!(intent.accepted_charge().is_some(), accepted == 1);
        prop_assert_eq!((intent.captured_minor(), intent.refunded_minor()), (captured, refunded));
        let whole = intent.capturable_minor() + intent.captured_minor() + intent.released_minor();
        prop_assert_eq!(whole, amount * accepted);
    }
}

#[test]
fn a_canceled_intent_is_never_paid() {
    let intent = created(5, Some(Method::Visa), CaptureMethod::Automatic);
    let paid = confirm(&intent, None).unwrap();
    let canceled = intent.apply(&intent.cancel(None, 1).unwrap()).unwrap();
    assert_eq!(confirm(&canceled, None).unwrap_err(), Refusal::ConfirmAfterCancel);
    assert!(canceled.apply(&paid).is_err());
    assert_eq!(canceled.refund(None).unwrap_err(), Refusal::NothingPaid);
}

#[test]
fn a_challenge_ends_once() {
    let intent = created(5, Some(Method::ThreeDSecure2Required), CaptureMethod::Automatic);
    let first = intent.apply(&confirm(&intent, None).unwrap()).unwrap();
    let second = first.apply(&confirm(&first, None).unwrap()).unwrap();
    let id = |intent: &Intent| intent.challenge().unwrap().id;
    let over = |intent: &Intent, challenge| {
        intent.authenticate(challenge, true, ChargeId::random(), 2).unwrap_err()
    };
    assert_eq!(over(&second, id(&first)), Refusal::ChallengeOver);
    let paid = second.authenticate(id(&second), true, ChargeId::random(), 2).unwrap();
    let paid = second.apply(&paid).unwrap();
    assert_eq!(paid.status(), "succeeded");
    assert_eq!(over(&paid, id(&second)), Refusal::ChallengeOver);
}

#[test]
fn a_released_hold_is_never_captured() {
    let intent = created(5, Some(Method::Visa), CaptureMethod::Manual);
    let held = intent.apply(&confirm(&intent, None).unwrap()).unwrap();
    let captured = held.capture(None, 2).unwrap();
    let released = held.apply(&held.lapse(2)).unwrap();
    assert_eq!((released.status(), released.released_minor()), ("canceled", 5));
    assert_eq!(
        released.capture(None, 3).unwrap_err(),
        Refusal::CannotCapture { status: "canceled" }
    );
    assert!(released.apply(&captured).is_err());
}
