//! Opens the file and scans its frames.

use std::{collections::VecDeque, fs::File, io, os::unix::fs::FileExt, path::Path};

use stand_in::{AppendFile, StartError};

use super::{
    Index, IndexedMail,
    frame::{HEADER_BYTES, Header, decode},
};

const NAME: &str = "mails.bin";
const MAGIC: &[u8] = b"mail-sink 1\n";

/// The opened file, its end and its index.
#[derive(Debug)]
pub(crate) struct OpenedFile {
    pub(crate) file: File,
    pub(crate) end_bytes: u64,
    pub(crate) index: Index,
}

/// Opens the file in a folder, creating both if absent.
pub(crate) fn open(folder: &Path, max_listed: usize) -> Result<OpenedFile, StartError> {
    let opened = AppendFile::open(folder, NAME)?;
    let scan = FileScan { file: &opened.file, path: &opened.path, max: max_listed.max(1) };
    let (index, end_bytes) = scan.run()?;
    opened.prepare(end_bytes, MAGIC)?;
    let end_bytes = end_bytes.max(bytes(MAGIC.len()));
    Ok(OpenedFile { file: opened.file, end_bytes, index })
}

struct FileScan<'a> {
    file: &'a File,
    path: &'a Path,
    max: usize,
}

/// Position and size of a frame.
struct FramePosition {
    at_byte: u64,
    frame_bytes: usize,
}

impl FileScan<'_> {
    /// The index, and the end of the complete frames; 0 for a file without a header.
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
        let (frames, skipped, end_bytes) = self.scan_frames(length_bytes)?;
        self.build_index(frames, skipped, end_bytes)
    }

    /// Scans all headers and collects the newest frames.
    fn scan_frames(
        &self,
        length_bytes: u64,
    ) -> Result<(VecDeque<FramePosition>, u64, u64), StartError> {
        let (mut frames, mut skipped) = (VecDeque::new(), 0);
        let mut at_byte = bytes(MAGIC.len());
        loop {
            if at_byte + bytes(HEADER_BYTES) > length_bytes {
                return Ok((frames, skipped, at_byte));
            }
            let mut header = [0; HEADER_BYTES];
            self.read(&mut header, at_byte)?;
            let Some(parsed) = Header::parse(header) else {
                // After a crash, the file may be longer than the data written to it.
                let is_torn = self.has_only_zeros(at_byte, length_bytes)?;
                return if is_torn {
                    Ok((frames, skipped, at_byte))
                } else {
                    Err(self.corrupt(at_byte))
                };
            };
            let next = at_byte + bytes(HEADER_BYTES) + u64::from(parsed.body_bytes);
            if next > length_bytes {
                return Ok((frames, skipped, at_byte));
            }
            if frames.len() == self.max {
                frames.pop_front();
                skipped += 1;
            }
            let frame_bytes = usize::try_from(next - at_byte).unwrap_or(usize::MAX);
            frames.push_back(FramePosition { at_byte, frame_bytes });
            at_byte = next;
        }
    }

    /// Reads and indexes the mails. Only the last one may be damaged, as an unfinished write.
    fn build_index(
        &self,
        frames: VecDeque<FramePosition>,
        skipped: u64,
        end_bytes: u64,
    ) -> Result<(Index, u64), StartError> {
        let mut index = Index::new(self.max, skipped);
        for FramePosition { at_byte, frame_bytes } in frames {
            let mut frame = vec![0; frame_bytes];
            self.read(&mut frame, at_byte)?;
            match decode(&frame) {
                Some(mail) => {
                    let summary = mail.summary(index.count() + 1);
                    index.push(IndexedMail { summary, at_byte, frame_bytes });
                }
                None if at_byte + bytes(frame_bytes) == end_bytes => return Ok((index, at_byte)),
                None => return Err(self.corrupt(at_byte)),
            }
        }
        Ok((index, end_bytes))
    }

    fn has_only_zeros(&self, from: u64, to: u64) -> Result<bool, StartError> {
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
        StartError::storage(self.path)(error)
    }

    fn corrupt(&self, at_byte: u64) -> StartError {
        StartError::corrupt_at_byte(self.path, at_byte, "a mail is damaged")
    }
}

fn bytes(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
