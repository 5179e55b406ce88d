//! Group commit to one file: while one group of entries is synced, the next one is collected.
//!
//! A failed write is never retried: the operating system may have dropped the data and would then
//! report success.

use std::{
    fs::File,
    io::{self, Write},
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};
use tokio::sync::watch;

/// The file can no longer be written: nothing further is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the file can no longer be written")]
pub struct FileLost;

/// Durable position: all entries up to it are on disk, counted from 1.
pub type Progress = Result<u64, FileLost>;

/// Appends entries to a file. Dropping it writes the remaining ones and ends the thread.
#[derive(Debug)]
pub struct GroupCommit<T> {
    queue: Arc<Queue<T>>,
    progress: watch::Receiver<Progress>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Queue<T> {
    pending: Mutex<Pending<T>>,
    wake: Condvar,
}

/// Entries that no group has taken yet.
#[derive(Debug)]
struct Pending<T> {
    bytes: Vec<u8>,
    items: Vec<T>,
    /// Position of the newest entry.
    position: u64,
    is_closed: bool,
}

/// What the thread writes at a time.
struct Group<T> {
    bytes: Vec<u8>,
    items: Vec<T>,
    position: u64,
}

/// State of the thread.
struct Worker<T, F> {
    queue: Arc<Queue<T>>,
    file: Arc<File>,
    min_interval: Duration,
    on_durable: F,
    publish: watch::Sender<Progress>,
}

impl<T: Send + 'static> GroupCommit<T> {
    /// Starts the thread `name`. The file already has `position` entries; groups start at least
    /// `min_interval` apart. `on_durable` gets the items of each group once it is on disk, before
    /// their positions are published.
    pub fn start(
        name: &str,
        file: Arc<File>,
        position: u64,
        min_interval: Duration,
        on_durable: impl FnMut(Vec<T>) + Send + 'static,
    ) -> io::Result<Self> {
        let pending = Pending { bytes: Vec::new(), items: Vec::new(), position, is_closed: false };
        let queue = Arc::new(Queue { pending: Mutex::new(pending), wake: Condvar::new() });
        let (publish, progress) = watch::channel(Ok(position));
        let worker = Worker { queue: queue.clone(), file, min_interval, on_durable, publish };
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || worker.run())?;
        Ok(Self { queue, progress, thread: Some(thread) })
    }

    /// Queues an entry and returns its position, from which `item` is made. Entries are written in
    /// the order of the calls.
    pub fn append(&self, entry: &[u8], item: impl FnOnce(u64) -> T) -> Result<u64, FileLost> {
        let mut pending = self.queue.pending.lock();
        if pending.is_closed {
            return Err(FileLost);
        }
        pending.position += 1;
        let position = pending.position;
        pending.bytes.extend_from_slice(entry);
        pending.items.push(item(position));
        let is_first = pending.items.len() == 1;
        // Unlocked first, since the woken thread needs the lock.
        drop(pending);
        if is_first {
            self.queue.wake.notify_one();
        }
        Ok(position)
    }

    /// The position of the newest entry, on disk or not.
    pub fn position(&self) -> u64 {
        self.queue.pending.lock().position
    }

    /// The durable position, as it advances.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// Waits until all entries up to this position are on disk.
    pub async fn wait_until_durable(&self, position: u64) -> Result<(), FileLost> {
        let mut progress = self.progress.clone();
        let is_decided =
            |reached: &Progress| reached.is_ok_and(|at| at >= position) || reached.is_err();
        progress.wait_for(is_decided).await.map_err(|_| FileLost)?.map(drop)
    }
}

impl<T> Drop for GroupCommit<T> {
    fn drop(&mut self) {
        self.queue.pending.lock().is_closed = true;
        self.queue.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was already reported by the panic hook.
            let _ = thread.join();
        }
    }
}

impl<T> Queue<T> {
    /// Waits until `earliest` and for at least one entry; `None` once there will be no more.
    fn wait_for_group(&self, earliest: Instant) -> Option<Group<T>> {
        thread::sleep(earliest.saturating_duration_since(Instant::now()));
        let mut pending = self.pending.lock();
        self.wake
            .wait_while(&mut pending, |pending| pending.items.is_empty() && !pending.is_closed);
        let position = pending.position;
        let (bytes, items) =
            (std::mem::take(&mut pending.bytes), std::mem::take(&mut pending.items));
        (!items.is_empty()).then_some(Group { bytes, items, position })
    }

    fn close(&self) {
        let mut pending = self.pending.lock();
        pending.is_closed = true;
        (pending.bytes, pending.items) = (Vec::new(), Vec::new());
    }
}

impl<T, F: FnMut(Vec<T>)> Worker<T, F> {
    fn run(mut self) {
        let mut next = Instant::now();
        while let Some(Group { bytes, items, position }) = self.queue.wait_for_group(next) {
            next = Instant::now() + self.min_interval;
            if let Err(error) = (&*self.file).write_all(&bytes).and_then(|()| self.file.sync_data())
            {
                tracing::error!(%error, "cannot write to the disk; everything further is refused");
                self.queue.close();
                self.publish.send_modify(|progress| *progress = Err(FileLost));
                return;
            }
            (self.on_durable)(items);
            self.publish.send_modify(|progress| *progress = Ok(position));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const AT_ONCE: Duration = Duration::ZERO;

    fn appending(path: &std::path::Path) -> Arc<File> {
        Arc::new(File::options().append(true).create(true).open(path).unwrap())
    }

    #[tokio::test]
    async fn what_is_durable_is_in_the_file_and_was_handed_on_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let handed = seen.clone();
        let on_durable = move |items: Vec<u64>| handed.lock().extend(items);
        let commit = GroupCommit::start("t", appending(&path), 7, AT_ONCE, on_durable).unwrap();
        for expected in 8..=20 {
            let position = commit.append(b"x\n", |position| position).unwrap();
            assert_eq!((position, commit.position()), (expected, expected));
        }
        commit.wait_until_durable(20).await.unwrap();
        assert_eq!(*seen.lock(), (8..=20).collect::<Vec<_>>());
        assert_eq!(fs::read_to_string(&path).unwrap(), "x\n".repeat(13));
        assert_eq!(*commit.progress().borrow(), Ok(20));
    }

    #[test]
    fn dropping_it_writes_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let commit =
            GroupCommit::start("t", appending(&path), 0, Duration::from_millis(1), drop).unwrap();
        for number in 0..100 {
            commit.append(format!("{number}\n").as_bytes(), |_| ()).unwrap();
        }
        drop(commit);
        let lines: Vec<_> = (0..100).map(|number| format!("{number}\n")).collect();
        assert_eq!(fs::read_to_string(&path).unwrap(), lines.concat());
    }

    #[tokio::test]
    async fn after_a_failed_write_nothing_is_acknowledged_or_accepted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "").unwrap();
        let read_only = Arc::new(File::open(&path).unwrap());
        let on_durable = |_: Vec<()>| panic!("nothing is durable");
        let commit = GroupCommit::start("t", read_only, 0, AT_ONCE, on_durable).unwrap();
        let position = commit.append(b"x", |_| ()).unwrap();
        assert_eq!(commit.wait_until_durable(position).await, Err(FileLost));
        assert_eq!(commit.append(b"x", |_| ()), Err(FileLost));
        assert_eq!(commit.wait_until_durable(0).await, Err(FileLost));
    }
}
