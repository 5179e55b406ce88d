//! `POST /webhooks/stripe`: receives the gateway's events. They settle only payments whose outcome
//! is not known. A request without a valid signature changes nothing and gets no information.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use domain::{
    order::Order,
    payment::{
        ChargeOutcome, Conclusion, IntentId, IntentState, Payment, PaymentState, RefundId,
        RefundStep, Step, conclude, next_step, refund_step,
    },
    ports::{
        GatewayEvent, GatewayEventKind, GatewayEventLog, GatewayEvents, PaymentBook, SharedClock,
        Unavailable,
    },
};
use events::{OutgoingRecord, Publisher, order_refunded};
use web::Problem;

use super::charge_event;

/// What the webhook needs.
pub struct Webhooks<E, B, L, P> {
    /// Verifies and decodes events.
    pub events: E,
    /// The payment rows.
    pub book: B,
    /// The events that were handled.
    pub log: L,
    /// Publishes outcomes.
    pub publisher: P,
    /// The clock.
    pub clock: SharedClock,
}

/// The route of the webhook.
pub fn routes<E, B, L, P>(webhooks: Arc<Webhooks<E, B, L, P>>) -> Router
where
    E: GatewayEvents,
    B: PaymentBook,
    L: GatewayEventLog,
    P: Publisher,
{
    Router::new().route("/webhooks/stripe", post(receive)).with_state(webhooks)
}

/// 200 once the event is handled, 400 for an invalid one, 503 for one that should be sent again.
async fn receive<E: GatewayEvents, B: PaymentBook, L: GatewayEventLog, P: Publisher>(
    State(webhooks): State<Arc<Webhooks<E, B, L, P>>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let signature = headers.get("stripe-signature").and_then(|value| value.to_str().ok());
    let event =
        webhooks.events.decode_event(signature.unwrap_or_default(), &body, webhooks.clock.now());
    let event = event.map_err(|error| {
        tracing::warn!(%error, "a webhook request was refused");
        Problem::malformed(error.to_string())
    })?;
    if webhooks.log.is_handled(&event.id).await? {
        return Ok(StatusCode::OK);
    }
    let outcomes = webhooks.handle_event(&event).await?;
    if !outcomes.is_empty() {
        webhooks.publisher.publish(outcomes).await?;
    }
    webhooks.log.record_handled(&event.id, webhooks.clock.now()).await?;
    Ok(StatusCode::OK)
}

impl<E: GatewayEvents, B: PaymentBook, L: GatewayEventLog, P: Publisher> Webhooks<E, B, L, P> {
    /// Settles the payment of an event and returns the records to publish.
    async fn handle_event(&self, event: &GatewayEvent) -> Result<Vec<OutgoingRecord>, Unavailable> {
        let Some(order_id) = event.order_id else { return Ok(Vec::new()) };
        match &event.kind {
            GatewayEventKind::Other => Ok(Vec::new()),
            GatewayEventKind::Intent(intent, state) => {
                let Some((payment, order)) = self.log.payment(order_id).await? else {
                    return not_stored_yet(event);
                };
                let is_open = payment.state == PaymentState::Unknown;
                if !is_open || payment.intent.as_ref() != Some(intent) {
                    // Decided, being decided by the group, or another intent. The group publishes
                    // the outcome.
                    return Ok(Vec::new());
                }
                let Some(order) = order_of(&payment, order) else { return not_stored_yet(event) };
                self.settle_charge(&order, &payment, intent, state).await
            }
            GatewayEventKind::Refunded(intent, refund) => {
                let Some((payment, order)) = self.log.payment(order_id).await? else {
                    return not_stored_yet(event);
                };
                let is_open = payment.state == PaymentState::RefundPending;
                if !is_open || payment.intent.as_ref() != Some(intent) {
                    return Ok(Vec::new());
                }
                let Some(order) = order_of(&payment, order) else { return not_stored_yet(event) };
                self.settle_refund(&order, refund).await
            }
        }
    }

    async fn settle_charge(
        &self,
        order: &Order,
        payment: &Payment,
        intent: &IntentId,
        state: &IntentState,
    ) -> Result<Vec<OutgoingRecord>, Unavailable> {
        let charge = match conclude(state, payment.amount, intent, self.clock.now()) {
            Conclusion::Known(charge) => charge,
            Conclusion::ConfirmAgain => return Ok(Vec::new()),
            Conclusion::Unknown(reason) => {
                tracing::warn!(order.id = %order.id, trace_id = %order.trace_id(), error = reason, "a gateway event is inconclusive");
                return Ok(Vec::new());
            }
        };
        let stored = self.book.settle(order, &charge).await?;
        let outcome = stored_outcome(&stored);
        Ok(outcome.map(|charge| charge_event(order, stored.number, &charge)).into_iter().collect())
    }

    async fn settle_refund(
        &self,
        order: &Order,
        refund: &RefundId,
    ) -> Result<Vec<OutgoingRecord>, Unavailable> {
        let stored = self.book.settle_refund(order, refund.clone(), self.clock.now()).await?;
        Ok(match refund_step(&stored) {
            Ok(RefundStep::PublishRefund(refund)) => {
                vec![order_refunded::encode_refunded(order, stored.number, &refund)]
            }
            _ => Vec::new(),
        })
    }
}

/// The order, if the payment belongs to it.
fn order_of(payment: &Payment, order: Option<Order>) -> Option<Order> {
    order.filter(|order| payment.belongs_to(order, None))
}

/// The gateway may be faster than the group; it sends an event again that gets no 200.
fn not_stored_yet(event: &GatewayEvent) -> Result<Vec<OutgoingRecord>, Unavailable> {
    Err(Unavailable::new("database", format!("the order of event {} is not there yet", event.id)))
}

/// The outcome in a payment row.
fn stored_outcome(stored: &Payment) -> Option<ChargeOutcome> {
    match next_step(stored, false) {
        Ok(Step::Publish(charge)) => Some(charge),
        _ => None,
    }
}
