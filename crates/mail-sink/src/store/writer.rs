//! Group commit: while one group of mails is synced, the next one is collected.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use parking_lot::{Condvar, Mutex, MutexGuard};

use tokio::sync::watch;

use super::frame::encode;
use super::{Index, IndexedMail};
use crate::mail::{ReceivedMail, Summary};

/// The mail could not be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoreError;

/// Appends mails to the file. Dropping it writes the remaining mails and ends the thread.
#[derive(Debug)]
pub(crate) struct Writer {
    queue: Arc<Queue>,
    stored: watch::Receiver<u64>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Queue {
    pending: Mutex<PendingMails>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct PendingMails {
    mails: Vec<PendingMail>,
    /// Id of the newest mail.
    last_id: u64,
    is_closed: bool,
}

#[derive(Debug)]
struct PendingMail {
    frame: Vec<u8>,
    summary: Summary,
}

/// State of the writer thread.
struct WriterThread {
    queue: Arc<Queue>,
    file: Arc<File>,
    end_bytes: u64,
    index: Arc<Mutex<Index>>,
    publish: watch::Sender<u64>,
}

impl Writer {
    /// Starts the thread, which appends to the file.
    pub(crate) fn start(
        file: Arc<File>,
        end_bytes: u64,
        index: Arc<Mutex<Index>>,
    ) -> io::Result<Self> {
        let last_id = index.lock().count();
        let pending = PendingMails { mails: Vec::new(), last_id, is_closed: false };
        let queue = Arc::new(Queue { pending: Mutex::new(pending), wake: Condvar::new() });
        let (publish, stored) = watch::channel(last_id);
        let work = WriterThread { queue: queue.clone(), file, end_bytes, index, publish };
        let thread = thread::Builder::new().name("mail-sink".into()).spawn(move || work.run())?;
        Ok(Self { queue, stored, thread: Some(thread) })
    }

    /// Stores a mail durably and returns its id.
    pub(crate) async fn store(&self, mail: &ReceivedMail) -> Result<u64, StoreError> {
        let frame = encode(mail).ok_or(StoreError)?;
        let mut summary = mail.summary(0);
        let id = {
            let mut pending = self.queue.lock();
            if pending.is_closed {
                return Err(StoreError);
            }
            pending.last_id += 1;
            summary.id = pending.last_id;
            pending.mails.push(PendingMail { frame, summary });
            if pending.mails.len() == 1 {
                self.queue.wake.notify_one();
            }
            pending.last_id
        };
        // A failed thread drops its sender, which ends the wait.
        let mut stored = self.stored.clone();
        stored.wait_for(|&stored| stored >= id).await.map(|_| id).map_err(|_| StoreError)
    }

    /// The id of the newest mail, as it changes.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.stored.clone()
    }
}

impl Drop for Writer {
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
    fn lock(&self) -> MutexGuard<'_, PendingMails> {
        self.pending.lock()
    }

    /// Waits for the next group; `None` once the writer is closed.
    fn wait_for_group(&self) -> Option<Vec<PendingMail>> {
        let mut pending = self.lock();
        self.wake
            .wait_while(&mut pending, |pending| pending.mails.is_empty() && !pending.is_closed);
        let group = std::mem::take(&mut pending.mails);
        (!group.is_empty()).then_some(group)
    }
}

impl WriterThread {
    fn run(mut self) {
        while let Some(group) = self.queue.wait_for_group() {
            if let Err(error) = self.write(&group) {
                tracing::error!(%error, "cannot write mails; further mails are refused");
                let mut pending = self.queue.lock();
                pending.is_closed = true;
                pending.mails.clear();
                return;
            }
            let count = self.index_group(group);
            self.publish.send_replace(count);
        }
    }

    fn write(&self, group: &[PendingMail]) -> io::Result<()> {
        let mut output = BufWriter::with_capacity(1 << 18, &*self.file);
        for mail in group {
            output.write_all(&mail.frame)?;
        }
        output.flush()?;
        self.file.sync_data()
    }

    /// Adds stored mails to the index.
    fn index_group(&mut self, group: Vec<PendingMail>) -> u64 {
        let mut index = self.index.lock();
        for PendingMail { frame, summary } in group {
            let (at_byte, frame_bytes) = (self.end_bytes, frame.len());
            index.push(IndexedMail { summary, at_byte, frame_bytes });
            self.end_bytes += u64::try_from(frame_bytes).unwrap_or(u64::MAX);
        }
        index.count()
    }
}
