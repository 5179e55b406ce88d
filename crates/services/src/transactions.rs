//! order_details → charge → order_confirmed | order_declined; stock_changes, menu → stock_levels
//!
//! One charge per order, whatever crashes: the payment row is written before the gateway is asked,
//! the unconfirmed intent is stored before it is confirmed, and whoever meets the order again
//! consults the row first. [`domain::payment`] decides; this file does what it says.
//!
//! The payment row and the pieces that the order takes are written together, before anything is
//! asked of the gateway: an order for which there is not enough never gets that far.

mod levels;
mod stock;

use std::sync::Arc;

use domain::{
    order::Order,
    payment::{
        Conclusion, IntentId, Outcome as Charge, Payment, Step, conclude, confirm_key, create_key,
        next_step,
    },
    ports::{GatewayError, PaymentBook, PaymentGateway, StockBook, Unavailable},
};
use events::{
    Handler, Outcome, Outgoing, Pace, Record, Topic, order_confirmed, order_declined, order_details,
};

pub use levels::Levels;

use crate::{SharedClock, catalog::Catalog};

/// Charges orders, and keeps the stock they take from.
pub struct Transactions<B, G> {
    book: B,
    gateway: G,
    clock: SharedClock,
    first_values: stock::FirstValues,
}

/// Why a charge has no outcome yet.
enum Stop {
    /// Ask again later.
    Later(Unavailable),
    /// A person has to look at it.
    Never(String),
}

impl From<Unavailable> for Stop {
    fn from(unavailable: Unavailable) -> Self {
        Self::Later(unavailable)
    }
}

impl From<GatewayError> for Stop {
    fn from(error: GatewayError) -> Self {
        match error {
            GatewayError::Unknown(reason) => {
                Self::Later(Unavailable::new("payment gateway", reason))
            }
            GatewayError::Refused(_) => Self::Never(error.to_string()),
        }
    }
}

impl<B: PaymentBook + StockBook, G: PaymentGateway> Handler for Transactions<B, G> {
    const GROUP: &'static str = "transactions";
    const TOPICS: &'static [Topic] = &[Topic::OrderDetails, Topic::StockChanges, Topic::Menu];
    const PRODUCES: &'static [Topic] =
        &[Topic::OrderConfirmed, Topic::OrderDeclined, Topic::OrderRefunded];
    const PACE: Pace = Pace::concurrent(256);

    async fn handle(&self, records: &[Record]) -> Result<Vec<Outcome>, Unavailable> {
        let mut outcomes = Vec::with_capacity(records.len());
        for record in records {
            outcomes.push(match record.topic {
                Topic::StockChanges => stock::change(&self.book, record, self.clock.now()).await?,
                Topic::Menu => stock::first_values(&self.book, record, self.clock.now()).await?,
                _ => self.order(record).await?,
            });
        }
        Ok(outcomes)
    }
}

impl<B: PaymentBook + StockBook, G: PaymentGateway> Transactions<B, G> {
    /// Charges through `gateway`, remembering in `book`.
    pub fn new(book: B, gateway: G, clock: SharedClock) -> Self {
        Self { book, gateway, clock, first_values: stock::FirstValues::default() }
    }

    /// Looks for the first stock values of an order's menu in `menus`, where the topic `menu` is
    /// followed into memory, before it decides the order.
    #[must_use]
    pub fn with_menus(self, menus: Arc<Catalog>) -> Self {
        Self { first_values: stock::FirstValues::of(menus), ..self }
    }

    /// Charges the order of an `order_details` record.
    async fn order(&self, record: &Record) -> Result<Outcome, Unavailable> {
        let order = match order_details::read(record) {
            Err(error) => return Ok(Outcome::Dead(error.to_string())),
            Ok(order) => order,
        };
        match self.charge(&order).await {
            Ok(events) => Ok(Outcome::Done(events)),
            Err(Stop::Never(reason)) => Ok(Outcome::Dead(reason)),
            Err(Stop::Later(unavailable)) => Err(unavailable),
        }
    }

