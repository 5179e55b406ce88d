//! Journal of the groups: one line of JSON per change, with a checksum.

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
use serde::{Deserialize, Serialize};
use stand_in::StartError;
use tokio::sync::watch;

use crate::storage::{
    files::{self, SyncFn},
    flusher::{FlushTarget, Flusher},
};

/// Length of the checksum and the following space.
const CRC_BYTES: usize = 9;

/// A line of the journal: one change.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Line {
    /// Generation and members of a group.
    Group(StoredGroup),
    /// Offsets committed by a group.
    Offsets(String, Vec<StoredOffset>),
    /// A group was deleted.
    Deleted(String),
    /// Offsets of a group were deleted: topic and partition.
    OffsetsDeleted(String, Vec<(String, i32)>),
}

/// Generation and members of a group.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredGroup {
    pub(super) name: String,
    pub(super) generation: i32,
    pub(super) protocol_type: String,
    pub(super) protocol: String,
    pub(super) leader: Option<String>,
    pub(super) members: Vec<StoredMember>,
}

/// A member of a group.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredMember {
    pub(super) id: String,
    #[serde(default)]
    pub(super) instance_id: Option<String>,
    pub(super) client_id: String,
    pub(super) client_host: String,
    pub(super) session_timeout_ms: u64,
    pub(super) rebalance_timeout_ms: u64,
    pub(super) protocols: Vec<(String, Vec<u8>)>,
    pub(super) assignment: Vec<u8>,
}

/// A committed offset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredOffset {
    pub(super) topic: String,
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) leader_epoch: i32,
    pub(super) metadata: String,
}

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

fn encode(line: &Line) -> io::Result<Vec<u8>> {
    let body = serde_json::to_vec(line)?;
    let mut bytes = format!("{:08x} ", crc32c::crc32c(&body)).into_bytes();
    bytes.extend_from_slice(&body);
    bytes.push(b'\n');
    Ok(bytes)
}

fn decode(bytes: &[u8]) -> Option<Line> {
    let (crc, body) = bytes.split_at_checked(CRC_BYTES)?;
    let crc = u32::from_str_radix(std::str::from_utf8(crc).ok()?.trim_end(), 16).ok()?;
    let body = body.strip_suffix(b"\n")?;
    (crc32c::crc32c(body) == crc).then(|| serde_json::from_slice(body).ok())?
}

/// Whether an invalid line is an unfinished write of a crash: the last line without an end, or a
/// line with zeros left by a power cut.
fn is_torn(line: &[u8], after: &[u8]) -> bool {
    let has_zeros = line.windows(2).any(|bytes| bytes == [0, 0]);
    has_zeros || (after.is_empty() && !line.ends_with(b"\n"))
}
