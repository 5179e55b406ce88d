//! Charging an order, step by step as its payment row says.

use domain::{
    cart::NotVerified,
    order::Order,
    payment::{
        Attempt, Conclusion, DeclineReason, IntentId, Outcome as Charge, Payment, Step, cancel_key,
        conclude, confirm_key, create_key, next_step,
    },
    ports::{PaymentBook, PaymentGateway, StockBook},
};
use events::{Outgoing, Record, order_details};
use jiff::Timestamp;

use super::{Stop, Transactions, event};
use web::secret::digest;

/// How much of a record's digest is kept: half of a SHA-256, in hexadecimal.
const DIGEST_LENGTH: usize = 32;

impl<B: PaymentBook + StockBook, G: PaymentGateway> Transactions<B, G> {
    pub(super) async fn details(&self, record: &Record) -> Result<Vec<Outgoing>, Stop> {
        let order = order_details::read(record).map_err(|e| Stop::Never(e.to_string()))?;
        let now = self.clock.now();
        let verified = match &self.seals {
            Some(seals) => seals.look(record, &order, now).await?,
            None => Ok(()),
        };
        if verified.is_ok() {
            self.first_values.before(&self.book, &order, now).await?;
        }
        let payment = self.book.attempt(attempt(record, &order, &verified, now)).await?;
        if !payment.is_of(&order, record_digest(record).as_deref()) {
            // The first record of an id is the order; this is a later one.
            tracing::warn!(order.id = %order.id, "a later record of an order is left out");
            return Ok(Vec::new());
        }
        match verified {
            Err(reason) if payment.reason == Some(DeclineReason::NotVerified) => {
                tracing::warn!(order.id = %order.id, error = %reason, "an order is not verified");
            }
            _ => {}
        }
        self.charge(&order, &payment).await
    }

    /// The events that tell how the order's charge ended; the same ones at every call.
    async fn charge(&self, order: &Order, payment: &Payment) -> Result<Vec<Outgoing>, Stop> {
        let charge = match step(payment, false)? {
            Step::Create => {
                let created = self.gateway.create(payment, &create_key(payment)).await;
                let intent = self.asked(created)?;
                let stored = self.book.store_intent(order.id, intent).await?;
                self.proceed(order, &stored).await?
            }
            _ => self.take(order, payment, false).await?,
        };
        Ok(vec![event(order, &charge)])
    }

    /// Goes on once an intent is stored.
    async fn proceed(&self, order: &Order, payment: &Payment) -> Result<Charge, Stop> {
        self.take(order, payment, true).await
    }

    /// Takes the step that the row says.
    async fn take(&self, order: &Order, payment: &Payment, fresh: bool) -> Result<Charge, Stop> {
        match step(payment, fresh)? {
            Step::Publish(charge) => Ok(charge),
            Step::Confirm(intent) => self.confirm(order, payment, &intent).await,
            Step::Retrieve(intent) => self.retrieve(order, payment, &intent).await,
            Step::Void => {
                let (reason, at) = (DeclineReason::Cancelled, self.clock.now());
                self.settle(order, Conclusion::Known(Charge::Declined { reason, at })).await
            }
            Step::CallOff(intent) => {
                let asked = self.gateway.cancel(&intent, &cancel_key(payment)).await;
                let state = self.asked(asked)?;
                let conclusion = conclude(&state, payment.amount, &intent, self.clock.now());
                self.settle(order, conclusion).await
            }
            Step::Create => Err(Stop::Never("an intent was stored and is gone".into())),
        }
    }

    async fn confirm(
        &self,
        order: &Order,
        payment: &Payment,
        intent: &IntentId,
    ) -> Result<Charge, Stop> {
        let key = confirm_key(payment);
        let asked = self.gateway.confirm(intent, &order.payment_method, &key).await;
        let error = match self.asked(asked) {
            Ok(state) => {
                let conclusion = conclude(&state, payment.amount, intent, self.clock.now());
                return self.settle(order, conclusion).await;
            }
            Err(error) => error,
        };
        // Money may have moved. Remember that before anything else, then ask.
        self.book.mark_unknown(order.id).await?;
        tracing::warn!(order.id = %order.id, error = error.told(), "the end of a charge is not known");
        let state = self.asked(self.gateway.retrieve(intent).await)?;
        match conclude(&state, payment.amount, intent, self.clock.now()) {
            // Nothing moved: what was unknown is tried again, what was refused is not.
            Conclusion::ConfirmAgain => Err(error),
            conclusion => self.settle(order, conclusion).await,
        }
    }

    async fn retrieve(
        &self,
        order: &Order,
        payment: &Payment,
        intent: &IntentId,
    ) -> Result<Charge, Stop> {
        let state = self.asked(self.gateway.retrieve(intent).await)?;
        match conclude(&state, payment.amount, intent, self.clock.now()) {
            Conclusion::ConfirmAgain => self.confirm(order, payment, intent).await,
            conclusion => self.settle(order, conclusion).await,
        }
    }

    /// Stores what is known. What was stored first is the outcome, whatever this attempt thinks.
    async fn settle(&self, order: &Order, conclusion: Conclusion) -> Result<Charge, Stop> {
        let charge = match conclusion {
            Conclusion::Known(charge) => charge,
            Conclusion::ConfirmAgain => {
                return Err(Stop::Later("the intent is not confirmed yet".into()));
            }
            Conclusion::Unknown(reason) => {
                self.book.mark_unknown(order.id).await?;
                tracing::warn!(order.id = %order.id, error = reason, "a charge cannot be told");
                return Err(Stop::Later(reason));
            }
        };
        let stored = self.book.settle(order, &charge).await?;
        match step(&stored, false)? {
            Step::Publish(charge) => Ok(charge),
            _ => Err(Stop::Never("an outcome was stored and is gone".into())),
        }
    }
}

impl Stop {
    fn told(&self) -> &str {
        match self {
            Self::Away(unavailable) => &unavailable.reason,
            Self::Later(reason) | Self::Never(reason) => reason,
        }
    }
}

/// An attempt at an order, or at declining one that is not ours.
fn attempt(
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
    Some(digest(value).chars().take(DIGEST_LENGTH).collect())
}

fn step(payment: &Payment, fresh: bool) -> Result<Step, Stop> {
    next_step(payment, fresh).map_err(|broken| Stop::Never(broken.to_string()))
}
