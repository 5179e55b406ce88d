//! Charges an order, in the steps that its payment row determines.

use domain::{
    cart::NotVerified,
    order::Order,
    payment::{
        Attempt, ChargeOutcome, Conclusion, DeclineReason, IntentId, Payment, Step, cancel_key,
        conclude, confirm_key, create_key, next_step,
    },
    ports::{PaymentBook, PaymentGateway, StockBook},
};
use events::{OutgoingRecord, Record, order_details};
use jiff::Timestamp;

use super::{HandleError, TransactionsHandler, charge_event};
use web::secret::digest;

/// Stored length of a record's digest: half of a SHA-256 in hexadecimal.
const DIGEST_CHARS: usize = 32;

impl<B: PaymentBook + StockBook, G: PaymentGateway> TransactionsHandler<B, G> {
    /// Charges the order of an `order_details` record.
    pub(super) async fn charge_record(
        &self,
        record: &Record,
    ) -> Result<Vec<OutgoingRecord>, HandleError> {
        let order =
            order_details::decode_order(record).map_err(|e| HandleError::Dead(e.to_string()))?;
        let now = self.clock.now();
        let verified = match &self.verifier {
            Some(verifier) => verifier.verify(record, &order, now).await?,
            None => Ok(()),
        };
        if verified.is_ok() {
            self.first_stock.ensure_booked(&self.book, &order, now).await?;
        }
        let payment = self.book.record_attempt(new_attempt(record, &order, &verified, now)).await?;
        if !payment.belongs_to(&order, record_digest(record).as_deref()) {
            // The first record of an id is the order; this one came later.
            tracing::warn!(order.id = %order.id, "a later record of an order is ignored");
            return Ok(Vec::new());
        }
        match verified {
            Err(reason) if payment.reason == Some(DeclineReason::NotVerified) => {
                tracing::warn!(order.id = %order.id, error = %reason, "an order is not verified");
            }
            _ => {}
        }
        self.charge_order(&order, &payment).await
    }

    /// Charges the order and returns its outcome as events; every call returns the same ones.
    async fn charge_order(
        &self,
        order: &Order,
        payment: &Payment,
    ) -> Result<Vec<OutgoingRecord>, HandleError> {
        let charge = match step(payment, false)? {
            Step::Create => {
                let created = self.gateway.create(payment, &create_key(payment)).await;
                let intent = self.gateway_result(created)?;
                let stored = self.book.store_intent(order.id, intent).await?;
                self.take_step(order, &stored, true).await?
            }
            _ => self.take_step(order, payment, false).await?,
        };
        Ok(vec![charge_event(order, payment.number, &charge)])
    }

    /// Takes the step that the row determines. `is_fresh` if the intent was just created.
    async fn take_step(
        &self,
        order: &Order,
        payment: &Payment,
        is_fresh: bool,
    ) -> Result<ChargeOutcome, HandleError> {
        match step(payment, is_fresh)? {
            Step::Publish(charge) => Ok(charge),
            Step::Confirm(intent) => self.confirm(order, payment, &intent).await,
            Step::Retrieve(intent) => self.retrieve(order, payment, &intent).await,
            Step::Void => {
                let (reason, at) = (DeclineReason::Cancelled, self.clock.now());
                self.settle(order, Conclusion::Known(ChargeOutcome::Declined { reason, at })).await
            }
            Step::CancelIntent(intent) => {
                let asked = self.gateway.cancel(&intent, &cancel_key(payment)).await;
                let state = self.gateway_result(asked)?;
                let conclusion = conclude(&state, payment.amount, &intent, self.clock.now());
                self.settle(order, conclusion).await
            }
            Step::Create => Err(HandleError::Dead("an intent was stored and is gone".into())),
        }
    }

    async fn confirm(
        &self,
        order: &Order,
        payment: &Payment,
        intent: &IntentId,
    ) -> Result<ChargeOutcome, HandleError> {
        let key = confirm_key(payment);
        let asked = self.gateway.confirm(intent, &order.payment_method, &key).await;
        let error = match self.gateway_result(asked) {
            Ok(state) => {
                let conclusion = conclude(&state, payment.amount, intent, self.clock.now());
                return self.settle(order, conclusion).await;
            }
            Err(error) => error,
        };
        // The charge may have succeeded: record that first, then retrieve the intent.
        self.book.mark_unknown(order.id).await?;
        tracing::warn!(order.id = %order.id, error = error.reason(), "a charge has no known outcome");
        let state = self.gateway_result(self.gateway.retrieve(intent).await)?;
        match conclude(&state, payment.amount, intent, self.clock.now()) {
            // Not charged: an unknown result is retried, a refusal is not.
            Conclusion::ConfirmAgain => Err(error),
            conclusion => self.settle(order, conclusion).await,
        }
    }

    async fn retrieve(
        &self,
        order: &Order,
        payment: &Payment,
        intent: &IntentId,
    ) -> Result<ChargeOutcome, HandleError> {
        let state = self.gateway_result(self.gateway.retrieve(intent).await)?;
        match conclude(&state, payment.amount, intent, self.clock.now()) {
            Conclusion::ConfirmAgain => self.confirm(order, payment, intent).await,
            conclusion => self.settle(order, conclusion).await,
        }
    }

    /// Stores the outcome. If another attempt has stored one, that one counts.
    async fn settle(
        &self,
        order: &Order,
        conclusion: Conclusion,
    ) -> Result<ChargeOutcome, HandleError> {
        let charge = match conclusion {
            Conclusion::Known(charge) => charge,
            Conclusion::ConfirmAgain => {
                return Err(HandleError::Retry("the intent is not confirmed yet".into()));
            }
            Conclusion::Unknown(reason) => {
                self.book.mark_unknown(order.id).await?;
                tracing::warn!(order.id = %order.id, error = reason, "a charge has no known outcome");
                return Err(HandleError::Retry(reason));
            }
        };
        let stored = self.book.settle(order, &charge).await?;
        match step(&stored, false)? {
            Step::Publish(charge) => Ok(charge),
            _ => Err(HandleError::Dead("an outcome was stored and is gone".into())),
        }
    }
}

impl HandleError {
    fn reason(&self) -> &str {
        match self {
            Self::Unavailable(unavailable) => &unavailable.reason,
            Self::Retry(reason) | Self::Dead(reason) => reason,
        }
    }
}

/// The attempt for an order: to charge it, or to decline it if it is not verified.
fn new_attempt(
    record: &Record,
    order: &Order,
    verified: &Result<(), NotVerified>,
    at: Timestamp,
) -> Attempt {
    let refused = verified.as_ref().err().map(|_| DeclineReason::NotVerified);
    Attempt { order: order.clone(), record_digest: record_digest(record), refused, at }
}

fn record_digest(record: &Record) -> Option<String> {
    let value = record.payload.as_deref()?;
    Some(digest(value).chars().take(DIGEST_CHARS).collect())
}

fn step(payment: &Payment, is_fresh: bool) -> Result<Step, HandleError> {
    next_step(payment, is_fresh).map_err(|broken| HandleError::Dead(broken.to_string()))
}
