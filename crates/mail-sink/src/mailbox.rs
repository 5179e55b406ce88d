//! Read access to the stored mails.

use std::{fs::File, io, os::unix::fs::FileExt, sync::Arc};

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::watch;

use crate::{
    mail::{Mail, Summary},
    store::{Index, IndexedMail, decode},
};

/// The stored mails. Clones share them, even after the sink has stopped.
#[derive(Debug, Clone)]
pub struct Mailbox {
    file: Arc<File>,
    index: Arc<Mutex<Index>>,
    changes: watch::Receiver<u64>,
}

impl Mailbox {
    pub(crate) fn new(
        file: Arc<File>,
        index: Arc<Mutex<Index>>,
        changes: watch::Receiver<u64>,
    ) -> Self {
        Self { file, index, changes }
    }

    /// Number of all stored mails.
    pub fn count(&self) -> u64 {
        self.lock().count()
    }

    /// The newest mails, newest first.
    pub fn list(&self, newest: usize) -> Vec<Summary> {
        self.lock().newest().take(newest).map(|mail| mail.summary.clone()).collect()
    }

    /// Reads a mail; `None` if it is unknown or too old to be listed.
    pub async fn read(&self, id: u64) -> io::Result<Option<Mail>> {
        let Some(indexed) = self.lock().get(id).cloned() else { return Ok(None) };
        let file = self.file.clone();
        let reading = tokio::task::spawn_blocking(move || read(&file, indexed));
        reading.await.map_err(io::Error::other)?.map(Some)
    }

    /// The id of the newest mail, as it changes.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Index> {
        self.index.lock()
    }
}

fn read(file: &File, indexed: IndexedMail) -> io::Result<Mail> {
    let mut frame = vec![0; indexed.frame_bytes];
    file.read_exact_at(&mut frame, indexed.at_byte)?;
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "the mail is damaged on disk");
    Ok(decode(&frame).ok_or_else(damaged)?.into_mail(indexed.summary))
}
