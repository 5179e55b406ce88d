//! Journal of the groups: one line of JSON per change, with a checksum.

mod line;

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;
use stand_in::StartError;
use tokio::sync::watch;

pub(super) use self::line::{Line, StoredGroup, StoredMember, StoredOffset};
use self::line::{decode, encode, is_torn};
use crate::storage::{
    files::{self, SyncFn},
    flusher::{FlushTarget, Flusher},
};

/// The journal.
pub(crate) struct Journal {
    path: PathBuf,
    fsync: bool,
    flusher: Arc<Flusher>,
    state: Mutex<State>,
    synced: AtomicU64,
    durable: watch::Sender<u64>,
}

struct State {
    file: Arc<File>,
    length_bytes: u64,
    written: u64,
    is_queued: bool,
}

impl Journal {
    /// Opens the journal and passes every line to `each`. A torn tail is truncated.
    pub(super) fn open(
        path: PathBuf,
        fsync: bool,
        flusher: Arc<Flusher>,
        mut each: impl FnMut(Line),
    ) -> Result<Self, StartError> {
        let content = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read.map_err(StartError::storage(&path))?,
        };
        let mut valid = 0;
        while valid < content.len() {
            let rest = &content[valid..];
            let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |n| n + 1);
            match decode(&rest[..end]) {
                Some(line) => each(line),
                None if is_torn(&rest[..end], &rest[end..]) => break,
                None => {
                    return Err(StartError::corrupt_at_byte(
                        &path,
                        valid as u64,
                        "a line is damaged",
                    ));
                }
            }
            valid += end;
        }
        let file = open(&path).map_err(StartError::storage(&path))?;
        let length_bytes = valid as u64;
        if valid < content.len() {
            tracing::warn!(
                file = %path.display(), truncated_bytes = content.len() - valid,
                "truncated a torn tail, which was never acknowledged"
            );
            file.set_len(length_bytes).map_err(StartError::storage(&path))?;
        }
        if let Some(folder) = path.parent() {
            files::sync_folder(folder).map_err(StartError::storage(folder))?;
        }
        let state = State { file: Arc::new(file), length_bytes, written: 0, is_queued: false };
        let (durable, _) = watch::channel(0);
        Ok(Self {
            path,
            fsync,
            flusher,
            state: Mutex::new(state),
            synced: AtomicU64::new(0),
            durable,
        })
    }

    /// Appends a line; returns its number for [`Journal::wait_until_durable`].
    pub(super) fn append(self: &Arc<Self>, line: &Line) -> io::Result<u64> {
        let bytes = encode(line)?;
        let mut state = self.state.lock();
        if let Err(error) = (&*state.file).write_all(&bytes) {
            if let Err(again) = state.file.set_len(state.length_bytes) {
                self.flusher.fail(format!("cannot undo a failed write: {again}"));
            }
            return Err(error);
        }
        state.length_bytes += bytes.len() as u64;
        state.written += 1;
        let number = state.written;
        if !self.fsync {
            drop(state);
            self.durable.send_replace(number);
        } else if !std::mem::replace(&mut state.is_queued, true) {
            drop(state);
            self.flusher.enqueue(Arc::<Self>::clone(self));
        }
        Ok(number)
    }

    /// Length of the file.
    pub(super) fn length_bytes(&self) -> u64 {
        self.state.lock().length_bytes
    }

    /// Replaces the content by these lines. Blocks.
    pub(super) fn rewrite(&self, lines: impl Iterator<Item = Line>) -> io::Result<()> {
        let mut content = Vec::new();
        for line in lines {
            content.extend_from_slice(&encode(&line)?);
        }
        let mut state = self.state.lock();
        let (file, folder) = files::replace_for_append(&self.path, &content)?;
        // Switched before the folder sync can fail: the old file no longer has a name.
        state.file = Arc::new(file);
        state.length_bytes = content.len() as u64;
        folder.sync_all()
    }

    /// Resolves once line `number` is durable; never if the log fails.
    pub(super) async fn wait_until_durable(&self, number: u64) {
        if self.durable.subscribe().wait_for(|durable| *durable >= number).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl FlushTarget for Journal {
    fn sync(&self, sync: &SyncFn) -> io::Result<()> {
        let (file, written) = {
            let mut state = self.state.lock();
            state.is_queued = false;
            (Arc::clone(&state.file), state.written)
        };
        sync(&file)?;
        self.synced.store(written, Ordering::Release);
        Ok(())
    }

    fn publish(&self) {
        let written = self.synced.load(Ordering::Acquire);
        self.durable.send_if_modified(|durable| {
            let moved = *durable < written;
            *durable = written.max(*durable);
            moved
        });
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}
