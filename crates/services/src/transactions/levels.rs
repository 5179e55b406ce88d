//! stock levels → stock_levels, so that the last record of a dish is its current level.
//!
//! A level is published when it has changed since its last publication. Another instance may
//! publish a newer level just before, so that an older record comes last. Therefore the level is
//! read again once the record is acknowledged: if it has changed, it must be published again
//! (`owed`), whatever the table says by then. A crash loses the owed dishes, so every level is
//! published at the start.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use parking_lot::Mutex;

use domain::{
    ports::{StockBook, Unavailable},
    stock::{Dish, StockLevel},
};
use events::{Publisher, stock_levels};

/// Maximum number of levels per round.
const ROUND_SIZE: u32 = 500;
/// Pause between rounds: under load, a dish is published about twenty times a second.
const ROUND_PAUSE: Duration = Duration::from_millis(50);
/// Poll interval for levels that another process has changed without publishing.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Publishes stock levels.
#[derive(Debug)]
pub struct LevelPublisher<B, P> {
    book: B,
    publisher: P,
    /// Dishes whose last record may be an outdated one of this instance.
    owed: Mutex<BTreeSet<Dish>>,
}

impl<B: StockBook, P: Publisher> LevelPublisher<B, P> {
    /// Publishes the levels of `book`.
    pub fn new(book: B, publisher: P) -> Self {
        Self { book, publisher, owed: Mutex::default() }
    }

    /// Publishes every level once, then those that change; never returns.
    pub async fn run(&self) {
        while let Err(unavailable) = self.publish_all().await {
            self.wait_after(&unavailable).await;
        }
        loop {
            match self.publish_changed().await {
                Ok(true) => {}
                Ok(false) => {
                    let _ = tokio::time::timeout(POLL_INTERVAL, self.book.wait_for_change()).await;
                }
                Err(unavailable) => self.wait_after(&unavailable).await,
            }
            tokio::time::sleep(ROUND_PAUSE).await;
        }
    }

    async fn wait_after(&self, unavailable: &Unavailable) {
        tracing::warn!(error = %unavailable, "stock levels cannot be published; retrying");
        tokio::time::sleep(POLL_INTERVAL).await;
    }

    /// Publishes every level, changed or not.
    pub async fn publish_all(&self) -> Result<(), Unavailable> {
        let mut after = None;
        loop {
            let levels = self.book.levels(after.as_ref(), ROUND_SIZE).await?;
            let Some(last) = levels.last() else { return Ok(()) };
            after = Some(last.dish.clone());
            self.publish(levels).await?;
        }
    }

    /// Publishes the changed and the owed levels; true if there were any.
    pub async fn publish_changed(&self) -> Result<bool, Unavailable> {
        let mut levels: BTreeMap<Dish, StockLevel> = BTreeMap::new();
        let owed: Vec<_> = self.owed().iter().cloned().collect();
        for level in self.book.unpublished(ROUND_SIZE).await? {
            levels.insert(level.dish.clone(), level);
        }
        if !owed.is_empty() {
            for level in self.book.read_levels(&owed).await? {
                levels.insert(level.dish.clone(), level);
            }
        }
        let any = !levels.is_empty();
        if any {
            self.publish(levels.into_values().collect()).await?;
        }
        Ok(any)
    }

    /// Publishes levels, records that, and keeps those owed that have changed since.
    async fn publish(&self, levels: Vec<StockLevel>) -> Result<(), Unavailable> {
        // Owed before the write: a failed write may have reached the log.
        self.owed().extend(levels.iter().map(|level| level.dish.clone()));
        self.publisher.publish(levels.iter().map(stock_levels::encode_level).collect()).await?;
        let dishes: Vec<_> = levels.iter().map(|level| level.dish.clone()).collect();
        let now = self.book.read_levels(&dishes).await?;
        let now: BTreeMap<_, _> = now.into_iter().map(|l| (l.dish, l.version)).collect();
        self.book.note_published(&levels).await?;
        for level in levels.iter().filter(|l| now.get(&l.dish) == Some(&l.version)) {
            self.owed().remove(&level.dish);
        }
        Ok(())
    }

    fn owed(&self) -> parking_lot::MutexGuard<'_, BTreeSet<Dish>> {
        self.owed.lock()
    }
}
