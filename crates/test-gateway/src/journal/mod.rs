//! The ledger on disk: a file of JSON lines, only ever appended to.
//!
//! Opening reads it back and cuts a last line that a crash left unfinished. Such a line was
//! never answered, for answers wait until it is on disk.

mod writer;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::books::{Books, Entry};
use crate::error::StartError;

pub(crate) use writer::{Journal, LedgerLost, Progress};

const NAME: &str = "ledger.jsonl";
const HEADER: &str = r#"{"ledger":"test-gateway","version":1}"#;

/// Opens the journal of a folder, making both when absent, and reads the books from it.
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
    let (books, whole_bytes) = Reader { path: &path }.read(&file)?;
    prepare(&file, folder, whole_bytes).map_err(not_writable)?;
    let journal = Journal::start(file, books.position()).map_err(not_writable)?;
    Ok((books, journal))
}

/// Cuts what is not whole, and begins a new file.
fn prepare(mut file: &File, folder: &Path, whole_bytes: u64) -> io::Result<()> {
    let length_bytes = file.metadata()?.len();
    if length_bytes > whole_bytes {
        let cut_bytes = length_bytes - whole_bytes;
        tracing::warn!(cut_bytes, "cut the unfinished last line of the ledger");
        file.set_len(whole_bytes)?;
    }
    if whole_bytes == 0 {
        writeln!(file, "{HEADER}")?;
        File::open(folder)?.sync_all()?;
    }
    file.sync_all()
}

struct Reader<'a> {
    path: &'a Path,
}

impl Reader<'_> {
    /// The books, and how many bytes of the file are whole lines.
    fn read(&self, mut file: &File) -> Result<(Books, u64), StartError> {
        let unreadable = |error| StartError::NotReadable { path: self.path.to_owned(), error };
        file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
        let mut input = BufReader::with_capacity(1 << 20, file);
        let mut books = Books::default();
        let (mut line, mut whole_bytes, mut number) = (Vec::new(), 0, 0);
        loop {
            line.clear();
            let length = input.read_until(b'\n', &mut line).map_err(unreadable)?;
            if line.pop() != Some(b'\n') {
                return Ok((books, whole_bytes));
            }
            number += 1;
            whole_bytes += u64::try_from(length).unwrap_or(u64::MAX);
            self.take(&mut books, &line, number)?;
        }
    }

    fn take(&self, books: &mut Books, line: &[u8], number: u64) -> Result<(), StartError> {
        let corrupt = |reason: String| {
            let path: PathBuf = self.path.to_owned();
            StartError::Corrupt { path, line: number, reason }
        };
        if number == 1 {
            let known = line == HEADER.as_bytes();
            return if known { Ok(()) } else { Err(corrupt("not a ledger of this kind".into())) };
        }
        let entry: Entry = serde_json::from_slice(line).map_err(|e| corrupt(e.to_string()))?;
        books.apply(&entry).map(|_| ()).map_err(|e| corrupt(e.to_string()))
    }
}