    /// The events that tell how the order's charge ended; the same ones at every call.
    async fn charge(&self, order: &Order) -> Result<Vec<Outgoing>, Stop> {
        self.first_values.before(&self.book, order, self.clock.now()).await?;
        let payment = self.book.begin(order, self.clock.now()).await?;
        if payment.placed_at != order.placed_at {
            // The first record of an id is the order; this is a later one.
            return Ok(Vec::new());
        }
        let charge = match step(&payment, false)? {
            Step::Publish(charge) => charge,
            Step::Create => {
                let intent = self.gateway.create(&payment, &create_key(&payment)).await?;
                let stored = self.book.store_intent(order.id, intent).await?;
                self.proceed(order, &stored).await?
            }
            Step::Confirm(intent) => self.confirm(order, &payment, &intent).await?,
            Step::Retrieve(intent) => self.retrieve(order, &payment, &intent).await?,
        };
        Ok(vec![event(order, &charge)])
    }

    /// Goes on once an intent is stored.
    async fn proceed(&self, order: &Order, payment: &Payment) -> Result<Charge, Stop> {
        match step(payment, true)? {
            Step::Publish(charge) => Ok(charge),
            Step::Confirm(intent) => self.confirm(order, payment, &intent).await,
            Step::Retrieve(intent) => self.retrieve(order, payment, &intent).await,
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
        match self.gateway.confirm(intent, &order.payment_method, &key).await {
            Ok(state) => {
                let conclusion = conclude(&state, payment.amount, intent, self.clock.now());
                self.settle(order, conclusion).await
            }
            Err(error) => {
                // Money may have moved. Remember that before anything else, then ask.
                self.book.mark_unknown(order.id).await?;
                tracing::warn!(order.id = %order.id, %error, "the end of a charge is not known");
                let state = self.gateway.retrieve(intent).await?;
                match conclude(&state, payment.amount, intent, self.clock.now()) {
                    // Nothing moved: what was unknown is tried again, what was refused is not.
                    Conclusion::ConfirmAgain => Err(error.into()),
                    conclusion => self.settle(order, conclusion).await,
                }
            }
        }
    }

    async fn retrieve(
        &self,
        order: &Order,
        payment: &Payment,
        intent: &IntentId,
    ) -> Result<Charge, Stop> {
        let state = self.gateway.retrieve(intent).await?;
        match conclude(&state, payment.amount, intent, self.clock.now()) {
            Conclusion::ConfirmAgain => self.confirm(order, payment, intent).await,
            conclusion => self.settle(order, conclusion).await,
        }
    }

    /// Stores what is known. What was stored first is the outcome, whatever this attempt thinks.
    async fn settle(&self, order: &Order, conclusion: Conclusion) -> Result<Charge, Stop> {
        let later = |reason: String| Stop::Later(Unavailable::new("payment gateway", reason));
        let charge = match conclusion {
            Conclusion::Known(charge) => charge,
            Conclusion::ConfirmAgain => {
                return Err(later("the intent is not confirmed yet".into()));
            }
            Conclusion::Unknown(reason) => {
                self.book.mark_unknown(order.id).await?;
                return Err(later(reason));
            }
        };
        let stored = self.book.settle(order, &charge).await?;
        match step(&stored, false)? {
            Step::Publish(charge) => Ok(charge),
            _ => Err(Stop::Never("an outcome was stored and is gone".into())),
        }
    }
}

fn step(payment: &Payment, fresh: bool) -> Result<Step, Stop> {
    next_step(payment, fresh).map_err(|broken| Stop::Never(broken.to_string()))
}

fn event(order: &Order, charge: &Charge) -> Outgoing {
    match charge {
        Charge::Captured { intent, at } => order_confirmed::confirmed(order, &intent.0, *at),
        Charge::Declined { reason, at } => order_declined::declined(order, *reason, *at),
    }
}
