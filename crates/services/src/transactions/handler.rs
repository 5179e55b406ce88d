//! The handler of the group `transactions`.

use std::{sync::Arc, time::Duration};

use domain::{
    cart::NotVerified,
    order::Order,
    payment::{Attempt, DeclineReason},
    ports::{PaymentBook, PaymentGateway, StockBook, Unavailable},
    status::Status,
};
use events::{
    Delay::{self, Minute1 as M1, Minutes10 as M10, Seconds5 as S5},
    Handler, Outcome, OutgoingRecord, Pace, Record, Topic, order_details, order_progress,
};
use jiff::Timestamp;
use tokio::time::Instant;

use super::{
    charge::stored_outcome,
    charge_event,
    payments::{HandleError, Payments},
    refund::cancellation_of,
    stock,
    verify::OrderVerifier,
};
use crate::catalog::Catalog;
use web::secret::digest;

/// Pauses before each immediate retry, in milliseconds.
const RETRY_PAUSES_MS: [u64; 2] = [100, 400];
/// No immediate retry after this time.
const IMMEDIATE_RETRY_LIMIT: Duration = Duration::from_secs(1);

/// Stored length of a record's digest: half of a SHA-256 in hexadecimal.
const DIGEST_CHARS: usize = 32;

/// Charges orders, refunds cancelled ones, and maintains stock.
pub struct TransactionsHandler<B, G> {
    payments: Arc<Payments<B, G>>,
    first_stock: stock::FirstStock,
    verifier: Option<OrderVerifier>,
}

impl<B: PaymentBook + StockBook, G: PaymentGateway> Handler for TransactionsHandler<B, G> {
    const GROUP: &'static str = "transactions";
    const TOPICS: &'static [Topic] = &[
        Topic::OrderDetails,
        Topic::OrderProgress,
        Topic::OrderRequests,
        Topic::StockChanges,
        Topic::Menu,
    ];
    const PRODUCES: &'static [Topic] =
        &[Topic::OrderConfirmed, Topic::OrderDeclined, Topic::OrderPayments, Topic::OrderRefunded];
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
            let (book, at) = (&self.payments.book, self.payments.clock.now());
            let result = match record.topic {
                Topic::StockChanges => {
                    outcomes.push(stock::handle_change(book, record, at).await?);
                    continue;
                }
                Topic::Menu => {
                    outcomes.push(stock::handle_menu(book, record, at).await?);
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
    /// Charges and refunds through `payments`.
    pub fn new(payments: Arc<Payments<B, G>>) -> Self {
        Self { payments, first_stock: stock::FirstStock::default(), verifier: None }
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
            Topic::OrderRequests => self.payments.handle_request(record).await,
            Topic::OrderProgress => {
                let decoded = order_progress::decode_progress(record);
                let (order, change, by) = decoded.map_err(|e| HandleError::Dead(e.to_string()))?;
                match change.status {
                    Status::Cancelled => {
                        self.payments.undo(&order, &cancellation_of(&change, by)?).await
                    }
                    _ => self.payments.follow_step(&order, &change).await,
                }
            }
            _ => self.charge_record(record).await,
        }
    }

    /// Charges the order of an `order_details` record.
    async fn charge_record(&self, record: &Record) -> Result<Vec<OutgoingRecord>, HandleError> {
        let order =
            order_details::decode_order(record).map_err(|e| HandleError::Dead(e.to_string()))?;
        let (book, now) = (&self.payments.book, self.payments.clock.now());
        let verified = match &self.verifier {
            Some(verifier) => verifier.verify(record, &order, now).await?,
            None => Ok(()),
        };
        if verified.is_ok() {
            self.first_stock.ensure_booked(book, &order, now).await?;
        }
        let payment = book.record_attempt(new_attempt(record, &order, &verified, now)).await?;
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
        let payment = self.payments.charge(&order, &payment).await?;
        Ok(vec![charge_event(&order, payment.number, &stored_outcome(&payment)?)])
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
