//! The topics there are: names, ids, settings, and their partitions.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::config::Config;
use crate::error::StartError;
use crate::storage::files;
use crate::storage::flusher::Flusher;
use crate::storage::partition::Partition;
use crate::storage::recovery::{self, Recovered};
use crate::storage::segment::lock;

/// A topic.
pub(crate) struct Topic {
    /// Its name.
    pub(crate) name: String,
    /// An id that no other topic ever has.
    pub(crate) id: Uuid,
    /// Settings given when it was created.
    pub(crate) configs: BTreeMap<String, String>,
    /// By number.
    pub(crate) partitions: Vec<Arc<Partition>>,
}

impl Topic {
    /// The partition with a number from a request.
    pub(crate) fn partition(&self, number: i32) -> Option<&Arc<Partition>> {
        self.partitions.get(usize::try_from(number).ok()?)
    }

    /// A numeric setting, if it was given.
    pub(crate) fn setting<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.configs.get(name)?.parse().ok()
    }
}

/// The file that says which topics there are.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Catalogue {
    format: u32,
    cluster_id: String,
    topics: BTreeMap<String, Entry>,
}

/// One topic in the catalogue.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    id: Uuid,
    partitions: usize,
    configs: BTreeMap<String, String>,
}

/// All topics.
pub(crate) struct Topics {
    folder: PathBuf,
    fsync: bool,
    flusher: Arc<Flusher>,
    catalogue: Mutex<Catalogue>,
    by_name: RwLock<BTreeMap<String, Arc<Topic>>>,
    by_id: RwLock<HashMap<Uuid, Arc<Topic>>>,
}

impl Topics {
    /// Reads what is stored, and recovers every partition.
    pub(crate) fn open(config: &Config, flusher: &Arc<Flusher>) -> Result<Self, StartError> {
        let folder = config.data.clone();
        let path = folder.join("topics.json");
        let catalogue = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| StartError::corrupt(&path, 0, error.to_string()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let cluster_id = Uuid::new_v4().simple().to_string();
                let fresh = Catalogue { format: 1, cluster_id, topics: BTreeMap::new() };
                save(&path, &fresh).map_err(StartError::storage(&path))?;
                fresh
            }
            Err(error) => return Err(StartError::storage(&path)(error)),
        };
        let topics = Self {
            folder,
            fsync: config.fsync,
            flusher: Arc::clone(flusher),
            catalogue: Mutex::new(catalogue.clone()),
            by_name: RwLock::default(),
            by_id: RwLock::default(),
        };
        for (name, entry) in catalogue.topics {
            let partitions = (0..entry.partitions)
                .map(|number| topics.recover(&name, number))
                .collect::<Result<_, _>>()?;
            topics.insert(Topic { name, id: entry.id, configs: entry.configs, partitions });
        }
        Ok(topics)
    }

    fn recover(&self, name: &str, number: usize) -> Result<Arc<Partition>, StartError> {
        let folder = self.partition_folder(name, number);
        let found = recovery::recover(&folder)?;
        self.partition(folder.clone(), found).map_err(StartError::storage(&folder))
    }

    fn partition(&self, folder: PathBuf, found: Recovered) -> io::Result<Arc<Partition>> {
        let flusher = Arc::clone(&self.flusher);
        Partition::new(folder, self.fsync, flusher, found).map(Arc::new)
    }

    fn partition_folder(&self, name: &str, number: usize) -> PathBuf {
        self.folder.join("topics").join(name).join(number.to_string())
    }

    fn insert(&self, topic: Topic) -> Arc<Topic> {
        let topic = Arc::new(topic);
        let write = |error| PoisonError::into_inner(error);
        self.by_id.write().unwrap_or_else(PoisonError::into_inner).insert(topic.id, topic.clone());
        let mut by_name = self.by_name.write().unwrap_or_else(write);
        by_name.insert(topic.name.clone(), Arc::clone(&topic));
        topic
    }

    /// Creates a topic, durably; `None` if there is one of that name. Blocks.
    pub(crate) fn create(
        &self,
        name: &str,
        partitions: usize,
        configs: BTreeMap<String, String>,
    ) -> io::Result<Option<Arc<Topic>>> {
        let mut catalogue = lock(&self.catalogue);
        if catalogue.topics.contains_key(name) {
            return Ok(None);
        }
        let folder = self.folder.join("topics").join(name);
        let mut opened = Vec::with_capacity(partitions);
        for number in 0..partitions {
            let folder = self.partition_folder(name, number);
            fs::create_dir_all(&folder)?;
            opened.push(self.partition(folder, Recovered::default())?);
        }
        files::sync_folder(&folder)?;
        files::sync_folder(&self.folder.join("topics"))?;
        files::sync_folder(&self.folder)?;
        let id = Uuid::new_v4();
        let mut changed = catalogue.clone();
        changed.topics.insert(name.into(), Entry { id, partitions, configs: configs.clone() });
        save(&self.folder.join("topics.json"), &changed)?;
        *catalogue = changed;
        Ok(Some(self.insert(Topic { name: name.into(), id, configs, partitions: opened })))
    }

    /// A topic by name.
    pub(crate) fn get(&self, name: &str) -> Option<Arc<Topic>> {
        self.by_name.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// A topic by id.
    pub(crate) fn get_by_id(&self, id: Uuid) -> Option<Arc<Topic>> {
        self.by_id.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    /// All topics, by name.
    pub(crate) fn all(&self) -> Vec<Arc<Topic>> {
        self.by_name.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Number of partitions over all topics.
    pub(crate) fn partition_count(&self) -> usize {
        self.all().iter().map(|topic| topic.partitions.len()).sum()
    }

    /// An id for this log that stays the same over restarts.
    pub(crate) fn cluster_id(&self) -> String {
        lock(&self.catalogue).cluster_id.clone()
    }
}

fn save(path: &Path, catalogue: &Catalogue) -> io::Result<()> {
    files::replace(path, &serde_json::to_vec_pretty(catalogue)?)
}
