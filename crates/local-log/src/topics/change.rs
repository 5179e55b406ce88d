//! Creating, changing and deleting topics: each change is atomic, and durable before it is visible.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    sync::Arc,
};

use uuid::Uuid;

use super::{
    Topic, Topics,
    catalogue::{Catalogue, CatalogueEntry, clear_topic_folder, deleted_folder},
};
use crate::storage::{files, partition::Partition, recovery::RecoveredPartition};

/// Values set on a topic, by name.
type Configs = BTreeMap<String, String>;

impl Topics {
    /// Creates a topic durably; `None` if the name is taken. Blocks.
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
        let partitions = self.create_partitions(name, 0..partitions)?;
        let topic = self.build_topic(name.into(), Uuid::new_v4(), configs, partitions);
        self.save_topic(&mut catalogue, topic).map(Some)
    }

    /// Increases the number of partitions to `count` durably; `None` if the topic was deleted.
    /// Blocks.
    pub(crate) fn add_partitions(
        &self,
        topic: &Topic,
        count: usize,
    ) -> io::Result<Option<Arc<Topic>>> {
        let mut catalogue = self.catalogue.lock();
        let Some(topic) = self.get_by_id(topic.id) else { return Ok(None) };
        let mut partitions = topic.partitions.clone();
        partitions.extend(self.create_partitions(&topic.name, partitions.len()..count)?);
        let configs = topic.configs.clone();
        let changed = self.build_topic(topic.name.clone(), topic.id, configs, partitions);
        self.save_topic(&mut catalogue, changed).map(Some)
    }

    /// Replaces the settings of a topic durably; `None` if it was deleted. Blocks.
    pub(crate) fn replace_configs(
        &self,
        topic: &Topic,
        configs: Configs,
    ) -> io::Result<Option<Arc<Topic>>> {
        let mut catalogue = self.catalogue.lock();
        let Some(topic) = self.get_by_id(topic.id) else { return Ok(None) };
        let partitions = topic.partitions.clone();
        let changed = self.build_topic(topic.name.clone(), topic.id, configs, partitions);
        self.save_topic(&mut catalogue, changed).map(Some)
    }

    /// Deletes a topic and its records durably; false if it was already deleted. Blocks.
    ///
    /// The deletion is final once the folder has moved: the next start finishes it.
    pub(crate) fn delete(&self, id: Uuid) -> io::Result<bool> {
        let mut catalogue = self.catalogue.lock();
        let Some(topic) = self.get_by_id(id) else { return Ok(false) };
        let (deleted, topics) = (deleted_folder(&self.folder), self.folder.join("topics"));
        let moved = deleted.join(id.to_string());
        // Opened before any change: the deletion could not be finished without file handles.
        let to_sync = [File::open(&deleted)?, File::open(&topics)?];
        topic.partitions.iter().for_each(|partition| partition.mark_deleted());
        self.unregister(&topic);
        fs::rename(topics.join(&topic.name), &moved)?;
        to_sync.iter().try_for_each(File::sync_all)?;
        // First: on a full disk the catalogue may need this space.
        clear_topic_folder(&moved)?;
        let mut changed = catalogue.clone();
        changed.topics.remove(&topic.name);
        changed.save(&self.folder)?;
        *catalogue = changed;
        fs::remove_dir(&moved)?;
        Ok(true)
    }

    fn create_partitions(
        &self,
        name: &str,
        numbers: std::ops::Range<usize>,
    ) -> io::Result<Vec<Arc<Partition>>> {
        let mut opened = Vec::with_capacity(numbers.len());
        for number in numbers {
            let folder = self.partition_folder(name, number);
            // Left over from an interrupted creation.
            if folder.exists() {
                fs::remove_dir_all(&folder)?;
            }
            fs::create_dir_all(&folder)?;
            opened.push(self.build_partition(folder, RecoveredPartition::default()));
        }
        files::sync_folder(&self.folder.join("topics").join(name))?;
        files::sync_folder(&self.folder.join("topics"))?;
        files::sync_folder(&self.folder)?;
        Ok(opened)
    }

    fn save_topic(&self, catalogue: &mut Catalogue, topic: Topic) -> io::Result<Arc<Topic>> {
        let (id, partitions) = (topic.id, topic.partitions.len());
        let entry = CatalogueEntry { id, partitions, configs: topic.configs.clone() };
        let mut changed = catalogue.clone();
        changed.topics.insert(topic.name.clone(), entry);
        changed.save(&self.folder)?;
        *catalogue = changed;
        Ok(self.register(topic))
    }
}
