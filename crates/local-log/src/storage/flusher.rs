//! Group commit: one task syncs whatever was written since its last round, and never waits first.
//!
//! Writers that come while a round is under way share the next one. A failed sync is not tried
//! again: the operating system may have dropped the data and would report success.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::files::SyncFn;
use crate::trouble::{Trouble, is_out_of_files};

/// Largest number of threads that sync at once. Side by side, syncs share one journal commit of
/// the file system; one after the other, each would wait for its own.
const MAX_THREADS: usize = 8;

/// Time until a file handle may be free again.
const PAUSE: Duration = Duration::from_millis(20);

/// Something whose writes must reach the disk.
pub(crate) trait Durable: Send + Sync {
    /// Syncs what has been written so far. May block.
    fn sync(&self, sync: &SyncFn) -> io::Result<()>;

    /// Tells whoever waits for what the last sync has covered.
    fn publish(&self);
}

/// The queue of what was written, and the state of the log as a whole.
pub(crate) struct Flusher {
    queue: Mutex<Vec<Arc<dyn Durable>>>,
    wake: Notify,
    failure: watch::Sender<Option<String>>,
    sync: SyncFn,
}

impl Flusher {
    /// A flusher that syncs with `sync`.
    pub(crate) fn new(sync: SyncFn) -> Arc<Self> {
        let (failure, _) = watch::channel(None);
        Arc::new(Self { queue: Mutex::default(), wake: Notify::new(), failure, sync })
    }

    /// Asks for a sync; callers ask once between two rounds.
    pub(crate) fn enqueue(&self, target: Arc<dyn Durable>) {
        self.queue.lock().push(target);
        self.wake.notify_one();
    }

    /// How data is synced outside the rounds.
    pub(crate) fn sync(&self) -> &SyncFn {
        &self.sync
    }

    /// Stops the log for good.
    pub(crate) fn fail(&self, reason: String) {
        tracing::error!(reason, "the log stops: what it stores may not be on the disk");
        self.failure.send_if_modified(|failure| {
            let first = failure.is_none();
            failure.get_or_insert(reason);
            first
        });
    }

    /// Why the log has stopped, if it has.
    pub(crate) fn has_failed(&self) -> bool {
        self.failure.borrow().is_some()
    }

    /// Resolves with the reason once the log has stopped itself.
    pub(crate) async fn failed(&self) -> String {
        let mut failure = self.failure.subscribe();
        let reason = failure.wait_for(Option::is_some).await.ok().and_then(|f| f.clone());
        match reason {
            Some(reason) => reason,
            // The sender lives as long as `self`.
            None => std::future::pending().await,
        }
    }

    /// Runs until cancelled or failed; what is queued at the end is flushed by the shutdown.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.wake.notified() => {}
            }
            if let Err(error) = self.round().await {
                self.fail(format!("cannot write to the disk: {error}"));
                return;
            }
        }
    }

    /// Syncs everything that is queued now.
    pub(crate) async fn round(&self) -> io::Result<()> {
        let targets = std::mem::take(&mut *self.queue.lock());
        let share = targets.len().div_ceil(MAX_THREADS).max(1);
        let mut running = JoinSet::new();
        for part in targets.chunks(share) {
            let (part, sync) = (part.to_vec(), Arc::clone(&self.sync));
            let sync_one = move |target: &Arc<dyn Durable>| sync_when_possible(&**target, &sync);
            running.spawn_blocking(move || part.iter().try_for_each(sync_one));
        }
        while let Some(done) = running.join_next().await {
            done.map_err(io::Error::other)??;
        }
        // All at once: a reader of many partitions is woken once, and finds all of it.
        for target in &targets {
            target.publish();
        }
        Ok(())
    }
}

/// Syncs; while the process has no file handles left, nothing is lost, and it is tried again.
fn sync_when_possible(target: &dyn Durable, sync: &SyncFn) -> io::Result<()> {
    let trouble = Trouble::default();
    loop {
        match target.sync(sync) {
            Err(error) if is_out_of_files(&error) => {
                drop(trouble.note(&error, "syncing what was written"));
                std::thread::sleep(PAUSE);
            }
            done => return done,
        }
    }
}
