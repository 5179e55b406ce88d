//! Group commit: while one group of lines is synced, the next one collects lines. Groups start at
//! least [`MIN_INTERVAL`] apart.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

use tokio::sync::watch;

use crate::books::Entry;

/// Minimum time between the starts of two groups. A single entry is written at once; under load,
/// this makes groups large enough to be worth their syncs.
const MIN_INTERVAL: Duration = Duration::from_millis(5);

/// The ledger can no longer be written. The books are ahead of the disk, so all requests fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LedgerLost;

/// Durable position: all entries up to it are on disk, counted from 1.
pub(crate) type Progress = Result<u64, LedgerLost>;

/// Appends to the journal. Dropping it writes the remaining lines and ends the thread.
#[derive(Debug)]
pub(crate) struct Journal {
    queue: Arc<Queue>,
    progress: watch::Receiver<Progress>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Queue {
    pending: Mutex<PendingLines>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct PendingLines {
    lines: Vec<u8>,
    /// Position of the newest entry.
    position: u64,
    is_closed: bool,
}

impl Journal {
    /// Starts the writer thread; `file` already contains `position` entries.
    pub(super) fn start(file: File, position: u64) -> io::Result<Self> {
        let pending = Mutex::new(PendingLines { position, ..PendingLines::default() });
        let queue = Arc::new(Queue { pending, wake: Condvar::default() });
        let (publish, progress) = watch::channel(Ok(position));
        let worker = queue.clone();
        let thread = thread::Builder::new()
            .name("gateway-journal".into())
            .spawn(move || write_groups(&worker, &file, &publish))?;
        Ok(Self { queue, progress, thread: Some(thread) })
    }

    /// Queues an entry and returns its position. Entries are written in the order of the calls.
    pub(crate) fn append(&self, entry: &Entry) -> Result<u64, LedgerLost> {
        let mut pending = self.queue.lock();
        let start = pending.lines.len();
        if serde_json::to_writer(&mut pending.lines, entry).is_err() {
            pending.lines.truncate(start);
            return Err(LedgerLost);
        }
        pending.lines.push(b'\n');
        pending.position += 1;
        let position = pending.position;
        // Unlocked first, since the woken thread needs the lock.
        drop(pending);
        if start == 0 {
            self.queue.wake.notify_one();
        }
        Ok(position)
    }

    /// The position of the newest entry, on disk or not.
    pub(crate) fn position(&self) -> u64 {
        self.queue.lock().position
    }

    /// The durable position, as it advances.
    pub(crate) fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// Waits until all entries up to this position are on disk.
    pub(crate) async fn wait_until_durable(&self, position: u64) -> Result<(), LedgerLost> {
        let mut progress = self.progress.clone();
        let reached =
            progress.wait_for(|reached| reached.is_ok_and(|at| at >= position) || reached.is_err());
        match reached.await {
            Ok(reached) => reached.map(|_| ()),
            Err(_) => Err(LedgerLost),
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.queue.lock().is_closed = true;
        self.queue.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was already reported by the panic hook.
            let _ = thread.join();
        }
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, PendingLines> {
        self.pending.lock()
    }

    /// Waits until `earliest` and for at least one line; moves the group into `lines` and returns
    /// its last position. `None` once the journal is closed.
    fn wait_for_group(&self, earliest: Instant, lines: &mut Vec<u8>) -> Option<u64> {
        lines.clear();
        thread::sleep(earliest.saturating_duration_since(Instant::now()));
        let mut pending = self.lock();
        self.wake
            .wait_while(&mut pending, |pending| pending.lines.is_empty() && !pending.is_closed);
        std::mem::swap(lines, &mut pending.lines);
        (!lines.is_empty()).then_some(pending.position)
    }
}

fn write_groups(queue: &Queue, mut file: &File, publish: &watch::Sender<Progress>) {
    let (mut lines, mut next) = (Vec::new(), Instant::now());
    while let Some(position) = queue.wait_for_group(next, &mut lines) {
        next = Instant::now() + MIN_INTERVAL;
        if let Err(error) = file.write_all(&lines).and_then(|()| file.sync_data()) {
            tracing::error!(%error, "the ledger cannot be written; all requests now fail");
            publish.send_modify(|progress| *progress = Err(LedgerLost));
            return;
        }
        publish.send_modify(|progress| *progress = Ok(position));
    }
}
