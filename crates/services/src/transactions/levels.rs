//! stock levels → stock_levels, in such a way that the last record of a dish never lies.
//!
//! A level is published when it has moved since it was published last. Another instance may publish
//! a newer one in between, so that ours lands behind it. Therefore, once ours is acknowledged, the
//! level is read again: where it has moved, we owe its readers another record, whatever anybody has
//! noted by then. A process that dies owing something pays when it starts: it publishes every
//! level, moved or not.

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

/// Most levels of one round.
const ROUND: u32 = 500;
/// Rounds begin at least this far apart: under load, a dish that moves all the time is told about
/// some twenty times a second.
const APART: Duration = Duration::from_millis(50);
/// How often levels are looked for that another process has moved and not told of.
const SWEEP: Duration = Duration::from_secs(1);

/// Publishes stock levels.
#[derive(Debug)]
pub struct Levels<B, P> {
    book: B,
    publisher: P,
    /// Dishes whose last record may be one of ours, and old.
    owed: Mutex<BTreeSet<Dish>>,
}

impl<B: StockBook, P: Publisher> Levels<B, P> {
    /// Publishes the levels of `book`.
    pub fn new(book: B, publisher: P) -> Self {
        Self { book, publisher, owed: Mutex::default() }
    }

    /// Publishes every level once, and from then on those that move; never ends.
    pub async fn run(&self) {
        while let Err(unavailable) = self.publish_all().await {
            self.wait(&unavailable).await;
        }
        loop {
            match self.round().await {
                Ok(true) => {}
                Ok(false) => {
                    let _ = tokio::time::timeout(SWEEP, self.book.moved()).await;
                }
                Err(unavailable) => self.wait(&unavailable).await,
            }
            tokio::time::sleep(APART).await;
        }
    }

    async fn wait(&self, unavailable: &Unavailable) {
        tracing::warn!(error = %unavailable, "stock levels wait to be published");
        tokio::time::sleep(SWEEP).await;
    }

    /// Publishes every level, moved or not.
    pub async fn publish_all(&self) -> Result<(), Unavailable> {
        let mut after = None;
        loop {
            let levels = self.book.levels(after.as_ref(), ROUND).await?;
            let Some(last) = levels.last() else { return Ok(()) };
            after = Some(last.dish.clone());
            self.publish(levels).await?;
        }
    }

    /// Publishes what has moved and what is owed; answers whether there was anything.
    pub async fn round(&self) -> Result<bool, Unavailable> {
        let mut levels: BTreeMap<Dish, StockLevel> = BTreeMap::new();
        let owed: Vec<_> = self.owed().iter().cloned().collect();
        for level in self.book.unpublished(ROUND).await? {
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

    /// Publishes levels, looks whether they still are what was told, and notes them.
    async fn publish(&self, levels: Vec<StockLevel>) -> Result<(), Unavailable> {
        // Owed before they are written: a write that fails may have happened all the same.
        self.owed().extend(levels.iter().map(|level| level.dish.clone()));
        self.publisher.publish(levels.iter().map(stock_levels::level).collect()).await?;
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
