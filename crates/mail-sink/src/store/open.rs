//! Opening the file and walking it.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::frame::{HEADER_BYTES, Header, decode};
use super::{Index, Indexed};
use crate::error::StartError;

const NAME: &str = "mails.bin";
const MAGIC: &[u8] = b"mail-sink 1\n";

/// An opened file, and where its next frame goes.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) file: File,
    pub(crate) end_bytes: u64,
    pub(crate) index: Index,
}

/// Opens the file of a folder, making both when absent.
pub(crate) fn open(folder: &Path, max_listed: usize) -> Result<Opened, StartError> {
    let not_writable = |error| StartError::NotWritable { path: folder.to_owned(), error };
    fs::create_dir_all(folder).map_err(not_writable)?;
    let path = folder.join(NAME);
    let not_writable = |error| StartError::NotWritable { path: path.clone(), error };
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    let file = options.open(&path).map_err(not_writable)?;
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => StartError::InUse(path.clone()),
        TryLockError::Error(error) => not_writable(error),
    })?;
    let walk = Walk { file: &file, path: &path, max: max_listed.max(1) };
    let (index, end_bytes) = walk.run()?;
    prepare(&file, folder, end_bytes).map_err(not_writable)?;
    let end_bytes = end_bytes.max(bytes(MAGIC.len()));
    Ok(Opened { file, end_bytes, index })
}

/// Cuts what is not whole, and begins a new file.
fn prepare(mut file: &File, folder: &Path, end_bytes: u64) -> io::Result<()> {
    let length_bytes = file.metadata()?.len();
    if length_bytes > end_bytes {
        let cut_bytes = length_bytes - end_bytes;
        tracing::warn!(cut_bytes, "cut an unfinished mail from the end of the file");
        file.set_len(end_bytes)?;
    }
    if end_bytes == 0 {
        io::Write::write_all(&mut file, MAGIC)?;
        File::open(folder)?.sync_all()?;
    }
    file.sync_all()
}

struct Walk<'a> {
    file: &'a File,
    path: &'a Path,
    max: usize,
}

/// Where a frame is.
struct Place {
    at_byte: u64,
    frame_bytes: usize,
}

impl Walk<'_> {
    /// The index, and where the whole frames end; 0 when even the beginning is missing.
    fn run(&self) -> Result<(Index, u64), StartError> {
        let length_bytes = self.file.metadata().map_err(|error| self.unreadable(error))?.len();
        if length_bytes < bytes(MAGIC.len()) {
            return Ok((Index::new(self.max, 0), 0));
        }
        let mut magic = [0; MAGIC.len()];
        self.read(&mut magic, 0)?;
        if magic != *MAGIC {
            return Err(self.corrupt(0));
        }
        let (places, skipped, end_bytes) = self.frames(length_bytes)?;
        self.index(places, skipped, end_bytes)
    }

    /// Walks from header to header and remembers the newest places.
    fn frames(&self, length_bytes: u64) -> Result<(VecDeque<Place>, u64, u64), StartError> {
        let (mut places, mut skipped) = (VecDeque::new(), 0);
        let mut at_byte = bytes(MAGIC.len());
        loop {
            if at_byte + bytes(HEADER_BYTES) > length_bytes {
                return Ok((places, skipped, at_byte));
            }
            let mut header = [0; HEADER_BYTES];
            self.read(&mut header, at_byte)?;
            let Some(parsed) = Header::parse(header) else {
                // A crash can leave a file longer than what was written to it.
                let torn = self.only_zeros(at_byte, length_bytes)?;
                return if torn {
                    Ok((places, skipped, at_byte))
                } else {
                    Err(self.corrupt(at_byte))
                };
            };
            let next = at_byte + bytes(HEADER_BYTES) + u64::from(parsed.body_bytes);
            if next > length_bytes {
                return Ok((places, skipped, at_byte));
            }
            if places.len() == self.max {
                places.pop_front();
                skipped += 1;
            }
            let frame_bytes = usize::try_from(next - at_byte).unwrap_or(usize::MAX);
            places.push_back(Place { at_byte, frame_bytes });
            at_byte = next;
        }
    }

    /// Reads the mails of the index. Only the very last may be damaged: it was under way.
    fn index(
        &self,
        places: VecDeque<Place>,
        skipped: u64,
        end_bytes: u64,
    ) -> Result<(Index, u64), StartError> {
        let mut index = Index::new(self.max, skipped);
        for Place { at_byte, frame_bytes } in places {
            let mut frame = vec![0; frame_bytes];
            self.read(&mut frame, at_byte)?;
            match decode(&frame) {
                Some(mail) => {
                    let summary = mail.summary(index.count() + 1);
                    index.push(Indexed { summary, at_byte, frame_bytes });
                }
                None if at_byte + bytes(frame_bytes) == end_bytes => return Ok((index, at_byte)),
                None => return Err(self.corrupt(at_byte)),
            }
        }
        Ok((index, end_bytes))
    }

    fn only_zeros(&self, from: u64, to: u64) -> Result<bool, StartError> {
        let mut buffer = [0; 4_096];
        let mut at = from;
        while at < to {
            let length = usize::try_from(to - at).unwrap_or(usize::MAX).min(buffer.len());
            self.read(&mut buffer[..length], at)?;
            if buffer[..length].iter().any(|&byte| byte != 0) {
                return Ok(false);
            }
            at += bytes(length);
        }
        Ok(true)
    }

    fn read(&self, buffer: &mut [u8], at_byte: u64) -> Result<(), StartError> {
        self.file.read_exact_at(buffer, at_byte).map_err(|error| self.unreadable(error))
    }

    fn unreadable(&self, error: io::Error) -> StartError {
        StartError::NotReadable { path: self.path.to_owned(), error }
    }

    fn corrupt(&self, at_byte: u64) -> StartError {
        let path: PathBuf = self.path.to_owned();
        StartError::Corrupt { path, at_byte }
    }
}

fn bytes(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
