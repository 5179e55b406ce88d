//! Group commit: while one group of lines is being synced, the next one gathers; and for a moment
//! longer, if the one before has only just begun.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

use tokio::sync::watch;

use crate::books::Entry;

/// Groups begin at least this far apart. An entry that comes alone is written at once; under load, a
/// few milliseconds make groups that are worth their syncs.
const APART: Duration = Duration::from_millis(5);

/// The ledger can no longer be written. Memory is ahead of the disk, so nothing is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LedgerLost;

/// How far the journal is on disk: all entries up to this position, counted from 1.
pub(crate) type Progress = Result<u64, LedgerLost>;

/// The writing end. Dropping it writes what is left and ends the thread.
#[derive(Debug)]
pub(crate) struct Journal {
    queue: Arc<Queue>,
    progress: watch::Receiver<Progress>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Queue {
    waiting: Mutex<Waiting>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<u8>,
    /// The position of the newest entry.
    position: u64,
    closed: bool,
}

impl Journal {
    /// Starts the thread that writes; `file` is at its end, where so many entries are before.
    pub(super) fn start(file: File, position: u64) -> io::Result<Self> {
        let waiting = Mutex::new(Waiting { position, ..Waiting::default() });
        let queue = Arc::new(Queue { waiting, wake: Condvar::default() });
        let (publish, progress) = watch::channel(Ok(position));
        let worker = queue.clone();
        let thread = thread::Builder::new()
            .name("gateway-journal".into())
            .spawn(move || write_groups(&worker, &file, &publish))?;
        Ok(Self { queue, progress, thread: Some(thread) })
    }

    /// Queues an entry and gives its position. Entries reach the disk in the order of the calls.
    pub(crate) fn append(&self, entry: &Entry) -> Result<u64, LedgerLost> {
        let mut waiting = self.queue.lock();
        let start = waiting.lines.len();
        if serde_json::to_writer(&mut waiting.lines, entry).is_err() {
            waiting.lines.truncate(start);
            return Err(LedgerLost);
        }
        waiting.lines.push(b'\n');
        waiting.position += 1;
        let position = waiting.position;
        // Let go first: who is woken needs the lock.
        drop(waiting);
        if start == 0 {
            self.queue.wake.notify_one();
        }
        Ok(position)
    }

    /// The position of the newest entry, on disk or not.
    pub(crate) fn position(&self) -> u64 {
        self.queue.lock().position
    }

    /// How far the journal is on disk, now and later.
    pub(crate) fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// Waits until all entries up to this position are on disk.
    pub(crate) async fn durable(&self, position: u64) -> Result<(), LedgerLost> {
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
        self.queue.lock().closed = true;
        self.queue.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been reported by its hook, and there is no one to tell.
            let _ = thread.join();
        }
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock()
    }

    /// The group that has gathered by then, or comes next, and its last position; nothing when the
    /// journal was closed.
    fn take_at(&self, earliest: Instant, lines: &mut Vec<u8>) -> Option<u64> {
        lines.clear();
        thread::sleep(earliest.saturating_duration_since(Instant::now()));
        let mut waiting = self.lock();
        self.wake.wait_while(&mut waiting, |waiting| waiting.lines.is_empty() && !waiting.closed);
        std::mem::swap(lines, &mut waiting.lines);
        (!lines.is_empty()).then_some(waiting.position)
    }
}

fn write_groups(queue: &Queue, mut file: &File, publish: &watch::Sender<Progress>) {
    let (mut lines, mut next) = (Vec::new(), Instant::now());
    while let Some(position) = queue.take_at(next, &mut lines) {
        next = Instant::now() + APART;
        if let Err(error) = file.write_all(&lines).and_then(|()| file.sync_data()) {
            tracing::error!(%error, "the ledger cannot be written; all requests now fail");
            publish.send_modify(|progress| *progress = Err(LedgerLost));
            return;
        }
        publish.send_modify(|progress| *progress = Ok(position));
    }
}
