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
    stats: Arc<Mutex<DeliveryStats>>,
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
            stats: Arc::default(),
        })
    }

    /// Sets or removes the endpoint. From the first endpoint on, all events are kept for delivery,
    /// even across restarts, until the endpoint is removed. A call that is dropped midway ends all
    /// the same, so the file and the endpoint agree.
    pub(crate) async fn set_webhooks(
        &self,
        books: &Mutex<Books>,
        webhooks: Option<Webhooks>,
    ) -> io::Result<()> {
        let checkpoint = self.checkpoint.clone().lock_owned().await;
        let target = self.target.clone();
        let Some(webhooks) = webhooks else {
            let remove = move |checkpoint: &mut DeliveryCheckpoint| {
                checkpoint.remove()?;
                target.send_replace(None);
                Ok(())
            };
            return run_blocking(checkpoint, remove).await;
        };
        let known = self.target.borrow().as_ref().map(|target| target.since);
        let end = books.lock().position();
        let since = known.or(checkpoint.position()).unwrap_or(end).min(end);
        let next = known.is_none().then(|| books.lock().events().index_after(since));
        let stats = self.stats.clone();
        run_blocking(checkpoint, move |checkpoint| {
            if checkpoint.position().is_none() {
                checkpoint.write(since)?;
            }
            if let Some(next) = next {
                let mut stats = stats.lock();
                (stats.next, stats.under_way) = (next, 0);
            }
            target.send_replace(Some(Arc::new(Target { webhooks, since })));
            Ok(())
        })
        .await
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

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    /// Polls a change once and drops it, as the end of a connection does; waits until its disk I/O
    /// is done.
    async fn abandon_change(state: &EndpointState, webhooks: Option<Webhooks>) -> Option<u64> {
        let _ = state.set_webhooks(&Mutex::default(), webhooks).now_or_never();
        state.checkpoint.lock().await.position()
    }

    #[tokio::test]
    async fn an_abandoned_change_is_made_whole() {
        let folder = tempfile::tempdir().unwrap();
        let state = EndpointState::open(folder.path()).unwrap();
        let webhooks = Webhooks::new("http://127.0.0.1:1/hook", ["whsec_1"]).unwrap();
        assert_eq!(abandon_change(&state, Some(webhooks)).await, Some(0));
        assert!(state.webhooks().is_some(), "stored, so it is set");
        assert_eq!(abandon_change(&state, None).await, None);
        assert!(state.webhooks().is_none(), "removed from the disk, so it is not set");
    }
}
