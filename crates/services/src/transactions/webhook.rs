//! `POST /webhooks/stripe`: receives the gateway's events. They only say which payment to ask the
//! gateway about. A request without a valid signature changes nothing and gets no information.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use domain::{
    ids::OrderId,
    order::Order,
    payment::{IntentId, Payment, PaymentState},
    ports::{
        DuePayments, GatewayEvent, GatewayEventKind, GatewayEventLog, GatewayEvents, PaymentBook,
        PaymentGateway, Unavailable,
    },
};
use events::Publisher;
use web::Problem;

use super::{late::LateOutcomes, payments::HandleError};

/// What the webhook needs.
pub struct Webhooks<E, B, G, S, P> {
    /// Verifies and decodes events.
    pub events: E,
    /// Settles what events are about.
    pub late: Arc<LateOutcomes<B, G, S, P>>,
}

type Received<E, B, G, S, P> = State<Arc<Webhooks<E, B, G, S, P>>>;

/// The route of the webhook.
pub fn routes<E, B, G, S, P>(webhooks: Arc<Webhooks<E, B, G, S, P>>) -> Router
where
    E: GatewayEvents,
    B: PaymentBook,
    G: PaymentGateway,
    S: GatewayEventLog + DuePayments,
    P: Publisher,
{
    Router::new().route("/webhooks/stripe", post(receive)).with_state(webhooks)
}

/// 200 once the event is handled, 400 for an invalid one, 503 for one that should be sent again.
async fn receive<E, B, G, S, P>(
    State(webhooks): Received<E, B, G, S, P>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem>
where
    E: GatewayEvents,
    B: PaymentBook,
    G: PaymentGateway,
    S: GatewayEventLog + DuePayments,
    P: Publisher,
{
    let now = webhooks.late.payments.clock.now();
    let signature = headers.get("stripe-signature").and_then(|value| value.to_str().ok());
    let event = webhooks.events.decode_event(signature.unwrap_or_default(), &body, now);
    let event = event.map_err(|error| {
        tracing::warn!(%error, "a webhook request was refused");
        Problem::malformed(error.to_string())
    })?;
    if webhooks.late.store.is_handled(&event.id).await? {
        return Ok(StatusCode::OK);
    }
    webhooks.handle_event(&event).await?;
    webhooks.late.store.record_handled(&event.id, now).await?;
    Ok(StatusCode::OK)
}

impl<E, B, G, S, P> Webhooks<E, B, G, S, P>
where
    E: GatewayEvents,
    B: PaymentBook,
    G: PaymentGateway,
    S: GatewayEventLog + DuePayments,
    P: Publisher,
{
    /// Settles the payment that an event is about, and publishes its outcome.
    async fn handle_event(&self, event: &GatewayEvent) -> Result<(), Unavailable> {
        let intent = match &event.kind {
            GatewayEventKind::Other => return Ok(()),
            GatewayEventKind::Intent(intent)
            | GatewayEventKind::ChargeRefunded(intent)
            | GatewayEventKind::Disputed(intent, _) => intent,
            GatewayEventKind::Refunded(refund) => &refund.intent,
        };
        let Some(order_id) = self.order_of(event, intent).await? else { return Ok(()) };
        let stored = self.late.store.payment(order_id).await?;
        let (payment, order) = stored.ok_or_else(|| not_stored_yet(event))?;
        if payment.intent.as_ref() != Some(intent) {
            // No other intent of the order is ever confirmed.
            return Ok(());
        }
        let order = order.filter(|order| payment.belongs_to(order, None));
        let order = || order.clone().ok_or_else(|| not_stored_yet(event));
        match &event.kind {
            // Events come late, repeatedly and in any order: the gateway is asked for the state.
            GatewayEventKind::Intent(_) if concerns(&payment) => {
                handled(event, &order()?, self.late.refresh(&order()?, &payment).await)
            }
            GatewayEventKind::Refunded(refund) => {
                let learnt = self.late.learn_refund(&order()?, &payment, refund).await;
                handled(event, &order()?, learnt)
            }
            GatewayEventKind::ChargeRefunded(intent) => {
                let learnt = self.late.learn_refunds(&order()?, &payment, intent).await;
                handled(event, &order()?, learnt)
            }
            GatewayEventKind::Disputed(_, dispute) => {
                self.late.note_dispute(&order()?, dispute).await
            }
            _ => Ok(()),
        }
    }

    /// The order that an event is about. What was made at the gateway does not name it, its intent
    /// does.
    async fn order_of(
        &self,
        event: &GatewayEvent,
        intent: &IntentId,
    ) -> Result<Option<OrderId>, Unavailable> {
        if event.order_id.is_some() || matches!(event.kind, GatewayEventKind::Intent(_)) {
            return Ok(event.order_id);
        }
        self.late.payments.gateway.order_of(intent).await.map_err(|error| {
            Unavailable::new("payment gateway", format!("event {}: {error}", event.id))
        })
    }
}

/// What the outcome means for an event: it is sent again, or it is done.
fn handled(
    event: &GatewayEvent,
    order: &Order,
    outcome: Result<(), HandleError>,
) -> Result<(), Unavailable> {
    match outcome {
        Ok(()) => Ok(()),
        Err(HandleError::Unavailable(unavailable)) => Err(unavailable),
        Err(HandleError::Retry(reason)) => {
            Err(Unavailable::new("payment gateway", format!("event {}: {reason}", event.id)))
        }
        Err(HandleError::Dead(reason)) => {
            tracing::warn!(order.id = %order.id, trace_id = %order.trace_id(), error = reason, "a gateway event is inconclusive");
            Ok(())
        }
    }
}

/// True if news of its intent can change a payment. The group is at work on a pending one.
fn concerns(payment: &Payment) -> bool {
    matches!(
        payment.state,
        PaymentState::Unknown
            | PaymentState::Authorized
            | PaymentState::ActionRequired
            | PaymentState::Declined
            | PaymentState::Void
    )
}

/// The gateway may be faster than the group; it sends an event again that gets no 200.
fn not_stored_yet(event: &GatewayEvent) -> Unavailable {
    Unavailable::new("database", format!("the order of event {} is not there yet", event.id))
}
