//! The broker: state shared by all requests.

use std::{
    fs::{self, File},
    io,
    sync::Arc,
};

use stand_in::StartError;
use tokio_util::sync::CancellationToken;

use crate::{
    config::Config,
    groups::Groups,
    producer_ids::ProducerIds,
    storage::{
        files::SyncFn,
        flusher::{FlushTarget, Flusher},
    },
    throttled_log::ThrottledLog,
    topics::Topics,
};

/// The id of the only node.
pub(crate) const NODE_ID: i32 = 1;

/// State shared by all requests.
pub(crate) struct Broker {
    /// The configuration it was started with.
    pub(crate) config: Config,
    /// The topics.
    pub(crate) topics: Arc<Topics>,
    /// The consumer groups.
    pub(crate) groups: Arc<Groups>,
    /// Allocates ids for idempotent producers.
    pub(crate) producer_ids: Arc<ProducerIds>,
    /// Group commit.
    pub(crate) flusher: Arc<Flusher>,
    /// Limits how often failed writes are logged.
    pub(crate) write_failures: ThrottledLog,
    /// Cancelled at shutdown: waiting requests are answered at once.
    pub(crate) stopping: CancellationToken,
    /// Lock on the data folder, held while the log runs.
    _lock: File,
}

impl Broker {
    /// Locks the data folder and recovers its content. Blocks.
    pub(crate) fn open(config: Config, sync: SyncFn) -> Result<Self, StartError> {
        let folder = config.data.clone();
        fs::create_dir_all(&folder).map_err(StartError::not_writable(&folder))?;
        let lock = File::create(folder.join("lock")).map_err(StartError::not_writable(&folder))?;
        stand_in::lock(&lock, &folder)?;
        let flusher = Flusher::new(sync);
        let topics = Arc::new(Topics::open(&config, &flusher)?);
        let groups = Groups::open(&config, &flusher)?;
        // A topic may have been deleted just before a crash.
        let exists = |topic: &str| topics.get(topic).is_some();
        groups.retain_topics(exists).map_err(StartError::storage(&folder))?;
        Ok(Self {
            topics,
            groups,
            producer_ids: Arc::new(ProducerIds::open(&config.data)?),
            flusher,
            write_failures: ThrottledLog::default(),
            stopping: CancellationToken::new(),
            config,
            _lock: lock,
        })
    }

    /// Syncs everything and writes checkpoints for the next start. Blocks.
    pub(crate) fn close(&self) -> io::Result<()> {
        if self.flusher.has_failed() {
            return Ok(());
        }
        let sync = self.flusher.sync();
        self.groups.journal().sync(sync)?;
        self.groups.journal().publish();
        for topic in self.topics.all() {
            for partition in &topic.partitions {
                partition.sync(sync)?;
                partition.publish();
                partition.write_checkpoint()?;
            }
        }
        Ok(())
    }
}
