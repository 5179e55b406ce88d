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
    money::Money,
    order::Order,
    payment::{
        Cancellation, ChargeOutcome, DeclineReason, IntentId, IntentState, PaymentState, RefundId,
    },
    ports::{
        BookEntry, GatewayEvent, GatewayEventKind, GatewayEvents, InvalidGatewayEvent, OrderBook,
        PaymentBook,
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

impl Receiver {
    /// An order whose charge was sent, with a lost response if `unknown`.
    async fn with(unknown: bool) -> Self {
        let (world, order) = (World::new(), fixtures::order(1));
        let captured = |minor| IntentState::Captured { amount: Money { minor, ..order.total() } };
        let tells = |id, state| event(id, GatewayEventKind::Intent(intent(), state));
        let events = vec![
            tells("evt_captured", captured(order.total().minor)),
            tells("evt_captured_again", captured(order.total().minor)),
            tells("evt_too_much", captured(order.total().minor + 1)),
            tells("evt_declined", IntentState::Declined(DeclineReason::CardDeclined)),
            event(
                "evt_other_intent",
                GatewayEventKind::Intent(IntentId("pi_9".into()), captured(2_200)),
            ),
            event("evt_refunded", GatewayEventKind::Refunded(intent(), RefundId("re_1".into()))),
            event("evt_other", GatewayEventKind::Other),
            GatewayEvent {
                order_id: Some(fixtures::order(9).id),
                ..tells("evt_unknown_order", captured(2_200))
            },
            GatewayEvent { order_id: None, ..tells("evt_no_order", captured(2_200)) },
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
            book: tables.clone(),
            log: tables.clone(),
            publisher: world.log.clone(),
            clock: world.clock.clone(),
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

    fn state(&self) -> PaymentState {
        lock(&self.tables().rows).payments[&self.order.id].state
    }

    fn published(&self) -> Vec<&'static str> {
        self.world.log.all().iter().map(|record| record.topic.name()).collect()
    }
}

#[tokio::test]
async fn an_unknown_charge_is_settled_once() {
    let receiver = Receiver::with(true).await;
    for event in ["evt_captured", "evt_captured", "evt_captured_again", "evt_declined"] {
        assert_eq!(receiver.send("the gateway", event).await, StatusCode::OK, "{event}");
        assert_eq!(receiver.state(), PaymentState::Captured, "{event}");
    }
    assert_eq!(receiver.published(), ["order_confirmed"]);
    let declined = Receiver::with(true).await;
    assert_eq!(declined.send("the gateway", "evt_declined").await, StatusCode::OK);
    assert_eq!(
        (declined.state(), declined.published()),
        (PaymentState::Declined, vec!["order_declined"])
    );
}

#[tokio::test]
async fn a_wrong_signature_changes_nothing() {
    let receiver = Receiver::with(true).await;
    for (signature, event) in [("", "evt_captured"), ("me", "evt_captured"), ("the gateway", "{}")]
    {
        assert_eq!(receiver.send(signature, event).await, StatusCode::BAD_REQUEST, "{signature}");
    }
    assert_eq!((receiver.state(), receiver.published().len()), (PaymentState::Unknown, 0));
}

#[tokio::test]
async fn an_inconclusive_event_changes_nothing() {
    let receiver = Receiver::with(true).await;
    for event in ["evt_too_much", "evt_other_intent", "evt_refunded", "evt_other", "evt_no_order"] {
        assert_eq!(receiver.send("the gateway", event).await, StatusCode::OK, "{event}");
        assert_eq!(
            (receiver.state(), receiver.published().len()),
            (PaymentState::Unknown, 0),
            "{event}"
        );
    }
    let busy = Receiver::with(false).await;
    assert_eq!(busy.send("the gateway", "evt_captured").await, StatusCode::OK);
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
    let captured = ChargeOutcome::Captured { intent: intent(), at };
    receiver.tables().settle(&receiver.order, &captured).await.unwrap();
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

/// The process dies between any two effects, and the gateway sends the event again. A stored but
/// unpublished outcome is published by the order's own record, which is in a retry topic.
#[tokio::test(start_paused = true)]
async fn nothing_is_lost_between_two_effects() {
    use super::common::{Fault, How, When};
    for when in [When::Before, When::After] {
        for at in 0..8 {
            let receiver = Receiver::with(true).await;
            receiver.world.faults.plan(Fault { at, when, how: How::Process });
            let first = receiver.send("the gateway", "evt_captured").await;
            if receiver.world.faults.hit().is_none() {
                assert!(at > 3, "a run has more effects than that");
                break;
            }
            assert_eq!(first, StatusCode::SERVICE_UNAVAILABLE, "{when:?} {at}");
            receiver.world.faults.restart();
            assert_eq!(receiver.send("the gateway", "evt_captured").await, StatusCode::OK);
            assert_eq!(receiver.state(), PaymentState::Captured, "{when:?} {at}");
            let world = receiver.world.clone();
            let handler = TransactionsHandler::new(world.tables, world.gateway, world.clock);
            let event = order_details::encode_placed(&receiver.order, "digest");
            let record = Record::delivered(&event, Topic::OrderDetails, 0, 0);
            let outcomes = handler.handle(&[record]).await.unwrap();
            let Outcome::Done(events) = &outcomes[0] else { panic!("{outcomes:?}") };
            assert_eq!(events[0].topic, "order_confirmed", "{when:?} {at}");
        }
    }
}
