//! The current endpoint, the delivery checkpoint and statistics.

use std::{io, path::Path, sync::Arc};

use parking_lot::{Mutex, MutexGuard};
use serde::Serialize;
use stand_in::StartError;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard, watch};

use super::{Webhooks, checkpoint::DeliveryCheckpoint};
use crate::books::Books;

/// The current endpoint, the delivery checkpoint and statistics.
#[derive(Debug)]
pub(crate) struct EndpointState {
    target: watch::Sender<Option<Arc<Target>>>,
    checkpoint: Arc<AsyncMutex<DeliveryCheckpoint>>,
    stats: Mutex<DeliveryStats>,
}

/// An endpoint, with the journal position from which on it receives events.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) webhooks: Webhooks,
    /// The endpoint receives all events after this position of the journal.
    pub(crate) since: u64,
}

/// Delivery statistics since the start of the gateway.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct DeliveryStats {
    /// Deliveries answered with 2xx, including duplicates.
    pub(crate) delivered: u64,
    pub(crate) failed_attempts: u64,
    pub(crate) given_up: u64,
    /// Events lost by a fault.
    pub(crate) lost: u64,
    /// The index of the first unscheduled event.
    #[serde(skip)]
    pub(crate) next: usize,
    /// Number of scheduled and undelivered events.
    pub(crate) under_way: usize,
}

impl EndpointState {
    /// Opens the checkpoint in the ledger's folder; there is no endpoint yet.
    pub(crate) fn open(folder: &Path) -> Result<Self, StartError> {
        let checkpoint = DeliveryCheckpoint::open(folder)?;
        Ok(Self {
            target: watch::Sender::new(None),
            checkpoint: Arc::new(AsyncMutex::new(checkpoint)),
            stats: Mutex::default(),
        })
    }

    /// Sets or removes the endpoint. From the first endpoint on, all events are kept for delivery,
    /// even across restarts, until the endpoint is removed.
    pub(crate) async fn set_webhooks(
        &self,
        books: &Mutex<Books>,
        webhooks: Option<Webhooks>,
    ) -> io::Result<()> {
        let checkpoint = self.checkpoint.clone().lock_owned().await;
        let Some(webhooks) = webhooks else {
            run_blocking(checkpoint, DeliveryCheckpoint::remove).await?;
            self.target.send_replace(None);
            return Ok(());
        };
        let known = self.target.borrow().as_ref().map(|target| target.since);
        let end = books.lock().position();
        let since = known.or(checkpoint.position()).unwrap_or(end).min(end);
        if checkpoint.position().is_none() {
            run_blocking(checkpoint, move |checkpoint| checkpoint.write(since)).await?;
        }
        if known.is_none() {
            let next = books.lock().events().index_after(since);
            self.update_stats(|stats| (stats.next, stats.under_way) = (next, 0));
        }
        self.target.send_replace(Some(Arc::new(Target { webhooks, since })));
        Ok(())
    }

    /// Stores that all events up to this position are delivered.
    pub(crate) async fn advance_checkpoint(&self, position: u64) -> io::Result<()> {
        let checkpoint = self.checkpoint.clone().lock_owned().await;
        // The endpoint may have been removed meanwhile, and with it the checkpoint.
        if self.target.borrow().is_none() {
            return Ok(());
        }
        let position = checkpoint.position().unwrap_or_default().max(position);
        run_blocking(checkpoint, move |checkpoint| checkpoint.write(position)).await
    }

    /// The current endpoint.
    pub(crate) fn webhooks(&self) -> Option<Webhooks> {
        self.target.borrow().as_ref().map(|target| target.webhooks.clone())
    }

    pub(crate) fn targets(&self) -> watch::Receiver<Option<Arc<Target>>> {
        self.target.subscribe()
    }

    /// The statistics, and the number of undelivered ones among `events`.
    pub(crate) fn stats(&self, events: usize) -> (DeliveryStats, usize) {
        let stats = *self.lock();
        let pending = events.saturating_sub(stats.next) + stats.under_way;
        (stats, if self.target.borrow().is_some() { pending } else { 0 })
    }

    pub(crate) fn update_stats(&self, change: impl FnOnce(&mut DeliveryStats)) {
        change(&mut self.lock());
    }

    fn lock(&self) -> MutexGuard<'_, DeliveryStats> {
        self.stats.lock()
    }
}

/// Runs disk I/O on a blocking thread.
async fn run_blocking(
    mut checkpoint: OwnedMutexGuard<DeliveryCheckpoint>,
    work: impl FnOnce(&mut DeliveryCheckpoint) -> io::Result<()> + Send + 'static,
) -> io::Result<()> {
    tokio::task::spawn_blocking(move || work(&mut checkpoint)).await.map_err(io::Error::other)?
}
