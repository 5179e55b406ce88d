//! Facts and their aggregates: one transaction inserts facts, and only new ones change a figure. So
//! redelivery, republication and a second instance change nothing.
//!
//! The row of an order is locked before its facts are read: two facts may be written by two
//! instances concurrently, and a stage is counted by the one that knows both ends. Each table
//! exists twice ([`slots`]); `{s}` in a statement stands for the projection.

mod batch;
mod board;
mod customers;
mod read;
mod rebuild;
mod slots;
mod sold;
mod tables;
mod write;

use std::collections::BTreeMap;

use domain::{
    facts::{
        Fact, Restock, Scope, Summary,
        board::{Board, FactsQuery, FiguresQuery},
    },
    ports::{FactStore, Unavailable},
    stock::StockLevel,
};
use jiff::Timestamp;
use telemetry::metrics::ORDERS;

pub use rebuild::{Rebuild, RebuildError};
pub(super) use slots::live_slot;
pub(super) use sold::{parse_items, refunded};
pub(super) use tables::{TABLES, Table};

use super::{Arg, Batch, Connection, Database, Failure, Row, failure::retry_collisions, rows};

/// Facts in the database.
#[derive(Clone, Debug)]
pub struct SqlFacts(Database);

impl SqlFacts {
    /// The facts of `database`.
    pub fn new(database: Database) -> Self {
        Self(database)
    }
}

/// The facts sorted by key, each once.
fn dedup_facts(facts: Vec<Fact>) -> Vec<Fact> {
    let mut once = BTreeMap::new();
    for fact in facts {
        once.entry(fact.key()).or_insert(fact);
    }
    once.into_values().collect()
}

/// Counts a new fact in the metrics.
fn count_in_metrics(fact: &Fact) {
    ORDERS.with([fact.sale.currency.code(), fact.kind.name()]).inc();
}

/// A statement for one projection.
fn for_slot(slot: &str, sql: &str) -> String {
    sql.replace("{s}", slot)
}

impl FactStore for SqlFacts {
    async fn record(&self, facts: Vec<Fact>) -> Result<u64, Unavailable> {
        if facts.is_empty() {
            return Ok(0);
        }
        let facts = dedup_facts(facts);
        let record = || async {
            let mut tx = self.0.begin().await?;
            let mut new = Vec::new();
            for slot in slots::written_slots(tx.connection()).await? {
                let here = write::write_facts(tx.connection(), &slot.name, &facts).await?;
                new = if slot.is_live() { here } else { new };
            }
            tx.commit().await?;
            for fact in &new {
                count_in_metrics(fact);
            }
            Ok(new.len() as u64)
        };
        retry_collisions(record).await
    }

    async fn record_stock(
        &self,
        levels: Vec<StockLevel>,
        restocks: Vec<Restock>,
    ) -> Result<(), Unavailable> {
        if levels.is_empty() && restocks.is_empty() {
            return Ok(());
        }
        let record = || async {
            let mut tx = self.0.begin().await?;
            for slot in slots::written_slots(tx.connection()).await? {
                write::write_stock(tx.connection(), &slot.name, &levels, &restocks).await?;
            }
            tx.commit().await
        };
        retry_collisions(record).await
    }

    async fn summary(
        &self,
        scope: &Scope,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<Summary, Unavailable> {
        Ok(read::summary(&self.0, scope, (from, to)).await?)
    }

    async fn board(&self, ask: &FiguresQuery) -> Result<Board, Unavailable> {
        Ok(board::board(&self.0, ask).await?)
    }

    async fn facts_behind(&self, ask: &FactsQuery) -> Result<Vec<Fact>, Unavailable> {
        Ok(read::facts_behind(&self.0, ask).await?)
    }

    async fn pulse(&self) -> Result<i64, Unavailable> {
        Ok(read::pulse(&self.0).await?)
    }
}
