//! For any sequence of requests, charges and refunds add up.

use proptest::prelude::*;

use super::*;
use crate::model::{Refund, RefundId};

#[derive(Debug, Clone)]
enum Request {
    Confirm(Option<Method>),
    Cancel,
    Refund(Option<u64>),
}

fn any_method() -> impl Strategy<Value = Method> {
    prop::sample::select(Method::ALL)
}

fn any_request() -> impl Strategy<Value = Request> {
    prop_oneof![
        4 => prop::option::of(any_method()).prop_map(Request::Confirm),
        1 => Just(Request::Cancel),
        4 => prop::option::of(1_u64..150).prop_map(Request::Refund),
    ]
}

fn created(amount: u64, method: Option<Method>) -> Intent {
    let change = Change::Created {
        id: IntentId::random(),
        amount_minor: Amount::try_from(amount).unwrap(),
        currency: Currency::parse("eur").unwrap(),
        method,
        description: None,
        metadata: Metadata::default(),
        created_unix_ms: 0,
    };
    Intent::from_created(&change).unwrap()
}

fn decide(intent: &Intent, request: &Request) -> Result<Change, Refusal> {
    match request {
        Request::Confirm(method) => intent.confirm(*method, ChargeId::random(), 1),
        Request::Cancel => intent.cancel(None, 1),
        Request::Refund(amount) => {
            let amount = amount.map(|minor| Amount::try_from(minor).unwrap());
            intent.refund(amount).map(|(charge, amount_minor)| {
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
            })
        }
    }
}

proptest! {
    #[test]
    fn charges_and_refunds_add_up(
        amount in 1_u64..200,
        method in prop::option::of(any_method()),
        requests in prop::collection::vec(any_request(), 0..12),
    ) {
        let mut intent = created(amount, method);
        let (mut payments, mut refunded) = (0, 0);
        for request in &requests {
            let Ok(change) = decide(&intent, request) else { continue };
            // A change survives a round trip through the journal.
            let line = serde_json::to_string(&change).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Change>(&line).unwrap(), &change);
            // A decided change is applicable, and a payment not applicable twice.
            let next = intent.apply(&change).unwrap();
            if let Change::Paid { .. } = change {
                payments += 1;
                prop_assert!(next.apply(&change).is_err());
            }
            if let Change::Refunded(refund) = &change {
                refunded += refund.amount_minor.minor();
            }
            intent = next;
        }
        prop_assert!(payments <= 1);
        prop_assert_eq!(intent.paid_charge().is_some(), payments == 1);
        prop_assert!(refunded <= amount * payments);
        prop_assert_eq!(intent.refunded_minor(), refunded);
    }
}

#[test]
fn a_canceled_intent_is_never_paid() {
    let intent = created(5, Some(Method::Visa));
    let paid = intent.confirm(None, ChargeId::random(), 1).unwrap();
    let canceled = intent.apply(&intent.cancel(None, 1).unwrap()).unwrap();
    assert_eq!(
        canceled.confirm(None, ChargeId::random(), 2).unwrap_err(),
        Refusal::ConfirmAfterCancel
    );
    assert!(canceled.apply(&paid).is_err());
    assert_eq!(canceled.refund(None).unwrap_err(), Refusal::NothingPaid);
}
