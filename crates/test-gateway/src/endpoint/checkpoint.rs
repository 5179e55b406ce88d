//! How far the journal was delivered, on disk.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::StartError;

const NAME: &str = "webhooks.json";

/// All events of entries up to a position of the journal were delivered, or given up. Without a
/// file nothing was ever to be delivered.
#[derive(Debug)]
pub(crate) struct Mark {
    folder: PathBuf,
    written: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    delivered_position: u64,
}

impl Mark {
    /// Reads the mark of a ledger's folder.
    pub(crate) fn open(folder: &Path) -> Result<Self, StartError> {
        let path = folder.join(NAME);
        let written = match fs::read(&path) {
            Ok(bytes) => match serde_json::from_slice(&bytes) {
                Ok(Written { delivered_position }) => Some(delivered_position),
                Err(e) => {
                    return Err(StartError::Corrupt { path, line: 1, reason: e.to_string() });
                }
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(StartError::NotReadable { path, error }),
        };
        Ok(Self { folder: folder.to_owned(), written })
    }

    pub(crate) fn written(&self) -> Option<u64> {
        self.written
    }

    /// Writes a position, so that a crash leaves the old one or the new one.
    pub(crate) fn write(&mut self, delivered_position: u64) -> io::Result<()> {
        if self.written == Some(delivered_position) {
            return Ok(());
        }
        let draft = self.folder.join(format!("{NAME}.new"));
        let mut file = File::create(&draft)?;
        serde_json::to_writer(&mut file, &Written { delivered_position })?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&draft, self.folder.join(NAME))?;
        File::open(&self.folder)?.sync_all()?;
        self.written = Some(delivered_position);
        Ok(())
    }

    /// Forgets it: nothing is to be delivered any more.
    pub(crate) fn remove(&mut self) -> io::Result<()> {
        match fs::remove_file(self.folder.join(NAME)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => self.written = None,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let mut mark = Mark::open(folder.path()).unwrap();
        assert_eq!(mark.written(), None);
        mark.write(7).unwrap();
        assert_eq!(Mark::open(folder.path()).unwrap().written(), Some(7));
        mark.remove().unwrap();
        mark.remove().unwrap();
        assert_eq!(Mark::open(folder.path()).unwrap().written(), None);
        for bad in ["", "{}", r#"{"delivered_position":-1}"#] {
            fs::write(folder.path().join(NAME), bad).unwrap();
            let error = Mark::open(folder.path()).unwrap_err();
            assert!(matches!(error, StartError::Corrupt { .. }), "{error}");
        }
    }
}
