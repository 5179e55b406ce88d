//! Allocates producer ids; none is used twice, even across restarts.

use std::{fs, io, path::PathBuf};

use parking_lot::Mutex;
use stand_in::StartError;

use crate::storage::files;

/// Ids reserved by one write.
const BLOCK_SIZE: i64 = 1_000;

/// Allocates producer ids.
pub(crate) struct ProducerIds {
    path: PathBuf,
    state: Mutex<State>,
}

struct State {
    next: i64,
    reserved_until: i64,
}

impl ProducerIds {
    /// Continues after the last reserved block.
    pub(crate) fn open(folder: &std::path::Path) -> Result<Self, StartError> {
        let path = folder.join("producer-ids");
        let next = match fs::read(&path) {
            Ok(content) => parse_next_id(&content).ok_or_else(|| {
                StartError::corrupt_at_byte(&path, 0, "it does not hold the next producer id")
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => 1,
            Err(error) => return Err(StartError::storage(&path)(error)),
        };
        Ok(Self { path, state: Mutex::new(State { next, reserved_until: next }) })
    }

    /// Allocates an id. May block to reserve further ids.
    pub(crate) fn allocate(&self) -> io::Result<i64> {
        let mut state = self.state.lock();
        if state.next == state.reserved_until {
            let reserved_until = state.next + BLOCK_SIZE;
            let content = files::seal(format!("{reserved_until}\n").as_bytes());
            files::replace(&self.path, &content)?;
            state.reserved_until = reserved_until;
        }
        state.next += 1;
        Ok(state.next - 1)
    }
}

fn parse_next_id(content: &[u8]) -> Option<i64> {
    // The first version of this file had a single line and no checksum.
    let (_, rest) = content.split_at_checked(content.iter().position(|b| *b == b'\n')? + 1)?;
    let body = if rest.is_empty() { content } else { files::unseal(content)? };
    std::str::from_utf8(body).ok()?.trim().parse().ok()
}
