//! Whatever is asked of an intent in whatever order, the money adds up.

use proptest::prelude::*;

use super::*;
use crate::model::{Refund, RefundId};

#[derive(Debug, Clone)]
enum Ask {
    Confirm(Option<Method>),
    Cancel,
    Refund(Option<u64>),
}

fn any_method() -> impl Strategy<Value = Method> {
    prop::sample::select(Method::ALL)
}

fn any_ask() -> impl Strategy<Value = Ask> {
    prop_oneof![
        4 => prop::option::of(any_method()).prop_map(Ask::Confirm),
        1 => Just(Ask::Cancel),
        4 => prop::option::of(1_u64..150).prop_map(Ask::Refund),
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
    Intent::created(&change).unwrap()
}

fn ask(intent: &Intent, ask: &Ask) -> Result<Change, Refusal> {
    match ask {
        Ask::Confirm(method) => intent.confirm(*method, ChargeId::random(), 1),
        Ask::Cancel => intent.cancel(None, 1),
        Ask::Refund(asked) => {
            let asked = asked.map(|minor| Amount::try_from(minor).unwrap());
            intent.refund(asked).map(|(charge, amount_minor)| {
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
    fn the_money_adds_up(
        amount in 1_u64..200,
        method in prop::option::of(any_method()),
        asks in prop::collection::vec(any_ask(), 0..12),
    ) {
        let mut intent = created(amount, method);
        let (mut payments, mut refunded) = (0, 0);
        for question in &asks {
            let Ok(change) = ask(&intent, question) else { continue };
            // A change is read back from the journal as it was written.
            let line = serde_json::to_string(&change).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Change>(&line).unwrap(), &change);
            // What was decided can always be applied, and never a second time if it pays.
            let next = intent.after(&change).unwrap();
            if let Change::Paid { .. } = change {
                payments += 1;
                prop_assert!(next.after(&change).is_err());
            }
            if let Change::Refunded(refund) = &change {
                refunded += refund.amount_minor.minor();
            }
            intent = next;
        }
        prop_assert!(payments <= 1);
        prop_assert_eq!(intent.paid().is_some(), payments == 1);
        prop_assert!(refunded <= amount * payments);
        prop_assert_eq!(intent.refunded_minor(), refunded);
    }
}

#[test]
fn a_canceled_intent_is_never_paid() {
    let intent = created(5, Some(Method::Visa));
    let paid = intent.confirm(None, ChargeId::random(), 1).unwrap();
    let canceled = intent.after(&intent.cancel(None, 1).unwrap()).unwrap();
    assert_eq!(
        canceled.confirm(None, ChargeId::random(), 2).unwrap_err(),
        Refusal::ConfirmAfterCancel
    );
    assert!(canceled.after(&paid).is_err());
    assert_eq!(canceled.refund(None).unwrap_err(), Refusal::NothingPaid);
}
