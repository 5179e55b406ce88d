//! Events of the gateway, and forged ones.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{Method, StatusCode},
    middleware::from_fn_with_state,
};
use domain::{
    fixtures,
    money::{Currency, Money},
    order::Order,
    payment::{
        Cancellation, ChargeOutcome, DeclineReason, Dispute, DisputeId, GatewayRefund, IntentId,
        IntentState, PaymentState, RefundId,
        RefundPurpose::{self, Foreign, Rest},
    },
    ports::{
        BookEntry, GatewayEvent, GatewayEventKind, GatewayEvents, InvalidGatewayEvent, OrderBook,
        PaymentBook, PaymentGateway,
    },
    status::{Status, StatusChange},
};
use events::{Handler, Outcome, Record, Topic, order_details};
use jiff::Timestamp;
use services::transactions::{self, TransactionsHandler, Webhooks};
use tower::ServiceExt;
use web::guard::guard;

use super::{
    common::{Tables, World, lock},
    shop::{request, site},
};

/// Accepts the signature `the gateway`; the body names the event.
#[derive(Clone)]
struct Trusting(Vec<GatewayEvent>);

impl GatewayEvents for Trusting {
    fn decode_event(
        &self,
        signature: &str,
        body: &[u8],
        _now: Timestamp,
    ) -> Result<GatewayEvent, InvalidGatewayEvent> {
        let known = self.0.iter().find(|event| event.id.as_bytes() == body);
        let known = known.filter(|_| signature == "the gateway");
        known.cloned().ok_or_else(|| InvalidGatewayEvent("not signed by the gateway".into()))
    }
}

struct Receiver {
    world: World,
    app: Router,
    order: Order,
}

fn intent() -> IntentId {
    IntentId("pi_1".into())
}

fn event(id: &str, kind: GatewayEventKind) -> GatewayEvent {
    GatewayEvent { id: id.into(), order_id: Some(fixtures::order(1).id), kind }
}

/// News of an intent.
fn of_intent(id: &str, name: &str) -> GatewayEvent {
    event(id, GatewayEventKind::Intent(IntentId(name.into())))
}

/// An event that does not name its order.
fn of_gateway(id: &str, kind: GatewayEventKind) -> GatewayEvent {
    GatewayEvent { order_id: None, ..event(id, kind) }
}

fn refund(id: &str, minor: i64, purpose: RefundPurpose) -> GatewayRefund {
    let order_id = Some(fixtures::order(1).id);
    let amount = Money::new(minor, Currency::EUR);
    GatewayRefund { id: RefundId(id.into()), intent: intent(), amount, purpose, order_id }
}

fn dispute() -> Dispute {
    Dispute {
        id: DisputeId("dp_1".into()),
        amount: Money::new(2200, Currency::EUR),
        reason: "fraudulent".into(),
        at: Timestamp::UNIX_EPOCH,
    }
}

impl Receiver {
    /// An order whose charge was sent, with a lost response if `unknown`.
    async fn with(unknown: bool) -> Self {
        let (world, order) = (World::new(), fixtures::order(1));
        let events = vec![
            of_intent("evt_1", "pi_1"),
            of_intent("evt_2", "pi_1"),
            of_intent("evt_other_intent", "pi_9"),
            event("evt_refunded", GatewayEventKind::Refunded(refund("re_1", 2200, Rest))),
            event("evt_part", GatewayEventKind::Refunded(refund("re_2", 500, Foreign))),
            of_gateway("evt_charge", GatewayEventKind::ChargeRefunded(intent())),
            of_gateway("evt_dispute", GatewayEventKind::Disputed(intent(), dispute())),
            event("evt_other", GatewayEventKind::Other),
            GatewayEvent {
                order_id: Some(fixtures::order(9).id),
                ..of_intent("evt_unknown_order", "pi_1")
            },
            GatewayEvent { order_id: None, ..of_intent("evt_no_order", "pi_1") },
        ];
        let tables = &world.tables;
        let at = Timestamp::UNIX_EPOCH;
        let (status, reason, ready_by) = (Status::Placed, None, None);
        let change =
            StatusChange { order_id: order.id, status, at, reason, ready_by, number: None };
        let placed = BookEntry { change, order: Some(order.clone()), request: None };
        OrderBook::record(tables, vec![placed]).await.unwrap();
        tables.begin(&order, at).await.unwrap();
        tables.store_intent(order.id, intent()).await.unwrap();
        if unknown {
            tables.mark_unknown(order.id).await.unwrap();
        }
        let app = transactions::routes(Arc::new(Webhooks {
            events: Trusting(events),
            late: world.late(),
        }));
        Self {
            app: app.layer(from_fn_with_state(site("http://shop.example"), guard)),
            world,
            order,
        }
    }

