//! The topic catalogue: the file that lists all topics.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use stand_in::StartError;
use uuid::Uuid;

use crate::storage::files;

/// The content of the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Catalogue {
    format: u32,
    /// Cluster id.
    pub(super) cluster_id: String,
    /// Topics by name.
    pub(super) topics: BTreeMap<String, CatalogueEntry>,
}

/// One topic in the catalogue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct CatalogueEntry {
    pub(super) id: Uuid,
    pub(super) partitions: usize,
    pub(super) configs: BTreeMap<String, String>,
}

impl Catalogue {
    /// Reads the catalogue in `folder`, or creates an empty one.
    pub(super) fn open(folder: &Path) -> Result<Self, StartError> {
        let path = catalogue_path(folder);
        match fs::read(&path) {
            Ok(bytes) => {
                // The first version of this file had no checksum.
                let body =
                    if bytes.starts_with(b"{") { Some(&*bytes) } else { files::unseal(&bytes) };
                let body = body.ok_or_else(|| {
                    StartError::corrupt_at_byte(&path, 0, "its checksum does not match")
                })?;
                serde_json::from_slice(body)
                    .map_err(|error| StartError::corrupt_at_byte(&path, 0, error.to_string()))
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

    /// Writes the catalogue durably.
    pub(super) fn save(&self, folder: &Path) -> io::Result<()> {
        files::replace(&catalogue_path(folder), &files::seal(&serde_json::to_vec_pretty(self)?))
    }

    /// Finishes interrupted deletions; fails if a folder holds records of an unknown topic.
    pub(super) fn finish_deletions(&mut self, folder: &Path) -> Result<(), StartError> {
        let deleted = deleted_folder(folder);
        fs::create_dir_all(&deleted).map_err(StartError::storage(&deleted))?;
        let before = self.topics.len();
        for entry in list_folder(&deleted) {
            clear_topic_folder(&entry.path()).map_err(StartError::storage(&deleted))?;
        }
        self.topics.retain(|_, topic| !deleted.join(topic.id.to_string()).exists());
        if self.topics.len() < before {
            self.save(folder).map_err(StartError::storage(&catalogue_path(folder)))?;
        }
        for entry in list_folder(&deleted) {
            fs::remove_dir(entry.path()).map_err(StartError::storage(&deleted))?;
        }
        for entry in list_folder(&folder.join("topics")) {
            let is_known = entry.file_name().to_str().is_some_and(|n| self.topics.contains_key(n));
            if !is_known && has_records(&entry.path()) {
                let reason = format!(
                    "it does not list the topic in {}; move that folder away if it is not needed",
                    entry.path().display()
                );
                return Err(StartError::corrupt_at_byte(&catalogue_path(folder), 0, reason));
            }
        }
        Ok(())
    }
}

/// Folder of topics being deleted, each under its id, since names can be reused.
pub(super) fn deleted_folder(folder: &Path) -> PathBuf {
    folder.join("deleted")
}

/// Removes the partitions of a deleted topic. The empty folder marks the deletion as unfinished
/// until the catalogue is written.
pub(super) fn clear_topic_folder(deleted: &Path) -> io::Result<()> {
    list_folder(deleted).try_for_each(|partition| fs::remove_dir_all(partition.path()))
}

/// Entries of a folder; none if it does not exist.
fn list_folder(folder: &Path) -> impl Iterator<Item = fs::DirEntry> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten()
}

fn catalogue_path(folder: &Path) -> PathBuf {
    folder.join("topics.json")
}

/// Whether the folder of a topic has a non-empty segment.
fn has_records(topic: &Path) -> bool {
    let mut files = list_folder(topic).flat_map(|partition| list_folder(&partition.path()));
    files.any(|file| {
        let is_segment = file.path().extension().is_some_and(|e| e == "log");
        is_segment && file.metadata().is_ok_and(|metadata| metadata.len() > 0)
    })
}
