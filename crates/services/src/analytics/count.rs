//! From records to facts.

use std::time::Duration;

use domain::{
    facts::{Fact, FactKind, Reason, Restock},
    ports::{FactStore, Unavailable},
    status::Status,
    stock::StockLevel,
};
use events::{
    DecodeError, Handler, OrderEvent, Outcome, Pace, Record, Topic, order_confirmed,
    order_declined, order_progress, order_refunded, stock_changes, stock_levels,
};

use web::secret::Secret;

/// Counts orders, and keeps track of stock.
pub struct Counting<F> {
    /// Where facts are kept.
    pub facts: F,
    /// Turns customers into keyed hashes.
    pub secret: Secret,
}

impl<F: FactStore> Handler for Counting<F> {
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
    // Faster than anybody reads, and the facts of one order mostly come together.
    const PACE: Pace = Pace::batches(Duration::from_millis(50));

    async fn handle(&self, records: &[Record]) -> Result<Vec<Outcome>, Unavailable> {
        let (mut facts, mut levels, mut restocks) = (Vec::new(), Vec::new(), Vec::new());
        let mut outcomes = Vec::with_capacity(records.len());
        for record in records {
            match told(record, &self.secret) {
                Err(error) => {
                    outcomes.push(Outcome::Dead(error.to_string()));
                    continue;
                }
                Ok(Told::Fact(fact)) => facts.push(*fact),
                Ok(Told::Level(level)) => levels.push(level),
                Ok(Told::Restock(restock)) => restocks.push(restock),
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

/// What a record tells.
#[derive(Clone, Debug)]
pub enum Told {
    /// Something happened to an order.
    Fact(Box<Fact>),
    /// A dish has another level.
    Level(StockLevel),
    /// Staff changed one.
    Restock(Restock),
}

/// Reads a record of any topic that is counted.
pub fn told(record: &Record, secret: &Secret) -> Result<Told, DecodeError> {
    let (order, kind, at, reason) = match record.topic {
        Topic::OrderConfirmed => {
            let (order, _, at) = order_confirmed::read(record)?;
            (order, Status::Confirmed.into(), at, Reason::NONE)
        }
        Topic::OrderDeclined => {
            let (order, reason, at) = order_declined::read(record)?;
            (order, Status::Declined.into(), at, reason.into())
        }
        Topic::OrderProgress => {
            let (order, change, by) = order_progress::read(record)?;
            let cancelled = change.status == Status::Cancelled;
            let reason = if cancelled { by.into() } else { Reason::NONE };
            (order, change.status.into(), change.at, reason)
        }
        Topic::OrderRefunded => {
            let (order, refund) = order_refunded::read(record)?;
            (order, FactKind::Refunded, refund.at, Reason::NONE)
        }
        Topic::StockLevels => return stock_levels::read(record).map(Told::Level),
        Topic::StockChanges => {
            let change = stock_changes::read(record)?;
            let (id, dish, at) = (change.id, change.dish, change.at);
            let (change, reason) = (change.change, change.reason);
            return Ok(Told::Restock(Restock { id, dish, change, reason, at }));
        }
        Topic::OrderDetails | Topic::Menu | Topic::OrderRequests => {
            let OrderEvent { order, change } = OrderEvent::read(record)?;
            (order, change.status.into(), change.at, Reason::NONE)
        }
    };
    let customer = secret.customer(&order.customer.email);
    Ok(Told::Fact(Box::new(Fact::new(&order, kind, at, customer).because(reason))))
}