    async fn send(&self, signature: &str, event: &str) -> StatusCode {
        let headers = [("stripe-signature", signature)];
        let body = Body::from(event.to_owned());
        let request = request(Method::POST, "/webhooks/stripe", &headers, body);
        self.app.clone().oneshot(request).await.unwrap().status()
    }

    fn tables(&self) -> &Tables {
        &self.world.tables
    }

    /// The intent at the gateway.
    fn put(&self, state: IntentState) {
        self.world.gateway.put("pi_1", self.order.id, self.order.total(), state);
    }

    fn captured(&self, more_minor: i64) -> IntentState {
        let minor = self.order.total().minor + more_minor;
        IntentState::Captured { amount: Money { minor, ..self.order.total() } }
    }

    fn state(&self) -> PaymentState {
        lock(&self.tables().rows).payments[&self.order.id].state
    }

    /// The order's money was captured.
    async fn capture(&self) {
        self.put(self.captured(0));
        let captured = ChargeOutcome::Captured { intent: intent(), at: Timestamp::UNIX_EPOCH };
        self.tables().settle(&self.order, &captured).await.unwrap();
    }

    fn published(&self) -> Vec<&'static str> {
        self.world.log.all().iter().map(|record| record.topic.name()).collect()
    }
}

#[tokio::test]
async fn an_unknown_charge_is_settled_once() {
    let receiver = Receiver::with(true).await;
    receiver.put(receiver.captured(0));
    for event in ["evt_1", "evt_1", "evt_2"] {
        assert_eq!(receiver.send("the gateway", event).await, StatusCode::OK, "{event}");
        assert_eq!(receiver.state(), PaymentState::Captured, "{event}");
    }
    assert_eq!(receiver.published(), ["order_confirmed"]);
    let declined = Receiver::with(true).await;
    declined.put(IntentState::Declined(DeclineReason::CardDeclined));
    assert_eq!(declined.send("the gateway", "evt_1").await, StatusCode::OK);
    assert_eq!(
        (declined.state(), declined.published()),
        (PaymentState::Declined, vec!["order_declined"])
    );
    // It was cancelled first, so that it cannot be confirmed any more.
    let state = declined.world.gateway.retrieve(&intent()).await;
    assert_eq!(state, Ok(IntentState::Cancelled));
}

/// Money that arrives on an intent after its order was declined goes back.
#[tokio::test]
async fn money_for_a_declined_order_is_refunded() {
    let receiver = Receiver::with(true).await;
    receiver.put(IntentState::Declined(DeclineReason::CardDeclined));
    receiver.send("the gateway", "evt_1").await;
    receiver.put(receiver.captured(0));
    for _ in 0..2 {
        assert_eq!(receiver.send("the gateway", "evt_2").await, StatusCode::OK);
    }
    assert_eq!(receiver.state(), PaymentState::Refunded);
    assert_eq!(receiver.published(), ["order_declined", "order_declined", "order_refunded"]);
    assert_eq!(receiver.world.gateway.refunds()[&receiver.order.id], 1);
}

#[tokio::test]
async fn a_wrong_signature_changes_nothing() {
    let receiver = Receiver::with(true).await;
    for (signature, event) in [("", "evt_1"), ("me", "evt_1"), ("the gateway", "{}")] {
        assert_eq!(receiver.send(signature, event).await, StatusCode::BAD_REQUEST, "{signature}");
    }
    assert_eq!((receiver.state(), receiver.published().len()), (PaymentState::Unknown, 0));
}

