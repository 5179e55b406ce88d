//! All topics: names, ids, settings and partitions.

mod catalogue;
mod change;

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::Arc,
};

use parking_lot::{Mutex, RwLock};
use stand_in::StartError;
use uuid::Uuid;

use self::catalogue::Catalogue;
use crate::{
    config::Config,
    settings::Policy,
    storage::{
        flusher::Flusher,
        open_files::OpenFiles,
        partition::Partition,
        recovery::{self, RecoveredPartition},
    },
};

/// A topic. Immutable: a change replaces it.
pub(crate) struct Topic {
    /// Name.
    pub(crate) name: String,
    /// Id, never reused.
    pub(crate) id: Uuid,
    /// Values set on the topic, by setting.
    pub(crate) configs: BTreeMap<String, String>,
    /// The policy that follows from `configs`.
    pub(crate) policy: Policy,
    /// Partitions, indexed by number.
    pub(crate) partitions: Vec<Arc<Partition>>,
}

impl Topic {
    /// The partition with this number, if it exists.
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
    /// Reads the catalogue and recovers every partition.
    pub(crate) fn open(config: &Config, flusher: &Arc<Flusher>) -> Result<Self, StartError> {
        let folder = config.data.clone();
        let mut catalogue = Catalogue::open(&folder)?;
        catalogue.finish_deletions(&folder)?;
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
                .map(|number| topics.recover_partition(&name, number))
                .collect::<Result<_, _>>()?;
            topics.register(topics.build_topic(name, entry.id, entry.configs, partitions));
        }
        Ok(topics)
    }

    fn build_topic(
        &self,
        name: String,
        id: Uuid,
        configs: BTreeMap<String, String>,
        partitions: Vec<Arc<Partition>>,
    ) -> Topic {
        let policy = Policy::from_configs(&configs, &self.config);
        Topic { name, id, configs, policy, partitions }
    }

    fn recover_partition(&self, name: &str, number: usize) -> Result<Arc<Partition>, StartError> {
        let folder = self.partition_folder(name, number);
        let recovered = recovery::recover(&folder)?;
        Ok(self.build_partition(folder, recovered))
    }

    fn build_partition(&self, folder: PathBuf, recovered: RecoveredPartition) -> Arc<Partition> {
        let (flusher, files) = (Arc::clone(&self.flusher), Arc::clone(&self.files));
        Arc::new(Partition::new(folder, self.config.fsync, flusher, files, recovered))
    }

    fn partition_folder(&self, name: &str, number: usize) -> PathBuf {
        self.folder.join("topics").join(name).join(number.to_string())
    }

    fn register(&self, topic: Topic) -> Arc<Topic> {
        let topic = Arc::new(topic);
        self.by_id.write().insert(topic.id, Arc::clone(&topic));
        self.by_name.write().insert(topic.name.clone(), Arc::clone(&topic));
        topic
    }

    fn unregister(&self, topic: &Topic) {
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

    /// All topics, ordered by name.
    pub(crate) fn all(&self) -> Vec<Arc<Topic>> {
        self.by_name.read().values().cloned().collect()
    }

    /// Number of partitions over all topics.
    pub(crate) fn partition_count(&self) -> usize {
        self.all().iter().map(|topic| topic.partitions.len()).sum()
    }

    /// Cluster id; constant across restarts.
    pub(crate) fn cluster_id(&self) -> String {
        self.catalogue.lock().cluster_id.clone()
    }
}
