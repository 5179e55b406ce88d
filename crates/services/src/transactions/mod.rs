//! order_details → charge → order_confirmed | order_declined;
//! order_progress: cancelled → void or give back → order_declined | order_refunded;
//! stock_changes, menu → stock_levels
//!
//! One charge per order and one refund per charge, whatever crashes: the payment row is written
//! before the gateway is asked, the unconfirmed intent is stored before it is confirmed, and whoever
//! meets the order again consults the row first. [`domain::payment`] decides; `charge` and `refund`
//! do what it says, and `webhook` listens to what the gateway tells by itself.
//!
//! The payment row and the pieces that the order takes are written together, before anything is
//! asked of the gateway: an order for which there is not enough never gets that far. Nor does one
//! that nobody of ours has priced, unless its price is right.

mod charge;
mod levels;
mod pulse;
mod refund;
mod stock;
mod verify;
mod webhook;

use std::{sync::Arc, time::Duration};

use domain::{
    order::Order,
    payment::Outcome as Charge,
    ports::{GatewayError, PaymentBook, PaymentGateway, StockBook, Unavailable},
};
use events::{
    Delay::{self, Minute1 as M1, Minutes10 as M10, Seconds5 as S5},
    Handler, Outcome, Outgoing, Pace, Record, Topic, order_confirmed, order_declined,
};

use tokio::time::Instant;

use self::pulse::Pulse;
use crate::{
    catalog::{self, Catalog},
    declaration::Declaration,
};
use domain::ports::SharedClock;

pub use levels::Levels;
pub use verify::Seals;
pub use webhook::{Webhooks, routes};

/// Pauses before an order is tried again at once.
const PAUSES_MS: [u64; 2] = [100, 400];
/// After this time, an order is not tried again at once.
const SOON: Duration = Duration::from_secs(1);

/// The service.
pub const SERVICE: Declaration = Declaration {
    name: "transactions",
    about: "Charges payments",
    port: 8083,
    publishes: &[Topic::StockLevels],
    follows: &[catalog::MENUS],
};

/// Charges orders, gives the money of cancelled ones back, and keeps the stock they take from.
pub struct Transactions<B, G> {
    book: B,
    gateway: G,
    clock: SharedClock,
    pulse: Pulse,
    first_values: stock::FirstValues,
    seals: Option<Seals>,
}

/// Why there is no outcome yet.
enum Stop {
    /// Nobody answers: this order waits here, and so do all others.
    Away(Unavailable),
    /// This order alone has to wait.
    Later(String),
    /// A person has to look at it.
    Never(String),
}

impl From<Unavailable> for Stop {
    fn from(unavailable: Unavailable) -> Self {
        Self::Away(unavailable)
    }
}

impl<B: PaymentBook + StockBook, G: PaymentGateway> Handler for Transactions<B, G> {
    const GROUP: &'static str = "transactions";
    const TOPICS: &'static [Topic] =
        &[Topic::OrderDetails, Topic::OrderProgress, Topic::StockChanges, Topic::Menu];
    const PRODUCES: &'static [Topic] =
        &[Topic::OrderConfirmed, Topic::OrderDeclined, Topic::OrderRefunded];
    // An order waits for two calls and for three turns of the database's writer. Where all parts
    // share two cores that is up to two seconds under full load, and still three thousand orders a
    // second; the gateway's client has its own limit.
    const PACE: Pace = Pace::concurrent(8_000);
    /// A minute of every five seconds, for somebody waits; then for as long as it takes: money is
    /// never left in doubt.
    const RETRY: &'static [Delay] =
        &[S5, S5, S5, S5, S5, S5, S5, S5, S5, S5, S5, S5, M1, M1, M1, M1, M1, M1, M1, M10];

    async fn handle(&self, records: &[Record]) -> Result<Vec<Outcome>, Unavailable> {
        let mut outcomes = Vec::with_capacity(records.len());
        for record in records {
            let at = self.clock.now();
            let ended = match record.topic {
                Topic::StockChanges => {
                    outcomes.push(stock::change(&self.book, record, at).await?);
                    continue;
                }
                Topic::Menu => {
                    outcomes.push(stock::first_values(&self.book, record, at).await?);
                    continue;
                }
                _ => self.patiently(record).await,
            };
            outcomes.push(match ended {
                Ok(events) => Outcome::Done(events),
                Err(Stop::Never(reason)) => Outcome::Dead(reason),
                Err(Stop::Later(reason)) => Outcome::Retry(reason),
                Err(Stop::Away(unavailable)) => return Err(unavailable),
            });
        }
        Ok(outcomes)
    }
}

impl<B: PaymentBook + StockBook, G: PaymentGateway> Transactions<B, G> {
    /// Charges through `gateway`, remembering in `book`.
    pub fn new(book: B, gateway: G, clock: SharedClock) -> Self {
        let first_values = stock::FirstValues::default();
        Self { book, gateway, clock, pulse: Pulse::default(), first_values, seals: None }
    }

    /// Looks for the first stock values of an order's menu in `menus`, where the topic `menu` is
    /// followed into memory, before it decides the order.
    #[must_use]
    pub fn with_menus(self, menus: Arc<Catalog>) -> Self {
        Self { first_values: stock::FirstValues::of(menus), ..self }
    }

    /// Charges no order that is neither sealed by a storefront nor priced as the menu says.
    #[must_use]
    pub fn with_seals(self, seals: Seals) -> Self {
        Self { seals: Some(seals), ..self }
    }

    /// A connection that broke, or a charge that is just ending: mostly it is over a moment later,
    /// and then nobody has to wait for a topic of retries. What took long is not tried again at
    /// once: the offset of its partition waits for it.
    async fn patiently(&self, record: &Record) -> Result<Vec<Outgoing>, Stop> {
        let begun = Instant::now();
        for pause_ms in PAUSES_MS {
            match self.once(record).await {
                Err(Stop::Later(_)) if begun.elapsed() < SOON => {
                    tokio::time::sleep(Duration::from_millis(pause_ms)).await;
                }
                ended => return ended,
            }
        }
        self.once(record).await
    }

    async fn once(&self, record: &Record) -> Result<Vec<Outgoing>, Stop> {
        match record.topic {
            Topic::OrderProgress => self.progress(record).await,
            _ => self.details(record).await,
        }
    }

    /// Notes how a call to the gateway ended. One that is lost concerns its order alone, unless
    /// nothing is answered any more.
    fn asked<T>(&self, ended: Result<T, GatewayError>) -> Result<T, Stop> {
        self.pulse.note(ended).map_err(|error| match error {
            GatewayError::Refused(_) => Stop::Never(error.to_string()),
            GatewayError::Unknown(reason) if self.pulse.is_away() => {
                Stop::Away(Unavailable::new("payment gateway", reason))
            }
            GatewayError::Unknown(_) => Stop::Later(error.to_string()),
        })
    }
}

/// The event of a charge's end; the same one however often it is told.
fn event(order: &Order, charge: &Charge) -> Outgoing {
    match charge {
        Charge::Captured { intent, at } => order_confirmed::confirmed(order, &intent.0, *at),
        Charge::Declined { reason, at } => order_declined::declined(order, *reason, *at),
    }
}
