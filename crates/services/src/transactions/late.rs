//! Outcomes that are learnt outside of the consumer group: from the gateway's events, from a
//! customer who comes back from the bank, and by a timer.
//!
//! Such a payment is due in its row until its outcome is published, so a crash in between only
//! delays that to the timer's next poll.

use std::{sync::Arc, time::Duration};

use domain::{
    order::Order,
    payment::{Cancellation, DeclineReason, Payment, PaymentState},
    ports::{DuePayments, PaymentBook, PaymentGateway, Unavailable},
    text::Note,
};
use events::{OutgoingRecord, Publisher};
use jiff::SignedDuration;

use super::{
    charge::stored_outcome,
    charge_event,
    payments::{HandleError, Payments},
};

/// Poll interval of the timer.
const POLL_INTERVAL: Duration = Duration::from_secs(2);
/// Maximum number of payments per poll.
const MAX_PAYMENTS: u32 = 200;
/// Delay after a failed attempt.
const RETRY_AFTER: SignedDuration = SignedDuration::from_secs(30);
/// The reason of a refund of money that arrived after the order was declined.
const LATE_MONEY: &str = "The payment arrived after the order was declined";

/// Settles and publishes late outcomes.
pub struct LateOutcomes<B, G, S, P> {
    /// Charges and refunds.
    pub payments: Arc<Payments<B, G>>,
    /// The payments that are due, and the gateway's events.
    pub store: S,
    /// Publishes outcomes.
    pub publisher: P,
}

impl<B: PaymentBook, G: PaymentGateway, S: DuePayments, P: Publisher> LateOutcomes<B, G, S, P> {
    /// Polls for due payments; never returns.
    pub async fn run(&self) {
        let mut failing = false;
        loop {
            let finished = self.finish_due().await;
            if let Err(reason) = &finished
                && !failing
            {
                tracing::warn!(error = %reason, "due payments cannot be finished yet");
            }
            failing = finished.is_err();
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Finishes every payment that is due. One that fails is due again later; while the gateway is
    /// away, those that do not need it are finished.
    pub async fn finish_due(&self) -> Result<(), Unavailable> {
        let now = self.payments.clock.now();
        let mut away = None;
        for (payment, order) in self.store.due_payments(now, MAX_PAYMENTS).await? {
            if away.is_some() && needs_gateway(&payment) {
                continue;
            }
            match self.finish(&order, &payment).await {
                Ok(()) => {}
                Err(HandleError::Unavailable(unavailable)) => away = Some(unavailable),
                Err(error) => {
                    let reason = error.reason();
                    tracing::warn!(order.id = %order.id, error = reason, "a due payment failed");
                    let later = now.checked_add(RETRY_AFTER).ok();
                    self.store.reschedule(&payment, later).await?;
                }
            }
        }
        away.map_or(Ok(()), Err)
    }

    /// Asks the gateway about a payment that may have been decided there, and publishes what is
    /// known then.
    pub(super) async fn refresh(
        &self,
        order: &Order,
        payment: &Payment,
    ) -> Result<(), HandleError> {
        let Some(intent) = &payment.intent else { return Ok(()) };
        let stored = self.payments.refresh(order, payment, intent).await?;
        if stored.state == payment.state {
            return Ok(());
        }
        self.complete(order, &stored).await
    }

    /// Decides a due payment and publishes what is known then.
    async fn finish(&self, order: &Order, payment: &Payment) -> Result<(), HandleError> {
        if !payment.belongs_to(order, None) {
            return Err(HandleError::Dead("the order book has another order of this id".into()));
        }
        let stored = match (payment.state, &payment.intent) {
            (PaymentState::ActionRequired, Some(intent)) => {
                let reason = DeclineReason::AuthenticationTimeout;
                self.payments.decline(order, intent, reason).await?
            }
            _ => payment.clone(),
        };
        self.complete(order, &stored).await
    }

    /// Refunds what must go back, and publishes what is known of a payment.
    async fn complete(&self, order: &Order, stored: &Payment) -> Result<(), HandleError> {
        let mut events = vec![charge_event(order, stored.number, &stored_outcome(stored)?)];
        if stored.state == PaymentState::RefundPending {
            let recorded = stored.cancellation.clone().map_or_else(|| self.late_money(), Ok)?;
            events.extend(self.payments.undo(order, &recorded).await?);
        }
        self.publish(stored, events).await
    }

    fn late_money(&self) -> Result<Cancellation, HandleError> {
        let reason: Result<Note, _> = LATE_MONEY.parse();
        let reason = reason.map_err(|_| HandleError::Dead("the reason is no text".into()))?;
        Ok(Cancellation { at: self.payments.clock.now(), reason })
    }

    /// Publishes the events of a payment, which is not due any more then.
    async fn publish(
        &self,
        stored: &Payment,
        events: Vec<OutgoingRecord>,
    ) -> Result<(), HandleError> {
        self.publisher.publish(events).await.map_err(Unavailable::from)?;
        Ok(self.store.reschedule(stored, None).await?)
    }
}

/// True if the gateway must be asked before anything can be published.
fn needs_gateway(payment: &Payment) -> bool {
    matches!(payment.state, PaymentState::ActionRequired | PaymentState::RefundPending)
}
