//! Figures made anew: a second projection beside the live one, compared with it, then swapped.

use domain::{
    facts::{Fact, Restock},
    ports::Unavailable,
    stock::StockLevel,
};
use uuid::Uuid;

use super::{Database, TABLES, Table, on, once, slots, write};
use crate::failure::persist;

/// Differences that are told of each table.
const TOLD: usize = 20;

/// Why a rebuild cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// The database.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// Somebody else has begun another one since.
    #[error("another rebuild was begun in the meantime; this one has stopped")]
    Overtaken,
}

/// A projection that is being built.
#[derive(Clone, Debug)]
pub struct Rebuild {
    database: Database,
    slot: String,
    /// The state of its projection, which no other rebuild gives it.
    state: String,
}

impl Rebuild {
    /// Empties the projection that is not live, and has everything counted in both from now on.
    pub async fn begin(database: Database) -> Result<Self, Unavailable> {
        let state = format!("building {}", Uuid::new_v4());
        let begin = || async {
            let mut tx = database.begin().await?;
            let slot = slots::other(tx.connection()).await?;
            for table in TABLES {
                let name = format!("{}_{slot}", table.name);
                let words = (format!("DELETE FROM {name}"), format!("TRUNCATE {name}"));
                tx.connection().command(&words.0, &words.1).await?;
            }
            slots::set(tx.connection(), &slot, &state).await?;
            tx.commit().await?;
            Ok(slot)
        };
        let slot = persist(begin).await?;
        Ok(Self { database, slot, state })
    }

    /// Counts facts in the new projection alone.
    pub async fn record(&self, facts: Vec<Fact>) -> Result<(), RebuildError> {
        let facts = once(facts);
        let record = || async {
            let mut tx = self.database.begin().await?;
            if !self.is_building(slots::written(tx.connection()).await?) {
                return Ok(false);
            }
            write::facts(tx.connection(), &self.slot, &facts).await?;
            tx.commit().await?;
            Ok(true)
        };
        persist(record).await?.then_some(()).ok_or(RebuildError::Overtaken)
    }

    /// The same with stock.
    pub async fn record_stock(
        &self,
        levels: &[StockLevel],
        restocks: &[Restock],
    ) -> Result<(), RebuildError> {
        let record = || async {
            let mut tx = self.database.begin().await?;
            if !self.is_building(slots::written(tx.connection()).await?) {
                return Ok(false);
            }
            write::stock(tx.connection(), &self.slot, levels, restocks).await?;
            tx.commit().await?;
            Ok(true)
        };
        persist(record).await?.then_some(()).ok_or(RebuildError::Overtaken)
    }

    fn is_building(&self, written: Vec<slots::Slot>) -> bool {
        written.into_iter().any(|slot| slot.name == self.slot && slot.state == self.state)
    }

    /// Compares every row of both, as of one moment: what differs, as text.
    pub async fn differences(&self) -> Result<Vec<String>, Unavailable> {
        let mut tx = self.database.snapshot().await?;
        // Reading everything takes as long as it takes.
        tx.connection().command("", "SET LOCAL statement_timeout = 0").await?;
        let live = slots::live(tx.connection()).await?;
        let mut told = Vec::new();
        let sides = [(&live, &self.slot, "only before"), (&self.slot, &live, "only from the log")];
        for table in TABLES {
            for (has, lacks, side) in sides {
                let mut rows = 0;
                let each = |row: &super::Row| {
                    rows += 1;
                    if rows <= TOLD {
                        let (key, figures) = table.line(row)?;
                        told.push(format!("{key} {figures}: {side}"));
                    }
                    Ok(())
                };
                tx.connection().each(&except(&table, has, lacks), each).await?;
                if rows > TOLD {
                    told.push(format!("{}: {} more rows {side}", table.name, rows - TOLD));
                }
            }
        }
        tx.commit().await?;
        Ok(told)
    }

    /// Makes it the live one, and empties the other.
    pub async fn swap(&self) -> Result<(), RebuildError> {
        let swap = || async {
            let mut tx = self.database.begin().await?;
            let slot = slots::other(tx.connection()).await?;
            let live = slots::live(tx.connection()).await?;
            let written = slots::written(tx.connection()).await?;
            if slot != self.slot || !self.is_building(written) {
                return Ok(None);
            }
            slots::set(tx.connection(), &slot, "live").await?;
            slots::set(tx.connection(), &live, "idle").await?;
            tx.commit().await?;
            Ok(Some(live))
        };
        persist(swap).await?.map(drop).ok_or(RebuildError::Overtaken)
    }

    /// Gives up: the live one stays as it is.
    pub async fn abandon(&self) -> Result<(), Unavailable> {
        let abandon = || async {
            let mut tx = self.database.begin().await?;
            slots::other(tx.connection()).await?;
            if self.is_building(slots::written(tx.connection()).await?) {
                slots::set(tx.connection(), &self.slot, "idle").await?;
            }
            tx.commit().await
        };
        persist(abandon).await
    }
}

/// Rows that one projection has and the other lacks, their columns as text.
fn except(table: &Table, has: &str, lacks: &str) -> String {
    let columns = table.columns.join(", ");
    let from = |slot: &str| {
        on(slot, &format!("SELECT {columns} FROM {}_{{s}} {}", table.name, table.only))
    };
    let texts: Vec<_> =
        table.columns.iter().map(|name| format!("CAST({name} AS TEXT) AS {name}")).collect();
    format!("SELECT {} FROM ({} EXCEPT {}) d", texts.join(", "), from(has), from(lacks))
}
