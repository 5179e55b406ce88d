//! Group commit: while one group of mails is being synced, the next one gathers.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use parking_lot::{Condvar, Mutex, MutexGuard};

use tokio::sync::watch;

use super::frame::encode;
use super::{Index, Indexed};
use crate::mail::{Received, Summary};

/// The mail could not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotKept;

/// The writing end. Dropping it writes what is left and ends the thread.
#[derive(Debug)]
pub(crate) struct Writer {
    queue: Arc<Queue>,
    kept: watch::Receiver<u64>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    mails: Vec<Pending>,
    /// The number of the newest mail.
    last_id: u64,
    closed: bool,
}

#[derive(Debug)]
struct Pending {
    frame: Vec<u8>,
    summary: Summary,
}

/// What the thread works on.
struct Work {
    queue: Arc<Queue>,
    file: Arc<File>,
    end_bytes: u64,
    index: Arc<Mutex<Index>>,
    publish: watch::Sender<u64>,
}

impl Writer {
    /// Starts the thread that writes at the end of the file.
    pub(crate) fn start(
        file: Arc<File>,
        end_bytes: u64,
        index: Arc<Mutex<Index>>,
    ) -> io::Result<Self> {
        let last_id = index.lock().count();
        let waiting = Waiting { mails: Vec::new(), last_id, closed: false };
        let queue = Arc::new(Queue { waiting: Mutex::new(waiting), wake: Condvar::new() });
        let (publish, kept) = watch::channel(last_id);
        let work = Work { queue: queue.clone(), file, end_bytes, index, publish };
        let thread = thread::Builder::new().name("mail-sink".into()).spawn(move || work.run())?;
        Ok(Self { queue, kept, thread: Some(thread) })
    }

    /// Keeps a mail and gives its number, once it is on disk.
    pub(crate) async fn keep(&self, mail: &Received) -> Result<u64, NotKept> {
        let frame = encode(mail).ok_or(NotKept)?;
        let mut summary = mail.summary(0);
        let id = {
            let mut waiting = self.queue.lock();
            if waiting.closed {
                return Err(NotKept);
            }
            waiting.last_id += 1;
            summary.id = waiting.last_id;
            waiting.mails.push(Pending { frame, summary });
            if waiting.mails.len() == 1 {
                self.queue.wake.notify_one();
            }
            waiting.last_id
        };
        // The thread that fails drops its end, which ends the wait.
        let mut kept = self.kept.clone();
        kept.wait_for(|&kept| kept >= id).await.map(|_| id).map_err(|_| NotKept)
    }

    /// Shows the number of the newest mail whenever it changes.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.kept.clone()
    }
}

impl Drop for Writer {
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

    /// The next group; nothing when the writer was closed.
    fn take(&self) -> Option<Vec<Pending>> {
        let mut waiting = self.lock();
        self.wake.wait_while(&mut waiting, |waiting| waiting.mails.is_empty() && !waiting.closed);
        let group = std::mem::take(&mut waiting.mails);
        (!group.is_empty()).then_some(group)
    }
}

impl Work {
    fn run(mut self) {
        while let Some(group) = self.queue.take() {
            if let Err(error) = self.write(&group) {
                tracing::error!(%error, "mails cannot be written; none is taken any more");
                let mut waiting = self.queue.lock();
                waiting.closed = true;
                waiting.mails.clear();
                return;
            }
            let count = self.index(group);
            self.publish.send_replace(count);
        }
    }

    fn write(&self, group: &[Pending]) -> io::Result<()> {
        let mut output = BufWriter::with_capacity(1 << 18, &*self.file);
        for mail in group {
            output.write_all(&mail.frame)?;
        }
        output.flush()?;
        self.file.sync_data()
    }

    /// A mail is listed only once it is on disk.
    fn index(&mut self, group: Vec<Pending>) -> u64 {
        let mut index = self.index.lock();
        for Pending { frame, summary } in group {
            let (at_byte, frame_bytes) = (self.end_bytes, frame.len());
            index.push(Indexed { summary, at_byte, frame_bytes });
            self.end_bytes += u64::try_from(frame_bytes).unwrap_or(u64::MAX);
        }
        index.count()
    }
}
