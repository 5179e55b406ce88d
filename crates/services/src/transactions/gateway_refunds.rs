//! Refunds and disputes that are made at the gateway: learnt by its events, and by asking it every
//! few minutes, since events are lost.

use std::{collections::HashSet, time::Duration};

use domain::{
    order::Order,
    payment::{
        Dispute, GatewayRefund, IntentId, Payment, PaymentState, RefundOutcome, RefundPurpose,
        RefundStep, refund_step,
    },
    ports::{DuePayments, GatewayEventLog, PaymentBook, PaymentGateway, Unavailable},
};
use events::{
    Publisher,
    order_payments::{PaymentNews, encode_payment_of},
    order_refunded,
};
use jiff::{SignedDuration, Timestamp};
use telemetry::metrics;

use super::{late::LateOutcomes, payments::HandleError};

/// Interval at which the gateway's refunds are listed.
const LIST_INTERVAL: Duration = Duration::from_mins(5);
/// How far the first list of a process goes back.
const FIRST_SPAN: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How far a list goes back before the one before: lists lag behind.
const OVERLAP: SignedDuration = SignedDuration::from_hours(1);

/// The refunds of the gateway that were looked at.
#[derive(Debug, Default)]
pub struct RefundLister {
    /// When the last complete list began.
    listed_at: Option<Timestamp>,
    /// Refunds of intents that were not created here.
    strangers: HashSet<String>,
}

impl<B, G, S, P> LateOutcomes<B, G, S, P>
where
    B: PaymentBook,
    G: PaymentGateway,
    S: DuePayments + GatewayEventLog,
    P: Publisher,
{
    /// Lists the gateway's refunds again and again; never returns.
    pub async fn follow_refunds(&self) {
        let mut lister = RefundLister::default();
        loop {
            if let Err(error) = self.list_refunds(&mut lister).await {
                tracing::warn!(%error, "the gateway's refunds cannot be booked yet");
            }
            tokio::time::sleep(LIST_INTERVAL).await;
        }
    }

    /// Books and publishes the recent refunds that are not booked yet.
    pub async fn list_refunds(&self, lister: &mut RefundLister) -> Result<(), Unavailable> {
        self.learn_recent(lister).await.map_err(|error| match error {
            HandleError::Unavailable(unavailable) => unavailable,
            error => Unavailable::new("payment gateway", error.reason()),
        })
    }

    async fn learn_recent(&self, lister: &mut RefundLister) -> Result<(), HandleError> {
        let payments = &self.payments;
        let now = payments.clock.now();
        let since = match lister.listed_at {
            Some(before) => before.checked_sub(OVERLAP),
            None => now.checked_sub(FIRST_SPAN),
        };
        let since = since.unwrap_or(Timestamp::UNIX_EPOCH);
        let recent = payments.gateway_result(payments.gateway.recent_refunds(since).await)?;
        let booked: HashSet<_> = payments.book.booked_refunds(&recent).await?.into_iter().collect();
        let mut failed = None;
        for refund in recent {
            if booked.contains(&refund.id) || lister.strangers.contains(&refund.id.0) {
                continue;
            }
            match self.learn_listed(&refund, lister).await {
                Ok(()) => {}
                Err(error @ HandleError::Unavailable(_)) => return Err(error),
                // It is listed again.
                Err(error) => failed = Some(error),
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        lister.listed_at = Some(now);
        Ok(())
    }

    async fn learn_listed(
        &self,
        refund: &GatewayRefund,
        lister: &mut RefundLister,
    ) -> Result<(), HandleError> {
        let payments = &self.payments;
        let order_id = match refund.order_id {
            Some(order) => Some(order),
            None => payments.gateway_result(payments.gateway.order_of(&refund.intent).await)?,
        };
        let stored = match order_id {
            Some(id) => self.store.payment(id).await?,
            None => None,
        };
        let known = stored.and_then(|(payment, order)| {
            let order = order.filter(|order| payment.belongs_to(order, None))?;
            (payment.intent.as_ref() == Some(&refund.intent)).then_some((payment, order))
        });
        if let Some((payment, order)) = known {
            return self.learn_refund(&order, &payment, refund).await;
        }
        lister.strangers.insert(refund.id.0.clone());
        Ok(())
    }

    /// Books and publishes all refunds of an order that the gateway has.
    pub(super) async fn learn_refunds(
        &self,
        order: &Order,
        payment: &Payment,
        intent: &IntentId,
    ) -> Result<(), HandleError> {
        let payments = &self.payments;
        let made = payments.gateway_result(payments.gateway.refunds_of(intent).await)?;
        let booked = payments.book.booked_refunds(&made).await?;
        for refund in made.iter().filter(|refund| !booked.contains(&refund.id)) {
            self.learn_refund(order, payment, refund).await?;
        }
        Ok(())
    }

    /// Books a refund of an order, once, and publishes it.
    pub(super) async fn learn_refund(
        &self,
        order: &Order,
        payment: &Payment,
        refund: &GatewayRefund,
    ) -> Result<(), HandleError> {
        if !payment.is_taken() {
            return match refund.purpose {
                RefundPurpose::Rest => Ok(()),
                _ => Err(HandleError::Retry("the refunded money is not known yet".to_owned())),
            };
        }
        if refund.purpose == RefundPurpose::Rest {
            return self.learn_rest(order, payment, refund).await;
        }
        let entry = self.payments.book_part(order, refund, true).await?;
        if entry.refund.outcome != RefundOutcome::Reserved {
            self.publish_refund(&entry).await?;
        }
        Ok(())
    }

    /// Stores the refund of what was left of a cancelled order, and publishes it.
    async fn learn_rest(
        &self,
        order: &Order,
        payment: &Payment,
        refund: &GatewayRefund,
    ) -> Result<(), HandleError> {
        if payment.state != PaymentState::RefundPending {
            return Ok(());
        }
        let payments = &self.payments;
        let now = payments.clock.now();
        let stored = payments.book.settle_refund(order, refund.id.clone(), now).await?;
        if let Ok(RefundStep::PublishRefund(refund)) = refund_step(&stored) {
            let refunded = order_refunded::encode_refunded(order, stored.number, &refund);
            self.publisher.publish(vec![refunded]).await.map_err(Unavailable::from)?;
        }
        Ok(())
    }

    /// Stores a dispute and publishes it.
    pub(super) async fn note_dispute(
        &self,
        order: &Order,
        dispute: &Dispute,
    ) -> Result<(), Unavailable> {
        tracing::warn!(
            order.id = %order.id, trace_id = %order.trace_id(), dispute = dispute.id.0,
            reason = dispute.reason, "a customer disputes a payment",
        );
        metrics::DISPUTES.with([]).inc();
        self.payments.book.record_dispute(order.id, dispute).await?;
        let (id, reason) = (dispute.id.clone(), dispute.reason.clone());
        let news = PaymentNews::Disputed { dispute: id, reason };
        let event = encode_payment_of(order, dispute.amount.minor, news, dispute.at);
        self.publisher.publish(vec![event]).await.map(drop).map_err(Unavailable::from)
    }
}
