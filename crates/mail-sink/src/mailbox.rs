//! The mails that were kept.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};

use tokio::sync::watch;

use crate::mail::{Mail, Summary};
use crate::store::{Index, Indexed, decode};

/// The mails that were kept. Clones show the same mails, also after the sink has stopped.
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

    /// How many mails were ever kept.
    pub fn count(&self) -> u64 {
        self.lock().count()
    }

    /// The newest mails, newest first.
    pub fn list(&self, newest: usize) -> Vec<Summary> {
        self.lock().newest().take(newest).map(|mail| mail.summary.clone()).collect()
    }

    /// A whole mail, if it is among those that can be listed.
    pub async fn read(&self, id: u64) -> io::Result<Option<Mail>> {
        let Some(indexed) = self.lock().get(id).cloned() else { return Ok(None) };
        let file = self.file.clone();
        let reading = tokio::task::spawn_blocking(move || read(&file, indexed));
        reading.await.map_err(io::Error::other)?.map(Some)
    }

    /// Shows the number of the newest mail whenever it changes.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Index> {
        self.index.lock()
    }
}

fn read(file: &File, indexed: Indexed) -> io::Result<Mail> {
    let mut frame = vec![0; indexed.frame_bytes];
    file.read_exact_at(&mut frame, indexed.at_byte)?;
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "the mail is damaged on disk");
    Ok(decode(&frame).ok_or_else(damaged)?.into_mail(indexed.summary))
}
