//! Facts and their aggregates: one transaction inserts facts, and only those that were new change
//! a figure. So redelivery, re-publication and a second instance change nothing.
//!
//! The row of an order is locked before its facts are looked at, for two of them may be written by
//! two instances at once, and a stage is counted by whoever knows both of its ends. Tables exist
//! twice ([`slots`]); `{s}` in a statement stands for the projection that it is for.

mod add;
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
pub(super) use slots::live;
pub(super) use sold::items;
pub(super) use tables::{TABLES, Table};

use super::{Arg, Batch, Connection, Database, Failure, Row, failure::persist, rows};

/// Facts in the database.
#[derive(Clone, Debug)]
pub struct SqlFacts(Database);

impl SqlFacts {
    /// The facts of `database`.
    pub fn new(database: Database) -> Self {
        Self(database)
    }
}

/// Facts by their keys, each once: rows are written in the order of keys.
fn once(facts: Vec<Fact>) -> Vec<Fact> {
    let mut once = BTreeMap::new();
    for fact in facts {
        once.entry(fact.key()).or_insert(fact);
    }
    once.into_values().collect()
}

/// Counts a step of an order among the metrics: only facts that were new come here.
fn count(fact: &Fact) {
    ORDERS.with([fact.sale.currency.code(), fact.kind.name()]).inc();
}

/// A statement for one projection.
fn on(slot: &str, sql: &str) -> String {
    sql.replace("{s}", slot)
}

impl FactStore for SqlFacts {
    async fn record(&self, facts: Vec<Fact>) -> Result<u64, Unavailable> {
        if facts.is_empty() {
            return Ok(0);
        }
        let facts = once(facts);
        let record = || async {
            let mut tx = self.0.begin().await?;
            let mut new = Vec::new();
            for slot in slots::written(tx.connection()).await? {
                let here = write::facts(tx.connection(), &slot.name, &facts).await?;
                new = if slot.is_live() { here } else { new };
            }
            tx.commit().await?;
            for fact in &new {
                count(fact);
            }
            Ok(new.len() as u64)
        };
        persist(record).await
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
            for slot in slots::written(tx.connection()).await? {
                write::stock(tx.connection(), &slot.name, &levels, &restocks).await?;
            }
            tx.commit().await
        };
        persist(record).await
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
        Ok(read::behind(&self.0, ask).await?)
    }

    async fn pulse(&self) -> Result<i64, Unavailable> {
        Ok(read::pulse(&self.0).await?)
    }
}
