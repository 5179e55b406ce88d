//! Appends entries to the ledger, one line of JSON each.

use std::{fs::File, io, sync::Arc, time::Duration};

use stand_in::{FileLost, GroupCommit, Progress};
use tokio::sync::watch;

use crate::books::Entry;

/// Minimum time between the starts of two groups. A single entry is written at once; under load,
/// this makes groups large enough to be worth their syncs.
const MIN_INTERVAL: Duration = Duration::from_millis(5);

/// Appends to the ledger. Once it can no longer be written, the books are ahead of the disk, so all
/// requests fail.
#[derive(Debug)]
pub(crate) struct Journal(GroupCommit<()>);

impl Journal {
    /// Starts the writer thread; `file` already contains `position` entries.
    pub(super) fn start(file: File, position: u64) -> io::Result<Self> {
        let file = Arc::new(file);
        GroupCommit::start("gateway-journal", file, position, MIN_INTERVAL, drop).map(Self)
    }

    /// Queues an entry and returns its position. Entries are written in the order of the calls.
    pub(crate) fn append(&self, entry: &Entry) -> Result<u64, FileLost> {
        let mut line = serde_json::to_vec(entry).map_err(|_| FileLost)?;
        line.push(b'\n');
        self.0.append(&line, |_| ())
    }

    /// The position of the newest entry, on disk or not.
    pub(crate) fn position(&self) -> u64 {
        self.0.position()
    }

    /// The durable position, as it advances.
    pub(crate) fn progress(&self) -> watch::Receiver<Progress> {
        self.0.progress()
    }

    /// Waits until all entries up to this position are on disk.
    pub(crate) async fn wait_until_durable(&self, position: u64) -> Result<(), FileLost> {
        self.0.wait_until_durable(position).await
    }
}
