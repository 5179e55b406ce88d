//! Appends mails to the file and indexes them once they are on disk.

use std::{fs::File, io, sync::Arc, time::Duration};

use parking_lot::Mutex;
use stand_in::GroupCommit;
use tokio::sync::watch;

use super::{Index, IndexedMail, frame::encode};
use crate::mail::{ReceivedMail, Summary};

/// The mail could not be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoreError;

/// Appends mails to the file. Dropping it writes the remaining mails.
#[derive(Debug)]
pub(crate) struct Writer {
    commit: GroupCommit<StoredMail>,
    stored: watch::Receiver<u64>,
}

/// A mail whose frame is in the file.
#[derive(Debug)]
struct StoredMail {
    summary: Summary,
    frame_bytes: usize,
}

/// The index, and the end of the mails in it.
struct IndexedFile {
    index: Arc<Mutex<Index>>,
    end_bytes: u64,
}

impl Writer {
    /// Starts the thread that appends to the file.
    pub(crate) fn start(
        file: Arc<File>,
        end_bytes: u64,
        index: Arc<Mutex<Index>>,
    ) -> io::Result<Self> {
        let last_id = index.lock().count();
        let (publish, stored) = watch::channel(last_id);
        let mut indexed = IndexedFile { index, end_bytes };
        let on_durable = move |mails| {
            publish.send_replace(indexed.add(mails));
        };
        let commit = GroupCommit::start("mail-sink", file, last_id, Duration::ZERO, on_durable)?;
        Ok(Self { commit, stored })
    }

    /// Stores a mail durably and returns its id.
    pub(crate) async fn store(&self, mail: &ReceivedMail) -> Result<u64, StoreError> {
        let frame = encode(mail).ok_or(StoreError)?;
        let summary = mail.summary(0);
        let stored =
            |id| StoredMail { summary: Summary { id, ..summary }, frame_bytes: frame.len() };
        let id = self.commit.append(&frame, stored).map_err(|_| StoreError)?;
        self.commit.wait_until_durable(id).await.map_err(|_| StoreError)?;
        Ok(id)
    }

    /// The id of the newest mail, as it changes.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.stored.clone()
    }
}

impl IndexedFile {
    /// Adds mails to the index; returns their number.
    fn add(&mut self, mails: Vec<StoredMail>) -> u64 {
        let mut index = self.index.lock();
        for StoredMail { summary, frame_bytes } in mails {
            index.push(IndexedMail { summary, at_byte: self.end_bytes, frame_bytes });
            self.end_bytes += u64::try_from(frame_bytes).unwrap_or(u64::MAX);
        }
        index.count()
    }
}
