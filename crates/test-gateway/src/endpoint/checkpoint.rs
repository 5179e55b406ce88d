//! The delivery checkpoint: the journal position up to which all events are delivered.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use stand_in::{StartError, files};

const NAME: &str = "webhooks.json";

/// The checkpoint: all events up to a journal position are delivered or given up. Without a file,
/// there has never been an endpoint.
#[derive(Debug)]
pub(crate) struct DeliveryCheckpoint {
    folder: PathBuf,
    position: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    delivered_position: u64,
}

impl DeliveryCheckpoint {
    /// Reads the checkpoint in the ledger's folder.
    pub(crate) fn open(folder: &Path) -> Result<Self, StartError> {
        let path = folder.join(NAME);
        let position = match fs::read(&path) {
            Ok(bytes) => match serde_json::from_slice(&bytes) {
                Ok(Content { delivered_position }) => Some(delivered_position),
                Err(e) => return Err(StartError::corrupt_at_line(&path, 1, e.to_string())),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(StartError::storage(&path)(error)),
        };
        Ok(Self { folder: folder.to_owned(), position })
    }

    pub(crate) fn position(&self) -> Option<u64> {
        self.position
    }

    /// Writes a position atomically and durably.
    pub(crate) fn write(&mut self, delivered_position: u64) -> io::Result<()> {
        if self.position == Some(delivered_position) {
            return Ok(());
        }
        let mut content = serde_json::to_vec(&Content { delivered_position })?;
        content.push(b'\n');
        files::replace(&self.folder.join(NAME), &content)?;
        self.position = Some(delivered_position);
        Ok(())
    }

    /// Removes the checkpoint together with the endpoint.
    pub(crate) fn remove(&mut self) -> io::Result<()> {
        files::remove(&self.folder.join(NAME))?;
        self.position = None;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_position_is_read_and_a_malformed_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut checkpoint = DeliveryCheckpoint::open(folder.path()).unwrap();
        assert_eq!(checkpoint.position(), None);
        checkpoint.write(7).unwrap();
        assert_eq!(DeliveryCheckpoint::open(folder.path()).unwrap().position(), Some(7));
        checkpoint.remove().unwrap();
        checkpoint.remove().unwrap();
        assert_eq!(DeliveryCheckpoint::open(folder.path()).unwrap().position(), None);
        for bad in ["", "{}", r#"{"delivered_position":-1}"#] {
            fs::write(folder.path().join(NAME), bad).unwrap();
            let error = DeliveryCheckpoint::open(folder.path()).unwrap_err();
            assert!(matches!(error, StartError::Corrupt { .. }), "{error}");
        }
    }
}
