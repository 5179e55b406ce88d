//! The ledger on disk: an append-only file of JSON lines.
//!
//! Opening applies all lines and truncates an unfinished last line of a crash, which was never
//! acknowledged.

mod writer;

use std::{
    fs::File,
    io::{BufRead, BufReader, Seek, SeekFrom},
    path::Path,
};

use stand_in::{AppendFile, StartError};

pub(crate) use self::writer::Journal;
use crate::books::{Books, Entry};

const NAME: &str = "ledger.jsonl";
const HEADER: &str = "{\"ledger\":\"test-gateway\",\"version\":1}\n";

/// Opens the journal in a folder, creating both if absent, and rebuilds the books.
pub(crate) fn open(folder: &Path) -> Result<(Books, Journal), StartError> {
    let opened = AppendFile::open(folder, NAME)?;
    let (books, complete_bytes) = Reader { path: &opened.path }.read(&opened.file)?;
    opened.prepare(complete_bytes, HEADER.as_bytes())?;
    let journal = Journal::start(opened.file, books.position());
    Ok((books, journal.map_err(StartError::not_writable(&opened.path))?))
}

struct Reader<'a> {
    path: &'a Path,
}

impl Reader<'_> {
    /// Rebuilds the books; also returns the number of bytes in complete lines.
    fn read(&self, mut file: &File) -> Result<(Books, u64), StartError> {
        file.seek(SeekFrom::Start(0)).map_err(StartError::storage(self.path))?;
        let mut input = BufReader::with_capacity(1 << 20, file);
        let mut books = Books::default();
        let (mut line, mut complete_bytes, mut number) = (Vec::new(), 0, 0);
        loop {
            line.clear();
            let read = input.read_until(b'\n', &mut line);
            let length = read.map_err(StartError::storage(self.path))?;
            if !line.ends_with(b"\n") {
                return Ok((books, complete_bytes));
            }
            number += 1;
            complete_bytes += u64::try_from(length).unwrap_or(u64::MAX);
            self.apply_line(&mut books, &line, number)?;
        }
    }

    fn apply_line(&self, books: &mut Books, line: &[u8], number: u64) -> Result<(), StartError> {
        let corrupt = |reason: String| StartError::corrupt_at_line(self.path, number, reason);
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
