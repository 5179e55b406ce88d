//! The topics there are: names, ids, settings, and their partitions.

mod catalogue;
mod change;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};

use uuid::Uuid;

use self::catalogue::Catalogue;
use crate::config::Config;
use crate::error::StartError;
use crate::settings::Policy;
use crate::storage::flusher::Flusher;
use crate::storage::open_files::OpenFiles;
use crate::storage::partition::Partition;
use crate::storage::recovery::{self, Recovered};

/// A topic as it is now; a changed one takes its place.
pub(crate) struct Topic {
    /// Its name.
    pub(crate) name: String,
    /// An id that no other topic ever has.
    pub(crate) id: Uuid,
    /// Settings that were given to it.
    pub(crate) configs: BTreeMap<String, String>,
    /// What they come to.
    pub(crate) policy: Policy,
    /// By number.
    pub(crate) partitions: Vec<Arc<Partition>>,
}

impl Topic {
    /// The partition with a number from a request.
    pub(crate) fn partition(&self, number: i32) -> Option<&Arc<Partition>> {
        self.partitions.get(usize::try_from(number).ok()?)
    }
}

/// All topics.
pub(crate) struct Topics {
    config: Config,
    folder: PathBuf,
    flusher: Arc<Flusher>,
    files: Arc<OpenFiles>,
    /// Held while topics change.
    catalogue: Mutex<Catalogue>,
    by_name: RwLock<BTreeMap<String, Arc<Topic>>>,
    by_id: RwLock<HashMap<Uuid, Arc<Topic>>>,
}

impl Topics {
    /// Reads what is stored, and recovers every partition.
    pub(crate) fn open(config: &Config, flusher: &Arc<Flusher>) -> Result<Self, StartError> {
        let folder = config.data.clone();
        let mut catalogue = Catalogue::open(&folder)?;
        catalogue.tidy(&folder)?;
        let topics = Self {
            config: config.clone(),
            folder,
            flusher: Arc::clone(flusher),
            files: OpenFiles::new(config.max_open_files),
            catalogue: Mutex::new(catalogue.clone()),
            by_name: RwLock::default(),
            by_id: RwLock::default(),
        };
        for (name, entry) in catalogue.topics {
            let partitions = (0..entry.partitions)
                .map(|number| topics.recover(&name, number))
                .collect::<Result<_, _>>()?;
            topics.insert(topics.topic(name, entry.id, entry.configs, partitions));
        }
        Ok(topics)
    }

    fn topic(
        &self,
        name: String,
        id: Uuid,
        configs: BTreeMap<String, String>,
        partitions: Vec<Arc<Partition>>,
    ) -> Topic {
        let policy = Policy::of(&configs, &self.config);
        Topic { name, id, configs, policy, partitions }
    }

    fn recover(&self, name: &str, number: usize) -> Result<Arc<Partition>, StartError> {
        let folder = self.partition_folder(name, number);
        let found = recovery::recover(&folder)?;
        Ok(self.partition(folder, found))
    }

    fn partition(&self, folder: PathBuf, found: Recovered) -> Arc<Partition> {
        let (flusher, files) = (Arc::clone(&self.flusher), Arc::clone(&self.files));
        Arc::new(Partition::new(folder, self.config.fsync, flusher, files, found))
    }

    fn partition_folder(&self, name: &str, number: usize) -> PathBuf {
        self.folder.join("topics").join(name).join(number.to_string())
    }

    fn insert(&self, topic: Topic) -> Arc<Topic> {
        let topic = Arc::new(topic);
        self.by_id.write().insert(topic.id, Arc::clone(&topic));
        self.by_name.write().insert(topic.name.clone(), Arc::clone(&topic));
        topic
    }

    fn forget(&self, topic: &Topic) {
        self.by_id.write().remove(&topic.id);
        self.by_name.write().remove(&topic.name);
    }

    /// A topic by name.
    pub(crate) fn get(&self, name: &str) -> Option<Arc<Topic>> {
        self.by_name.read().get(name).cloned()
    }

    /// A topic by id.
    pub(crate) fn get_by_id(&self, id: Uuid) -> Option<Arc<Topic>> {
        self.by_id.read().get(&id).cloned()
    }

    /// All topics, by name.
    pub(crate) fn all(&self) -> Vec<Arc<Topic>> {
        self.by_name.read().values().cloned().collect()
    }

    /// Number of partitions over all topics.
    pub(crate) fn partition_count(&self) -> usize {
        self.all().iter().map(|topic| topic.partitions.len()).sum()
    }

    /// An id for this log that stays the same over restarts.
    pub(crate) fn cluster_id(&self) -> String {
        self.catalogue.lock().cluster_id.clone()
    }
}
