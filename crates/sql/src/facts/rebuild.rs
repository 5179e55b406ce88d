//! Rebuilds the figures: a second projection beside the live one, compared with it, then swapped.

use domain::{
    facts::{Fact, Restock},
    ports::Unavailable,
    stock::StockLevel,
};
use uuid::Uuid;

use super::{Database, TABLES, Table, dedup_facts, for_slot, slots, write};
use crate::failure::retry_collisions;

/// Maximum number of differences listed per table and side.
const MAX_LISTED: usize = 20;

/// Why a rebuild cannot continue.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// The database is not available.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// Another rebuild was started.
    #[error("another rebuild was begun in the meantime; this one has stopped")]
    Overtaken,
}

/// A projection that is being built.
#[derive(Clone, Debug)]
pub struct Rebuild {
    database: Database,
    slot: String,
    /// The state of its projection, unique to this rebuild.
    state: String,
}

impl Rebuild {
    /// Empties the projection that is not live; from now on, new facts are written to both.
    pub async fn begin(database: Database) -> Result<Self, Unavailable> {
        let state = format!("building {}", Uuid::new_v4());
        let begin = || async {
            let mut tx = database.begin().await?;
            let slot = slots::idle_slot(tx.connection()).await?;
            for table in TABLES {
                let name = format!("{}_{slot}", table.name);
                let words = (format!("DELETE FROM {name}"), format!("TRUNCATE {name}"));
                tx.connection().command(&words.0, &words.1).await?;
            }
            slots::set_state(tx.connection(), &slot, &state).await?;
            tx.commit().await?;
            Ok(slot)
        };
        let slot = retry_collisions(begin).await?;
        Ok(Self { database, slot, state })
    }

    /// Writes facts into the new projection only.
    pub async fn record(&self, facts: Vec<Fact>) -> Result<(), RebuildError> {
        let facts = dedup_facts(facts);
        let record = || async {
            let mut tx = self.database.begin().await?;
            if !self.is_building(slots::written_slots(tx.connection()).await?) {
                return Ok(false);
            }
            write::write_facts(tx.connection(), &self.slot, &facts).await?;
            tx.commit().await?;
            Ok(true)
        };
        retry_collisions(record).await?.then_some(()).ok_or(RebuildError::Overtaken)
    }

    /// Writes stock into the new projection only.
    pub async fn record_stock(
        &self,
        levels: &[StockLevel],
        restocks: &[Restock],
    ) -> Result<(), RebuildError> {
        let record = || async {
            let mut tx = self.database.begin().await?;
            if !self.is_building(slots::written_slots(tx.connection()).await?) {
                return Ok(false);
            }
            write::write_stock(tx.connection(), &self.slot, levels, restocks).await?;
            tx.commit().await?;
            Ok(true)
        };
        retry_collisions(record).await?.then_some(()).ok_or(RebuildError::Overtaken)
    }

    fn is_building(&self, written: Vec<slots::Slot>) -> bool {
        written.into_iter().any(|slot| slot.name == self.slot && slot.state == self.state)
    }

    /// Compares every row of both projections as of one moment; returns the differences as text.
    pub async fn differences(&self) -> Result<Vec<String>, Unavailable> {
        let mut tx = self.database.snapshot().await?;
        // Reading everything may take long: no timeout.
        tx.connection().command("", "SET LOCAL statement_timeout = 0").await?;
        let live = slots::live_slot(tx.connection()).await?;
        let mut listed = Vec::new();
        let sides = [(&live, &self.slot, "only before"), (&self.slot, &live, "only from the log")];
        for table in TABLES {
            for (has, lacks, side) in sides {
                let mut rows = 0;
                let each = |row: &super::Row| {
                    rows += 1;
                    if rows <= MAX_LISTED {
                        let (key, figures) = table.line(row)?;
                        listed.push(format!("{key} {figures}: {side}"));
                    }
                    Ok(())
                };
                tx.connection().for_each_row(&except(&table, has, lacks), each).await?;
                if rows > MAX_LISTED {
                    listed.push(format!("{}: {} more rows {side}", table.name, rows - MAX_LISTED));
                }
            }
        }
        tx.commit().await?;
        Ok(listed)
    }

    /// Makes the new projection live and the old one idle.
    pub async fn swap(&self) -> Result<(), RebuildError> {
        let swap = || async {
            let mut tx = self.database.begin().await?;
            let slot = slots::idle_slot(tx.connection()).await?;
            let live = slots::live_slot(tx.connection()).await?;
            let written = slots::written_slots(tx.connection()).await?;
            if slot != self.slot || !self.is_building(written) {
                return Ok(None);
            }
            slots::set_state(tx.connection(), &slot, "live").await?;
            slots::set_state(tx.connection(), &live, "idle").await?;
            tx.commit().await?;
            Ok(Some(live))
        };
        retry_collisions(swap).await?.map(drop).ok_or(RebuildError::Overtaken)
    }

    /// Abandons the rebuild; the live projection stays as it is.
    pub async fn abandon(&self) -> Result<(), Unavailable> {
        let abandon = || async {
            let mut tx = self.database.begin().await?;
            slots::idle_slot(tx.connection()).await?;
            if self.is_building(slots::written_slots(tx.connection()).await?) {
                slots::set_state(tx.connection(), &self.slot, "idle").await?;
            }
            tx.commit().await
        };
        retry_collisions(abandon).await
    }
}

/// Rows that one projection has and the other lacks, their columns as text.
fn except(table: &Table, has: &str, lacks: &str) -> String {
    let columns = table.columns.join(", ");
    let from = |slot: &str| {
        for_slot(slot, &format!("SELECT {columns} FROM {}_{{s}} {}", table.name, table.only))
    };
    let texts: Vec<_> =
        table.columns.iter().map(|name| format!("CAST({name} AS TEXT) AS {name}")).collect();
    format!("SELECT {} FROM ({} EXCEPT {}) d", texts.join(", "), from(has), from(lacks))
}
