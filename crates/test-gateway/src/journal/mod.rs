//! The ledger on disk: an append-only file of JSON lines.
//!
//! Opening applies all lines and truncates an unfinished last line of a crash, which was never
//! acknowledged.

mod writer;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::books::{Books, Entry};
use crate::error::StartError;

pub(crate) use writer::{Journal, LedgerLost, Progress};

const NAME: &str = "ledger.jsonl";
const HEADER: &str = r#"{"ledger":"test-gateway","version":1}"#;

/// Opens the journal in a folder, creating both if absent, and rebuilds the books.
pub(crate) fn open(folder: &Path) -> Result<(Books, Journal), StartError> {
    let not_writable = |error| StartError::NotWritable { path: folder.to_owned(), error };
    fs::create_dir_all(folder).map_err(not_writable)?;
    let path = folder.join(NAME);
    let not_writable = |error| StartError::NotWritable { path: path.clone(), error };
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    let file = options.open(&path).map_err(not_writable)?;
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => StartError::LedgerInUse(path.clone()),
        TryLockError::Error(error) => not_writable(error),
    })?;
    let (books, complete_bytes) = Reader { path: &path }.read(&file)?;
    prepare(&file, folder, complete_bytes).map_err(not_writable)?;
    let journal = Journal::start(file, books.position()).map_err(not_writable)?;
    Ok((books, journal))
}

/// Truncates an unfinished last line; writes the header of a new file.
fn prepare(mut file: &File, folder: &Path, complete_bytes: u64) -> io::Result<()> {
    let length_bytes = file.metadata()?.len();
    if length_bytes > complete_bytes {
        let truncated_bytes = length_bytes - complete_bytes;
        tracing::warn!(truncated_bytes, "truncated the unfinished last line of the ledger");
        file.set_len(complete_bytes)?;
    }
    if complete_bytes == 0 {
        writeln!(file, "{HEADER}")?;
        File::open(folder)?.sync_all()?;
    }
    file.sync_all()
}

struct Reader<'a> {
    path: &'a Path,
}

impl Reader<'_> {
    /// Rebuilds the books; also returns the number of bytes in complete lines.
    fn read(&self, mut file: &File) -> Result<(Books, u64), StartError> {
        let unreadable = |error| StartError::NotReadable { path: self.path.to_owned(), error };
        file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
        let mut input = BufReader::with_capacity(1 << 20, file);
        let mut books = Books::default();
        let (mut line, mut complete_bytes, mut number) = (Vec::new(), 0, 0);
        loop {
            line.clear();
            let length = input.read_until(b'\n', &mut line).map_err(unreadable)?;
            if line.pop() != Some(b'\n') {
                return Ok((books, complete_bytes));
            }
            number += 1;
            complete_bytes += u64::try_from(length).unwrap_or(u64::MAX);
            self.apply_line(&mut books, &line, number)?;
        }
    }

    fn apply_line(&self, books: &mut Books, line: &[u8], number: u64) -> Result<(), StartError> {
        let corrupt = |reason: String| {
            let path: PathBuf = self.path.to_owned();
            StartError::Corrupt { path, line: number, reason }
        };
        if number == 1 {
            let is_known = line == HEADER.as_bytes();
            return if is_known {
                Ok(())
            } else {
                Err(corrupt("not a ledger of this kind".into()))
            };
        }
        let entry: Entry = serde_json::from_slice(line).map_err(|e| corrupt(e.to_string()))?;
        books.apply(&entry).map(|_| ()).map_err(|e| corrupt(e.to_string()))
    }
}
