//! Outcomes that are learnt outside of the consumer group: from the gateway's events, from a
//! customer who comes back from the bank, and by a timer.
//!
//! Such a payment is due in its row until its outcome is published, so a crash in between only
//! delays that to the timer's next poll.

use std::{sync::Arc, time::Duration};

use domain::{
    order::Order,
    payment::{Cancellation, DeclineReason, Payment, PaymentState, RefundEntry, lapse_of},
    ports::{DuePayments, PaymentBook, PaymentGateway, Unavailable},
    text::Note,
};
use events::{OutgoingRecord, Publisher, order_requests};
use jiff::{SignedDuration, Timestamp};

use super::{
    accepted::{cancel_request, known_event, needs_failure, next},
    charge::stored_outcome,
    charge_event,
    part_refund::refund_event,
    payments::{HandleError, Payments},
};

/// Poll interval of the timer.
const POLL_INTERVAL: Duration = Duration::from_secs(2);
/// Maximum number of payments per poll.
const MAX_PAYMENTS: u32 = 200;
/// Delay after a failed attempt.
const RETRY_AFTER: SignedDuration = SignedDuration::from_secs(30);
/// Delay before an order is requested to be cancelled again.
const ASK_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(30);
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
        self.publish_refunds(now).await?;
        away.map_or(Ok(()), Err)
    }

    /// Publishes the refunds that no record of the group publishes.
    async fn publish_refunds(&self, now: Timestamp) -> Result<(), Unavailable> {
        let book = &self.payments.book;
        for entry in book.due_refunds(now, MAX_PAYMENTS).await? {
            self.publish_refund(&entry).await?;
        }
        Ok(())
    }

    pub(super) async fn publish_refund(&self, entry: &RefundEntry) -> Result<(), Unavailable> {
        self.publisher.publish(refund_event(entry).into_iter().collect()).await?;
        self.payments.book.record_published(entry.order.id, &entry.refund.key).await
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
        if stored.state == payment.state && !needs_failure(&stored) {
            return Ok(());
        }
        self.complete(order, &stored).await
    }

    /// Decides a due payment and publishes what is known then.
    async fn finish(&self, order: &Order, payment: &Payment) -> Result<(), HandleError> {
        if !payment.belongs_to(order, None) {
            return Err(HandleError::Dead("the order book has another order of this id".into()));
        }
        match (payment.state, &payment.intent) {
            (PaymentState::ActionRequired, Some(intent)) => {
                // The customer may have passed without a word from the gateway.
                let mut stored = self.payments.refresh(order, payment, intent).await?;
                if stored.state == PaymentState::ActionRequired {
                    let reason = DeclineReason::AuthenticationTimeout;
                    stored = self.payments.decline(order, intent, reason).await?;
                }
                self.complete(order, &stored).await
            }
            _ if is_held_in_vain(payment) => self.ask_to_cancel(order, payment).await,
            (PaymentState::Authorized, _) if self.lapses(payment) => match payment.accepted_at {
                Some(_) => {
                    let events = self.payments.capture_accepted(order, payment).await?;
                    self.publish(payment, events, None).await
                }
                None => self.ask_to_cancel(order, payment).await,
            },
            _ => self.complete(order, payment).await,
        }
    }

    /// True if the hold ends soon.
    fn lapses(&self, payment: &Payment) -> bool {
        payment.hold.is_some_and(|hold| lapse_of(hold) <= self.payments.clock.now())
    }

    /// Requests the cancellation of an order whose money was held in vain, until it is cancelled.
    async fn ask_to_cancel(&self, order: &Order, payment: &Payment) -> Result<(), HandleError> {
        let at = payment.due_at.unwrap_or_else(|| self.payments.clock.now());
        let request = order_requests::encode_request(&cancel_request(order, payment, at));
        let events = known_event(order, &next(payment)?).into_iter().chain([request]).collect();
        let again = self.payments.clock.now().checked_add(ASK_AGAIN_AFTER).ok();
        self.publish(payment, events, again).await
    }

    /// Refunds what must go back, and publishes what is known of a payment.
    async fn complete(&self, order: &Order, stored: &Payment) -> Result<(), HandleError> {
        let mut events = vec![charge_event(order, stored.number, &stored_outcome(stored)?)];
        if needs_failure(stored) {
            events.extend(self.payments.fail_capture(order, "the hold is gone").await?);
            // The payment is due now: the timer asks to cancel the order.
            self.publisher.publish(events).await.map_err(Unavailable::from)?;
            return Ok(());
        }
        events.extend(known_event(order, &next(stored)?));
        if stored.state == PaymentState::RefundPending && stored.returns_all() {
            let recorded = stored.cancellation.clone().map_or_else(|| self.late_money(), Ok)?;
            events.extend(self.payments.undo(order, &recorded).await?);
        }
        let lapse = stored.hold.filter(|_| stored.state == PaymentState::Authorized);
        self.publish(stored, events, lapse.map(lapse_of)).await
    }

    fn late_money(&self) -> Result<Cancellation, HandleError> {
        let reason: Result<Note, _> = LATE_MONEY.parse();
        let reason = reason.map_err(|_| HandleError::Dead("the reason is no text".into()))?;
        Ok(Cancellation { at: self.payments.clock.now(), reason })
    }

    /// Publishes the events of a payment, which is due at `next` then.
    async fn publish(
        &self,
        stored: &Payment,
        events: Vec<OutgoingRecord>,
        next: Option<Timestamp>,
    ) -> Result<(), HandleError> {
        self.publisher.publish(events).await.map_err(Unavailable::from)?;
        Ok(self.store.reschedule(stored, next).await?)
    }
}

/// True if the gateway must be asked before anything can be published.
fn needs_gateway(payment: &Payment) -> bool {
    let asks =
        [PaymentState::ActionRequired, PaymentState::RefundPending, PaymentState::Authorized];
    asks.contains(&payment.state)
}

/// True if held money cannot be captured and the order is not cancelled yet.
const fn is_held_in_vain(payment: &Payment) -> bool {
    payment.capture_failed_at.is_some()
        && payment.captured_at.is_none()
        && payment.cancellation.is_none()
}
