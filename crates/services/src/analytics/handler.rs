//! The handler of the group `analytics`: records become facts.

use std::time::Duration;

use domain::{
    facts::{Fact, Reason, Restock},
    ports::{FactStore, Unavailable},
    status::Status,
    stock::StockLevel,
};
use events::{
    DecodeError, Handler, OrderEvent, Outcome, Pace, Record, Topic, order_confirmed,
    order_declined, order_progress, order_refunded, stock_changes, stock_levels,
};

use web::secret::Secret;

/// Records facts of orders and stock.
pub struct AnalyticsHandler<F> {
    /// The fact store.
    pub facts: F,
    /// Key of the hashes that stand for customers.
    pub secret: Secret,
}

impl<F: FactStore> Handler for AnalyticsHandler<F> {
    const GROUP: &'static str = "analytics";
    const TOPICS: &'static [Topic] = &[
        Topic::OrderDetails,
        Topic::OrderConfirmed,
        Topic::OrderDeclined,
        Topic::OrderProgress,
        Topic::OrderRefunded,
        Topic::StockChanges,
        Topic::StockLevels,
    ];
    const PRODUCES: &'static [Topic] = &[];
    // Below what a reader notices; the facts of one order mostly arrive together.
    const PACE: Pace = Pace::batches(Duration::from_millis(50));

    async fn handle(&self, records: &[Record]) -> Result<Vec<Outcome>, Unavailable> {
        let (mut facts, mut levels, mut restocks) = (Vec::new(), Vec::new(), Vec::new());
        let mut outcomes = Vec::with_capacity(records.len());
        for record in records {
            match fact_from_record(record, &self.secret) {
                Err(error) => {
                    outcomes.push(Outcome::Dead(error.to_string()));
                    continue;
                }
                Ok(RecordedFact::Order(fact)) => facts.push(*fact),
                Ok(RecordedFact::StockLevel(level)) => levels.push(level),
                Ok(RecordedFact::Restock(restock)) => restocks.push(restock),
            }
            outcomes.push(Outcome::Done(Vec::new()));
        }
        if !facts.is_empty() {
            self.facts.record(facts).await?;
        }
        if !levels.is_empty() || !restocks.is_empty() {
            self.facts.record_stock(levels, restocks).await?;
        }
        Ok(outcomes)
    }
}

/// A fact in a record.
#[derive(Clone, Debug)]
pub enum RecordedFact {
    /// A step of an order.
    Order(Box<Fact>),
    /// The new stock level of a dish.
    StockLevel(StockLevel),
    /// A change of stock by staff.
    Restock(Restock),
}

/// Decodes a record of any topic that analytics consumes.
pub fn fact_from_record(record: &Record, secret: &Secret) -> Result<RecordedFact, DecodeError> {
    let (order, status, at, reason) = match record.topic {
        Topic::OrderConfirmed => {
            let (order, _, at) = order_confirmed::decode_confirmed(record)?;
            (order, Status::Confirmed, at, Reason::NONE)
        }
        Topic::OrderDeclined => {
            let (order, reason, at) = order_declined::decode_declined(record)?;
            (order, Status::Declined, at, reason.into())
        }
        Topic::OrderProgress => {
            let (order, change, by) = order_progress::decode_progress(record)?;
            let cancelled = change.status == Status::Cancelled;
            let reason = if cancelled { by.into() } else { Reason::NONE };
            (order, change.status, change.at, reason)
        }
        Topic::OrderRefunded => {
            let (order, refund) = order_refunded::decode_refunded(record)?;
            let customer = secret.customer_hash(&order.customer.email);
            let fact = Fact::of_refund(&order, &refund, customer);
            return Ok(RecordedFact::Order(Box::new(fact)));
        }
        Topic::StockLevels => {
            return stock_levels::decode_level(record).map(RecordedFact::StockLevel);
        }
        Topic::StockChanges => {
            let change = stock_changes::decode_change(record)?;
            let (id, dish, at) = (change.id, change.dish, change.at);
            let (change, reason) = (change.change, change.reason);
            return Ok(RecordedFact::Restock(Restock { id, dish, change, reason, at }));
        }
        Topic::OrderDetails | Topic::Menu | Topic::OrderPayments | Topic::OrderRequests => {
            let OrderEvent { order, change } = OrderEvent::decode(record)?;
            (order, change.status, change.at, Reason::NONE)
        }
    };
    let customer = secret.customer_hash(&order.customer.email);
    Ok(RecordedFact::Order(Box::new(Fact::new(&order, status, at, customer).because(reason))))
}
