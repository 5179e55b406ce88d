//! Group commit: one task syncs all writes since its last round, as soon as there are any.
//!
//! Writes during a round share the next one. A failed sync is never retried: the operating system
//! may have dropped the data and would then report success.

use std::{io, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use super::files::SyncFn;
use crate::throttled_log::{ThrottledLog, is_out_of_files};

/// Maximum number of concurrent syncs. Concurrent syncs share one journal commit of the file
/// system.
const MAX_THREADS: usize = 8;

/// Pause before a retry without free file handles.
const RETRY_PAUSE: Duration = Duration::from_millis(20);

/// A target of the group commit.
pub(crate) trait FlushTarget: Send + Sync {
    /// Syncs everything written so far. May block.
    fn sync(&self, sync: &SyncFn) -> io::Result<()>;

    /// Makes everything covered by the last sync visible, and wakes the waiting tasks.
    fn publish(&self);
}

/// Queue of targets with unsynced writes, and the failure that stopped the log.
pub(crate) struct Flusher {
    queue: Mutex<Vec<Arc<dyn FlushTarget>>>,
    wake: Notify,
    failure: watch::Sender<Option<String>>,
    sync: SyncFn,
}

impl Flusher {
    /// A flusher that syncs files with `sync`.
    pub(crate) fn new(sync: SyncFn) -> Arc<Self> {
        let (failure, _) = watch::channel(None);
        Arc::new(Self { queue: Mutex::default(), wake: Notify::new(), failure, sync })
    }

    /// Queues a target for the next round; callers queue it at most once per round.
    pub(crate) fn enqueue(&self, target: Arc<dyn FlushTarget>) {
        self.queue.lock().push(target);
        self.wake.notify_one();
    }

    /// The sync function, for syncs outside the rounds.
    pub(crate) fn sync(&self) -> &SyncFn {
        &self.sync
    }

    /// Stops the log.
    pub(crate) fn fail(&self, reason: String) {
        tracing::error!(error = reason, "the log stops: written records may not be on disk");
        self.failure.send_if_modified(|failure| {
            let first = failure.is_none();
            failure.get_or_insert(reason);
            first
        });
    }

    /// Whether a failure has stopped the log.
    pub(crate) fn has_failed(&self) -> bool {
        self.failure.borrow().is_some()
    }

    /// Resolves with the reason once a failure stops the log.
    pub(crate) async fn wait_for_failure(&self) -> String {
        let mut failure = self.failure.subscribe();
        let reason = failure.wait_for(Option::is_some).await.ok().and_then(|f| f.clone());
        match reason {
            Some(reason) => reason,
            // The sender lives as long as `self`.
            None => std::future::pending().await,
        }
    }

    /// Runs until cancelled or failed; the shutdown flushes the remaining queue.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.wake.notified() => {}
            }
            if let Err(error) = self.run_round().await {
                self.fail(format!("cannot write to the disk: {error}"));
                return;
            }
        }
    }

    /// Syncs all queued targets.
    pub(crate) async fn run_round(&self) -> io::Result<()> {
        let targets = std::mem::take(&mut *self.queue.lock());
        let share = targets.len().div_ceil(MAX_THREADS).max(1);
        let mut running = JoinSet::new();
        for part in targets.chunks(share) {
            let (part, sync) = (part.to_vec(), Arc::clone(&self.sync));
            let sync_one = move |target: &Arc<dyn FlushTarget>| sync_with_retry(&**target, &sync);
            running.spawn_blocking(move || part.iter().try_for_each(sync_one));
        }
        while let Some(done) = running.join_next().await {
            done.map_err(io::Error::other)??;
        }
        // After all syncs, so that a reader of several partitions is woken once.
        for target in &targets {
            target.publish();
        }
        Ok(())
    }
}

/// Syncs a target; retries while the process has no file handles left, which loses no data.
fn sync_with_retry(target: &dyn FlushTarget, sync: &SyncFn) -> io::Result<()> {
    let failures = ThrottledLog::default();
    loop {
        match target.sync(sync) {
            Err(error) if is_out_of_files(&error) => {
                drop(failures.log_write_failure(&error, "sync"));
                std::thread::sleep(RETRY_PAUSE);
            }
            done => return done,
        }
    }
}
