//! Voids or refunds the payment of a cancelled order.

use domain::{
    kitchen::Requester,
    order::Order,
    payment::{
        Cancellation, ChargeOutcome, DeclineReason, IntentId, Payment, RefundId, RefundStep,
        refund_key, refund_step,
    },
    ports::{PaymentBook, PaymentGateway},
    status::StatusChange,
    text::Note,
};
use events::{
    OutgoingRecord,
    order_payments::{PaymentNews, encode_payment},
    order_refunded,
};

use super::{
    charge_event,
    payments::{HandleError, Payments},
};

impl<B: PaymentBook, G: PaymentGateway> Payments<B, G> {
    /// Voids or refunds the payment of a cancelled order and returns that as events; every call
    /// returns the same ones.
    pub(super) async fn undo(
        &self,
        order: &Order,
        cancellation: &Cancellation,
    ) -> Result<Vec<OutgoingRecord>, HandleError> {
        let mut payment = self.book.record_cancellation(order, cancellation).await?;
        if !payment.belongs_to(order, None) {
            return Err(HandleError::Dead("another order of this id was placed before".into()));
        }
        if let RefundStep::CancelIntent(intent) = step(&payment)? {
            self.cancel_intent(order, &payment, &intent).await?;
            payment = self.book.record_cancellation(order, cancellation).await?;
        }
        match step(&payment)? {
            RefundStep::Wait | RefundStep::CancelIntent(_) => Err(HandleError::Retry(
                "the order is cancelled, and its charge is under way".into(),
            )),
            RefundStep::Nothing => Ok(Vec::new()),
            RefundStep::PublishVoid { at } => Ok(vec![charge_event(
                order,
                payment.number,
                &ChargeOutcome::Declined { reason: DeclineReason::Cancelled, at },
            )]),
            RefundStep::PublishReleased { at } => {
                Ok(vec![encode_payment(order, PaymentNews::Released, at)])
            }
            RefundStep::PublishRefund(refund) => {
                Ok(vec![order_refunded::encode_refunded(order, payment.number, &refund)])
            }
            RefundStep::Refund(intent) => self.refund_payment(order, &payment, &intent).await,
            RefundStep::FindRefund(intent) => {
                match self.gateway_result(self.gateway.find_refund(&intent).await)? {
                    Some(refund) => self.settle_refund(order, refund).await,
                    None => self.refund_payment(order, &payment, &intent).await,
                }
            }
        }
    }

    async fn refund_payment(
        &self,
        order: &Order,
        payment: &Payment,
        intent: &IntentId,
    ) -> Result<Vec<OutgoingRecord>, HandleError> {
        let result = self.gateway.refund(payment, intent, &refund_key(payment)).await;
        let refund = self.gateway_result(result)?;
        self.settle_refund(order, refund).await
    }

    /// Stores the refund. If another attempt has stored one, that one counts.
    async fn settle_refund(
        &self,
        order: &Order,
        refund: RefundId,
    ) -> Result<Vec<OutgoingRecord>, HandleError> {
        let stored = self.book.settle_refund(order, refund, self.clock.now()).await?;
        match step(&stored)? {
            RefundStep::PublishRefund(refund) => {
                Ok(vec![order_refunded::encode_refunded(order, stored.number, &refund)])
            }
            _ => Err(HandleError::Dead("a refund was stored and is gone".into())),
        }
    }
}

fn step(payment: &Payment) -> Result<RefundStep, HandleError> {
    refund_step(payment).map_err(|broken| HandleError::Dead(broken.to_string()))
}

/// The cancellation of a step. Without a reason, it has the one who requested it.
pub(super) fn cancellation_of(
    change: &StatusChange,
    by: Requester,
) -> Result<Cancellation, HandleError> {
    let words = change.reason.clone().unwrap_or_else(|| format!("cancelled by the {by}"));
    let reason: Note =
        words.parse().map_err(|_| HandleError::Dead("the reason is no text".into()))?;
    Ok(Cancellation { at: change.at, reason })
}
