//! `POST /webhooks/stripe`: what the gateway tells by itself. It settles what is not known yet, and
//! nothing else; who is not the gateway, is told nothing and changes nothing.

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
        Conclusion, IntentId, IntentState, Outcome as Charge, Payment, PaymentState, RefundId,
        RefundStep, Step, conclude, next_step, refund_step,
    },
    ports::{EventLog, GatewayEvent, GatewayEvents, News, PaymentBook, Unavailable},
};
use events::{Outgoing, Publisher, order_refunded};

use super::event;
use domain::ports::SharedClock;
use web::Problem;

/// What receiving the gateway's events needs.
pub struct Webhooks<E, B, L, P> {
    /// Who tells true events from others.
    pub events: E,
    /// The payment rows.
    pub book: B,
    /// What was acted upon.
    pub log: L,
    /// Where outcomes go.
    pub publisher: P,
    /// The time.
    pub clock: SharedClock,
}

/// The route of the gateway's events.
pub fn routes<E, B, L, P>(webhooks: Arc<Webhooks<E, B, L, P>>) -> Router
where
    E: GatewayEvents,
    B: PaymentBook,
    L: EventLog,
    P: Publisher,
{
    Router::new().route("/webhooks/stripe", post(receive)).with_state(webhooks)
}

/// 200 once it is acted upon, 400 for what is not the gateway's, 503 for what should come again.
async fn receive<E: GatewayEvents, B: PaymentBook, L: EventLog, P: Publisher>(
    State(webhooks): State<Arc<Webhooks<E, B, L, P>>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let signature = headers.get("stripe-signature").and_then(|value| value.to_str().ok());
    let event = webhooks.events.read(signature.unwrap_or_default(), &body, webhooks.clock.now());
    let event = event.map_err(|error| {
        tracing::warn!(%error, "a message to the webhook was refused");
        Problem::malformed(error.to_string())
    })?;
    if webhooks.log.is_done(&event.id).await? {
        return Ok(StatusCode::OK);
    }
    let outcomes = webhooks.act(&event).await?;
    if !outcomes.is_empty() {
        webhooks.publisher.publish(outcomes).await?;
    }
    webhooks.log.record_done(&event.id, webhooks.clock.now()).await?;
    Ok(StatusCode::OK)
}

impl<E: GatewayEvents, B: PaymentBook, L: EventLog, P: Publisher> Webhooks<E, B, L, P> {
    /// Settles what the event decides, and answers what is to be told of that.
    async fn act(&self, event: &GatewayEvent) -> Result<Vec<Outgoing>, Unavailable> {
        let Some(order_id) = event.order_id else { return Ok(Vec::new()) };
        match &event.news {
            News::Other => Ok(Vec::new()),
            News::Intent(intent, state) => {
                let Some((payment, order)) = self.log.payment(order_id).await? else {
                    return unknown_yet(event);
                };
                let waits = payment.state == PaymentState::Unknown;
                if !waits || payment.intent.as_ref() != Some(intent) {
                    // Decided already, about to be by whoever works on it, or of an intent that is
                    // not ours to confirm. What is decided is told by the order's own record.
                    return Ok(Vec::new());
                }
                let Some(order) = its_own(&payment, order) else { return unknown_yet(event) };
                self.settle(&order, &payment, intent, state).await
            }
            News::Refunded(intent, refund) => {
                let Some((payment, order)) = self.log.payment(order_id).await? else {
                    return unknown_yet(event);
                };
                let waits = payment.state == PaymentState::RefundPending;
                if !waits || payment.intent.as_ref() != Some(intent) {
                    return Ok(Vec::new());
                }
                let Some(order) = its_own(&payment, order) else { return unknown_yet(event) };
                self.give_back(&order, refund).await
            }
        }
    }

    async fn settle(
        &self,
        order: &Order,
        payment: &Payment,
        intent: &IntentId,
        state: &IntentState,
    ) -> Result<Vec<Outgoing>, Unavailable> {
        let charge = match conclude(state, payment.amount, intent, self.clock.now()) {
            Conclusion::Known(charge) => charge,
            Conclusion::ConfirmAgain => return Ok(Vec::new()),
            Conclusion::Unknown(reason) => {
                tracing::warn!(order.id = %order.id, trace_id = %order.trace_id(), error = reason, "an event decides nothing");
                return Ok(Vec::new());
            }
        };
        let stored = self.book.settle(order, &charge).await?;
        Ok(told(&stored).map(|charge| event(order, &charge)).into_iter().collect())
    }

    async fn give_back(
        &self,
        order: &Order,
        refund: &RefundId,
    ) -> Result<Vec<Outgoing>, Unavailable> {
        let stored = self.book.settle_refund(order, refund.clone(), self.clock.now()).await?;
        Ok(match refund_step(&stored) {
            Ok(RefundStep::Tell(refund)) => vec![order_refunded::refunded(order, &refund)],
            _ => Vec::new(),
        })
    }
}

/// The order of a payment, where the book has that one.
fn its_own(payment: &Payment, order: Option<Order>) -> Option<Order> {
    order.filter(|order| payment.is_of(order, None))
}

/// The gateway may be faster than our own tables; it tells again what it gets no answer for.
fn unknown_yet(event: &GatewayEvent) -> Result<Vec<Outgoing>, Unavailable> {
    Err(Unavailable::new("database", format!("the order of event {} is not there yet", event.id)))
}

/// The outcome that a row holds.
fn told(stored: &Payment) -> Option<Charge> {
    match next_step(stored, false) {
        Ok(Step::Publish(charge)) => Some(charge),
        _ => None,
    }
}
