//! Records to feed to handlers.

use bytes::Bytes;
use domain::{
    fixtures,
    ids::{OrderId, RequestId},
    kitchen::{Action, Request, Requester},
    order::{Order, OrderParts},
    payment::{DeclineReason, IntentId, Refund, RefundId},
    status::{Status, StatusChange},
};
use events::{
    Outcome, OutgoingRecord, Record, Topic,
    order_confirmed::{self, Verified},
    order_declined, order_details,
    order_payments::{self, PaymentNews},
    order_progress, order_refunded, order_requests,
};
use jiff::Timestamp;
use uuid::Uuid;

/// An order with a change; the caller keeps the sums consistent.
pub(crate) fn changed(n: u128, change: impl FnOnce(&mut OrderParts)) -> Order {
    let mut parts = fixtures::order_parts(n);
    change(&mut parts);
    Order::try_from(parts).unwrap()
}

pub(crate) fn time(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn record(event: &OutgoingRecord) -> Record {
    Record::delivered(event, event.topic.parse().unwrap(), 0, 0)
}

pub(crate) fn placed(order: &Order) -> Record {
    record(&order_details::encode_placed(order, "digest"))
}

pub(crate) fn confirmed(order: &Order) -> Record {
    verified(order, Verified::Captured(&IntentId("pi_0".into())))
}

pub(crate) fn verified(order: &Order, verified: Verified<'_>) -> Record {
    record(&order_confirmed::encode_confirmed(order, None, verified, time(10)))
}

pub(crate) fn paid(order: &Order, news: PaymentNews) -> Record {
    record(&order_payments::encode_payment(order, news, time(15)))
}

pub(crate) fn declined(order: &Order) -> Record {
    record(&order_declined::encode_declined(order, DeclineReason::CardDeclined, time(10)))
}

pub(crate) fn progressed(order: &Order, status: Status) -> Record {
    let at = time(20 + status.rank());
    let change =
        StatusChange { order_id: order.id, status, at, reason: None, ready_by: None, number: None };
    record(&order_progress::encode_progress(order, &change, Requester::Kitchen))
}

pub(crate) fn cancelled(order: &Order, by: Requester, reason: Option<&str>) -> Record {
    let (at, reason) = (time(30), reason.map(str::to_owned));
    let status = Status::Cancelled;
    let change =
        StatusChange { order_id: order.id, status, at, reason, ready_by: None, number: None };
    record(&order_progress::encode_progress(order, &change, by))
}

pub(crate) fn refunded(order: &Order) -> Record {
    record(&order_refunded::encode_refunded(
        order,
        None,
        &Refund::of_whole(
            RefundId("re_0".to_owned()),
            order.total().minor,
            time(40),
            "no oven".parse().unwrap(),
        ),
    ))
}

pub(crate) fn asked(order: OrderId, n: u128, action: Action) -> Record {
    record(&order_requests::encode_request(&Request {
        id: RequestId(Uuid::from_u128(n)),
        order_id: order,
        action,
        by: Requester::Kitchen,
        at: time(100 + i64::try_from(n).unwrap()),
        ready_in_min: Some(20),
        reason: None,
    }))
}

/// A request to cancel by the customer, or to reject by the restaurant with a reason.
pub(crate) fn called_off(order: OrderId, n: u128, by: Requester) -> Record {
    let rejects = by == Requester::Kitchen;
    record(&order_requests::encode_request(&Request {
        id: RequestId(Uuid::from_u128(n)),
        order_id: order,
        action: if rejects { Action::Reject } else { Action::Cancel },
        by,
        at: time(100 + i64::try_from(n).unwrap()),
        ready_in_min: None,
        reason: rejects.then(|| "The oven is broken".parse().unwrap()),
    }))
}

/// Records of `topic` that can never be handled.
pub(crate) fn poison(topic: Topic, good: &Record) -> Vec<Record> {
    let with = |payload: Option<&'static str>| Record {
        topic,
        payload: payload.map(Bytes::from),
        ..good.clone()
    };
    let foreign_key = Record { key: "somebody".into(), ..good.clone() };
    vec![with(None), with(Some("")), with(Some("hello")), with(Some("{\"id\":1}")), foreign_key]
}

pub(crate) fn is_done(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Done(_))
}

/// Poison between good records: it is dead with a reason, and its neighbours are done.
pub(crate) fn assert_only_poison_is_dead(outcomes: &[Outcome], good: &[usize]) {
    for (n, outcome) in outcomes.iter().enumerate() {
        match outcome {
            Outcome::Done(_) => assert!(good.contains(&n), "{n} is poison and done"),
            Outcome::Dead(reason) => {
                assert!(!good.contains(&n), "{n} is good and dead: {reason}");
                assert!(reason.len() > 10, "{reason:?} is no sentence");
            }
            Outcome::Retry(reason) => panic!("{n} is retried for ever: {reason}"),
            Outcome::Skipped => panic!("{n} is skipped"),
        }
    }
}
