//! The handler of the group `transactions`.

use std::{sync::Arc, time::Duration};

use domain::ports::{
    GatewayError, PaymentBook, PaymentGateway, SharedClock, StockBook, Unavailable,
};
use events::{
    Delay::{self, Minute1 as M1, Minutes10 as M10, Seconds5 as S5},
    Handler, Outcome, OutgoingRecord, Pace, Record, Topic,
};
use tokio::time::Instant;

use super::{gateway_health::GatewayHealth, stock, verify::OrderVerifier};
use crate::catalog::Catalog;

/// Pauses before each immediate retry, in milliseconds.
const RETRY_PAUSES_MS: [u64; 2] = [100, 400];
/// No immediate retry after this time.
const IMMEDIATE_RETRY_LIMIT: Duration = Duration::from_secs(1);

/// Charges orders, refunds cancelled ones, and maintains stock.
pub struct TransactionsHandler<B, G> {
    pub(super) book: B,
    pub(super) gateway: G,
    pub(super) clock: SharedClock,
    health: GatewayHealth,
    pub(super) first_stock: stock::FirstStock,
    pub(super) verifier: Option<OrderVerifier>,
}

/// Why a record has no outcome yet.
pub(super) enum HandleError {
    /// The gateway or the database is unavailable: all orders wait in place.
    Unavailable(Unavailable),
    /// Only this order has to wait.
    Retry(String),
    /// The record needs manual attention.
    Dead(String),
}

impl From<Unavailable> for HandleError {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl<B: PaymentBook + StockBook, G: PaymentGateway> Handler for TransactionsHandler<B, G> {
    const GROUP: &'static str = "transactions";
    const TOPICS: &'static [Topic] =
        &[Topic::OrderDetails, Topic::OrderProgress, Topic::StockChanges, Topic::Menu];
    const PRODUCES: &'static [Topic] =
        &[Topic::OrderConfirmed, Topic::OrderDeclined, Topic::OrderRefunded];
    // An order waits for two gateway calls and three turns of the database's writer. With all parts
    // on two cores that takes up to two seconds under full load, at three thousand orders a second.
    // The gateway's client has its own limit.
    const PACE: Pace = Pace::concurrent(8_000);
    /// Every five seconds for a minute, since the customer waits; then until it succeeds, since a
    /// charge must not stay unknown.
    const RETRY: &'static [Delay] =
        &[S5, S5, S5, S5, S5, S5, S5, S5, S5, S5, S5, S5, M1, M1, M1, M1, M1, M1, M1, M10];

    async fn handle(&self, records: &[Record]) -> Result<Vec<Outcome>, Unavailable> {
        let mut outcomes = Vec::with_capacity(records.len());
        for record in records {
            let at = self.clock.now();
            let result = match record.topic {
                Topic::StockChanges => {
                    outcomes.push(stock::handle_change(&self.book, record, at).await?);
                    continue;
                }
                Topic::Menu => {
                    outcomes.push(stock::handle_menu(&self.book, record, at).await?);
                    continue;
                }
                _ => self.handle_with_retries(record).await,
            };
            outcomes.push(match result {
                Ok(events) => Outcome::Done(events),
                Err(HandleError::Dead(reason)) => Outcome::Dead(reason),
                Err(HandleError::Retry(reason)) => Outcome::Retry(reason),
                Err(HandleError::Unavailable(unavailable)) => return Err(unavailable),
            });
        }
        Ok(outcomes)
    }
}

impl<B: PaymentBook + StockBook, G: PaymentGateway> TransactionsHandler<B, G> {
    /// Charges through `gateway` and stores payments in `book`.
    pub fn new(book: B, gateway: G, clock: SharedClock) -> Self {
        let (health, first_stock) = (GatewayHealth::default(), stock::FirstStock::default());
        Self { book, gateway, clock, health, first_stock, verifier: None }
    }

    /// Books the first stock values of an order's menu, from `menus`, before it decides the order.
    #[must_use]
    pub fn with_menus(self, menus: Arc<Catalog>) -> Self {
        Self { first_stock: stock::FirstStock::new(menus), ..self }
    }

    /// Charges only orders that a storefront has sealed or that are priced by the menu.
    #[must_use]
    pub fn with_verifier(self, verifier: OrderVerifier) -> Self {
        Self { verifier: Some(verifier), ..self }
    }

    /// Retries immediately: a broken connection or a charge in progress mostly resolves within a
    /// moment, which avoids the longer wait in a retry topic. A slow attempt is not retried
    /// immediately, since it holds back the offset of its partition.
    async fn handle_with_retries(
        &self,
        record: &Record,
    ) -> Result<Vec<OutgoingRecord>, HandleError> {
        let start = Instant::now();
        for pause_ms in RETRY_PAUSES_MS {
            match self.handle_record(record).await {
                Err(HandleError::Retry(_)) if start.elapsed() < IMMEDIATE_RETRY_LIMIT => {
                    tokio::time::sleep(Duration::from_millis(pause_ms)).await;
                }
                result => return result,
            }
        }
        self.handle_record(record).await
    }

    async fn handle_record(&self, record: &Record) -> Result<Vec<OutgoingRecord>, HandleError> {
        match record.topic {
            Topic::OrderProgress => self.refund_record(record).await,
            _ => self.charge_record(record).await,
        }
    }

    /// Records the result of a gateway call. A failed call concerns only its order, unless the
    /// gateway does not answer at all.
    pub(super) fn gateway_result<T>(
        &self,
        result: Result<T, GatewayError>,
    ) -> Result<T, HandleError> {
        self.health.record(result).map_err(|error| match error {
            GatewayError::Refused(_) => HandleError::Dead(error.to_string()),
            GatewayError::Unknown(reason) if self.health.is_unavailable() => {
                HandleError::Unavailable(Unavailable::new("payment gateway", reason))
            }
            GatewayError::Unknown(_) => HandleError::Retry(error.to_string()),
        })
    }
}