#[tokio::test]
async fn an_inconclusive_event_changes_nothing() {
    let receiver = Receiver::with(true).await;
    for event in ["evt_other_intent", "evt_refunded", "evt_other", "evt_no_order"] {
        assert_eq!(receiver.send("the gateway", event).await, StatusCode::OK, "{event}");
        assert_eq!(
            (receiver.state(), receiver.published().len()),
            (PaymentState::Unknown, 0),
            "{event}"
        );
    }
    // Asked again: neither is an outcome.
    for state in [receiver.captured(1), IntentState::Unconfirmed, IntentState::Processing] {
        receiver.put(state);
        let answer = receiver.send("the gateway", "evt_1").await;
        assert_eq!(answer, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!((receiver.state(), receiver.published().len()), (PaymentState::Unknown, 0));
    }
    let busy = Receiver::with(false).await;
    busy.put(busy.captured(0));
    assert_eq!(busy.send("the gateway", "evt_1").await, StatusCode::OK);
    assert_eq!(busy.state(), PaymentState::Pending, "whoever works on it will ask");
}

#[tokio::test]
async fn an_event_before_its_order_is_requested_again() {
    let receiver = Receiver::with(true).await;
    for _ in 0..2 {
        let answer = receiver.send("the gateway", "evt_unknown_order").await;
        assert_eq!(answer, StatusCode::SERVICE_UNAVAILABLE);
    }
}

#[tokio::test]
async fn a_refund_with_a_lost_response_is_settled() {
    let receiver = Receiver::with(true).await;
    let at = Timestamp::UNIX_EPOCH;
    receiver.capture().await;
    let off = Cancellation { at, reason: "No oven".parse().unwrap() };
    receiver.tables().record_cancellation(&receiver.order, &off).await.unwrap();
    for _ in 0..2 {
        assert_eq!(receiver.send("the gateway", "evt_refunded").await, StatusCode::OK);
    }
    assert_eq!(
        (receiver.state(), receiver.published()),
        (PaymentState::Refunded, vec!["order_refunded"])
    );
}

/// Refunds that are made at the gateway are booked once, whichever event names them first.
#[tokio::test]
async fn a_refund_by_hand_is_booked_once() {
    let receiver = Receiver::with(true).await;
    receiver.put(receiver.captured(0));
    let early = receiver.send("the gateway", "evt_part").await;
    assert_eq!(early, StatusCode::SERVICE_UNAVAILABLE, "the capture is not known yet");
    receiver.capture().await;
    let made = receiver.world.gateway.refund_by_hand(receiver.order.id, 700);
    for event in ["evt_part", "evt_charge", "evt_part", "evt_charge"] {
        assert_eq!(receiver.send("the gateway", event).await, StatusCode::OK, "{event}");
    }
    assert_eq!(receiver.state(), PaymentState::PartlyRefunded);
    let rows = lock(&receiver.tables().rows);
    let booked: Vec<_> = rows.refunds.values().map(|refund| refund.amount_minor).collect();
    assert_eq!(booked, [700, 500]);
    assert!(rows.refunds_due.is_empty(), "both are published");
    assert!(rows.refunds.contains_key(&(receiver.order.id, made.id.0.parse().unwrap())));
    drop(rows);
    assert_eq!(receiver.published(), ["order_refunded", "order_refunded"]);
}

#[tokio::test]
async fn a_dispute_is_noted() {
    let receiver = Receiver::with(true).await;
    receiver.capture().await;
    for _ in 0..2 {
        assert_eq!(receiver.send("the gateway", "evt_dispute").await, StatusCode::OK);
    }
    assert_eq!(receiver.state(), PaymentState::Captured, "nothing else happens");
    assert_eq!(lock(&receiver.tables().rows).disputes[&receiver.order.id], [dispute()]);
    assert_eq!(receiver.published(), ["order_payments"]);
}

/// The process dies between any two effects, and the gateway sends the event again. A stored but
/// unpublished outcome is published by the order's own record, which is in a retry topic.
#[tokio::test(start_paused = true)]
async fn nothing_is_lost_between_two_effects() {
    use super::common::{Fault, How, When};
    for when in [When::Before, When::After] {
        for at in 0..8 {
            let receiver = Receiver::with(true).await;
            receiver.put(receiver.captured(0));
            receiver.world.faults.plan(Fault { at, when, how: How::Process });
            let first = receiver.send("the gateway", "evt_1").await;
            if receiver.world.faults.hit().is_none() {
                assert!(at > 3, "a run has more effects than that");
                break;
            }
            assert_eq!(first, StatusCode::SERVICE_UNAVAILABLE, "{when:?} {at}");
            receiver.world.faults.restart();
            assert_eq!(receiver.send("the gateway", "evt_1").await, StatusCode::OK);
            assert_eq!(receiver.state(), PaymentState::Captured, "{when:?} {at}");
            let world = receiver.world.clone();
            let handler = TransactionsHandler::new(world.payments());
            let event = order_details::encode_placed(&receiver.order, "digest");
            let record = Record::delivered(&event, Topic::OrderDetails, 0, 0);
            let outcomes = handler.handle(&[record]).await.unwrap();
            let Outcome::Done(events) = &outcomes[0] else { panic!("{outcomes:?}") };
            assert_eq!(events[0].topic, "order_confirmed", "{when:?} {at}");
        }
    }
}
