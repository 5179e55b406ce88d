//! Creating, changing and deleting topics: durable before it is visible, all or nothing.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::sync::Arc;

use uuid::Uuid;

use super::catalogue::{Catalogue, Entry, clear, deleted_folder};
use super::{Topic, Topics};
use crate::storage::files;
use crate::storage::partition::Partition;
use crate::storage::recovery::Recovered;

/// Settings that were given to a topic, by name.
type Configs = BTreeMap<String, String>;

impl Topics {
    /// Creates a topic, durably; `None` if there is one of that name. Blocks.
    pub(crate) fn create(
        &self,
        name: &str,
        partitions: usize,
        configs: Configs,
    ) -> io::Result<Option<Arc<Topic>>> {
        let mut catalogue = self.catalogue.lock();
        if catalogue.topics.contains_key(name) {
            return Ok(None);
        }
        let partitions = self.add_partitions(name, 0..partitions)?;
        let topic = self.topic(name.into(), Uuid::new_v4(), configs, partitions);
        self.store(&mut catalogue, topic).map(Some)
    }

    /// Gives a topic more partitions, durably; `None` if it is gone. Blocks.
    pub(crate) fn grow(&self, topic: &Topic, count: usize) -> io::Result<Option<Arc<Topic>>> {
        let mut catalogue = self.catalogue.lock();
        let Some(topic) = self.get_by_id(topic.id) else { return Ok(None) };
        let mut partitions = topic.partitions.clone();
        partitions.extend(self.add_partitions(&topic.name, partitions.len()..count)?);
        let configs = topic.configs.clone();
        let grown = self.topic(topic.name.clone(), topic.id, configs, partitions);
        self.store(&mut catalogue, grown).map(Some)
    }

    /// Gives a topic other settings, durably; `None` if it is gone. Blocks.
    pub(crate) fn configure(
        &self,
        topic: &Topic,
        configs: Configs,
    ) -> io::Result<Option<Arc<Topic>>> {
        let mut catalogue = self.catalogue.lock();
        let Some(topic) = self.get_by_id(topic.id) else { return Ok(None) };
        let partitions = topic.partitions.clone();
        let changed = self.topic(topic.name.clone(), topic.id, configs, partitions);
        self.store(&mut catalogue, changed).map(Some)
    }

    /// Deletes a topic and its records, durably; false if it is gone already. Blocks.
    ///
    /// Once its folder has moved, nothing brings it back: a start finishes what is left to do.
    pub(crate) fn delete(&self, id: Uuid) -> io::Result<bool> {
        let mut catalogue = self.catalogue.lock();
        let Some(topic) = self.get_by_id(id) else { return Ok(false) };
        let (deleted, topics) = (deleted_folder(&self.folder), self.folder.join("topics"));
        let moved = deleted.join(id.to_string());
        // Before anything is changed: without file handles it could not be ended.
        let to_sync = [File::open(&deleted)?, File::open(&topics)?];
        topic.partitions.iter().for_each(|partition| partition.end());
        self.forget(&topic);
        fs::rename(topics.join(&topic.name), &moved)?;
        to_sync.iter().try_for_each(File::sync_all)?;
        // Room first: on a full disk the catalogue could not be written without it.
        clear(&moved)?;
        let mut changed = catalogue.clone();
        changed.topics.remove(&topic.name);
        changed.save(&self.folder)?;
        *catalogue = changed;
        fs::remove_dir(&moved)?;
        Ok(true)
    }

    fn add_partitions(
        &self,
        name: &str,
        numbers: std::ops::Range<usize>,
    ) -> io::Result<Vec<Arc<Partition>>> {
        let mut opened = Vec::with_capacity(numbers.len());
        for number in numbers {
            let folder = self.partition_folder(name, number);
            // What an interrupted creation has left there was never used.
            if folder.exists() {
                fs::remove_dir_all(&folder)?;
            }
            fs::create_dir_all(&folder)?;
            opened.push(self.partition(folder, Recovered::default()));
        }
        files::sync_folder(&self.folder.join("topics").join(name))?;
        files::sync_folder(&self.folder.join("topics"))?;
        files::sync_folder(&self.folder)?;
        Ok(opened)
    }

    fn store(&self, catalogue: &mut Catalogue, topic: Topic) -> io::Result<Arc<Topic>> {
        let (id, partitions) = (topic.id, topic.partitions.len());
        let entry = Entry { id, partitions, configs: topic.configs.clone() };
        let mut changed = catalogue.clone();
        changed.topics.insert(topic.name.clone(), entry);
        changed.save(&self.folder)?;
        *catalogue = changed;
        Ok(self.insert(topic))
    }
}
