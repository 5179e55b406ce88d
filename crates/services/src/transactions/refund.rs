//! Voids or refunds the payment of a cancelled order.

use domain::{
    kitchen::Requester,
    money::Money,
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
                "the order is cancelled, and its charge or a refund is under way".into(),
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
            RefundStep::Refund(intent) => {
                self.return_rest(order, cancellation, &payment, &intent).await
            }
            RefundStep::FindRefund(intent) => match self.find_rest(order, &intent).await? {
                Some(rest) => self.settle_refund(order, rest.id).await,
                None => self.return_again(order, cancellation, &intent).await,
            },
        }
    }

    /// Returns what is left, after an attempt that the gateway knows nothing of. What was refunded
    /// there meanwhile is booked.
    async fn return_again(
        &self,
        order: &Order,
        cancellation: &Cancellation,
        intent: &IntentId,
    ) -> Result<Vec<OutgoingRecord>, HandleError> {
        let payment = self.book.record_cancellation(order, cancellation).await?;
        match step(&payment)? {
            RefundStep::Nothing => Ok(Vec::new()),
            _ => self.return_rest(order, cancellation, &payment, intent).await,
        }
    }

    async fn return_rest(
        &self,
        order: &Order,
        cancellation: &Cancellation,
        payment: &Payment,
        intent: &IntentId,
    ) -> Result<Vec<OutgoingRecord>, HandleError> {
        let amount = Money::new(payment.remainder_minor(), payment.amount.currency);
        let asked = self.gateway.refund(order.id, intent, amount, None, &refund_key(payment)).await;
        let reason = match self.gateway_result(asked) {
            Ok(rest) => return self.settle_refund(order, rest.id).await,
            Err(HandleError::Dead(reason)) => reason,
            Err(error) => return Err(error),
        };
        // Less is left if a part was refunded at the gateway.
        if let Some(rest) = self.find_rest(order, intent).await? {
            return self.settle_refund(order, rest.id).await;
        }
        let now = self.book.record_cancellation(order, cancellation).await?;
        match now.remainder_minor() == payment.remainder_minor() {
            true => Err(HandleError::Dead(reason)),
            false => Err(HandleError::Retry("a part was refunded at the gateway".to_owned())),
        }
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
