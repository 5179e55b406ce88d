//! The file that says which topics there are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::StartError;
use crate::storage::files;

/// The content of the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Catalogue {
    format: u32,
    /// An id of this log.
    pub(super) cluster_id: String,
    /// By name.
    pub(super) topics: BTreeMap<String, Entry>,
}

/// One topic in the catalogue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) id: Uuid,
    pub(super) partitions: usize,
    pub(super) configs: BTreeMap<String, String>,
}

impl Catalogue {
    /// Reads the catalogue in `folder`, or makes the first one.
    pub(super) fn open(folder: &Path) -> Result<Self, StartError> {
        let path = path(folder);
        match fs::read(&path) {
            Ok(bytes) => {
                // The first version of this file had no checksum.
                let body =
                    if bytes.starts_with(b"{") { Some(&*bytes) } else { files::unseal(&bytes) };
                let body = body
                    .ok_or_else(|| StartError::corrupt(&path, 0, "its checksum does not match"))?;
                serde_json::from_slice(body)
                    .map_err(|error| StartError::corrupt(&path, 0, error.to_string()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let cluster_id = Uuid::new_v4().simple().to_string();
                let fresh = Self { format: 1, cluster_id, topics: BTreeMap::new() };
                fresh.save(folder).map_err(StartError::storage(&path))?;
                Ok(fresh)
            }
            Err(error) => Err(StartError::storage(&path)(error)),
        }
    }

    /// Writes the catalogue, for good.
    pub(super) fn save(&self, folder: &Path) -> io::Result<()> {
        files::replace(&path(folder), &files::seal(&serde_json::to_vec_pretty(self)?))
    }

    /// Finishes deletions that a stop has interrupted, and refuses records of unknown topics.
    pub(super) fn tidy(&mut self, folder: &Path) -> Result<(), StartError> {
        let deleted = deleted_folder(folder);
        fs::create_dir_all(&deleted).map_err(StartError::storage(&deleted))?;
        let before = self.topics.len();
        for entry in list(&deleted) {
            clear(&entry.path()).map_err(StartError::storage(&deleted))?;
        }
        self.topics.retain(|_, topic| !deleted.join(topic.id.to_string()).exists());
        if self.topics.len() < before {
            self.save(folder).map_err(StartError::storage(&path(folder)))?;
        }
        for entry in list(&deleted) {
            fs::remove_dir(entry.path()).map_err(StartError::storage(&deleted))?;
        }
        for entry in list(&folder.join("topics")) {
            let known = entry.file_name().to_str().is_some_and(|n| self.topics.contains_key(n));
            if !known && holds_records(&entry.path()) {
                let reason = format!(
                    "it does not list the topic in {}; move that folder away if it is not wanted",
                    entry.path().display()
                );
                return Err(StartError::corrupt(&path(folder), 0, reason));
            }
        }
        Ok(())
    }
}

/// Where topics go on their way out; the id tells them apart from others of the same name.
pub(super) fn deleted_folder(folder: &Path) -> PathBuf {
    folder.join("deleted")
}

/// Removes what a deleted topic holds; its folder stays as a note until the catalogue is written.
pub(super) fn clear(deleted: &Path) -> io::Result<()> {
    list(deleted).try_for_each(|partition| fs::remove_dir_all(partition.path()))
}

/// What is in a folder; nothing, if there is none.
fn list(folder: &Path) -> impl Iterator<Item = fs::DirEntry> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten()
}

fn path(folder: &Path) -> PathBuf {
    folder.join("topics.json")
}

/// Whether a folder of a topic has a segment that is not empty.
fn holds_records(topic: &Path) -> bool {
    let mut files = list(topic).flat_map(|partition| list(&partition.path()));
    files.any(|file| {
        let is_segment = file.path().extension().is_some_and(|e| e == "log");
        is_segment && file.metadata().is_ok_and(|metadata| metadata.len() > 0)
    })
}
