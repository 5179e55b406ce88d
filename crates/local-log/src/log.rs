//! The running log: start, address, shutdown.

use std::{fs::File, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use stand_in::{StartError, listen};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    broker::Broker,
    cleaner,
    config::Config,
    server,
    storage::{damage::Damage, files::SyncFn},
};

/// How long a shutdown waits for connections to receive their last responses.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(3);

/// A range of offsets whose records are damaged on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedRange {
    /// Name of the topic.
    pub topic: String,
    /// Number of the partition.
    pub partition: i32,
    /// First offset of the range.
    pub first_offset: i64,
    /// Last offset of the range.
    pub last_offset: i64,
}

/// A running log. Dropping it is like a crash; use [`LocalLog::shutdown`] for a clean stop.
pub struct LocalLog {
    address: SocketAddr,
    broker: Arc<Broker>,
    server: JoinHandle<()>,
    flusher: JoinHandle<()>,
    cleaner: JoinHandle<()>,
    stop_at_drop: DropGuard,
}

impl LocalLog {
    /// Recovers the data folder and starts to serve it.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        Self::start_with(config, Arc::new(File::sync_data)).await
    }

    /// Starts with a custom sync function, for tests of failing disks.
    pub(crate) async fn start_with(config: Config, sync: SyncFn) -> Result<Self, StartError> {
        let (listener, address) = listen(config.listen).await?;
        let data = config.data.clone();
        let opening = tokio::task::spawn_blocking(move || Broker::open(config, sync));
        let aborted = |error| StartError::storage(&data)(std::io::Error::other(error));
        let broker = opening.await.map_err(aborted)??;
        let broker = Arc::new(broker);
        let stop = CancellationToken::new();
        let flusher = tokio::spawn(Arc::clone(&broker.flusher).run(stop.clone()));
        tokio::spawn(Arc::clone(&broker.groups).watch_deadlines(stop.clone()));
        let cleaner = tokio::spawn(cleaner::run(Arc::clone(&broker), stop.clone()));
        let server = tokio::spawn(server::run(listener, Arc::clone(&broker), stop.clone()));
        let stop_at_drop = stop.clone().drop_guard();
        Ok(Self { address, broker, server, flusher, cleaner, stop_at_drop })
    }

    /// The address the log listens on; if port 0 was configured, with the actual port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers waiting requests, syncs everything and writes checkpoints for a fast start.
    pub async fn shutdown(self) {
        self.broker.stopping.cancel();
        if tokio::time::timeout(DRAIN_TIMEOUT, self.server).await.is_err() {
            tracing::info!("connections were still open when the shutdown timed out");
        }
        drop(self.stop_at_drop);
        if let Err(error) = self.flusher.await {
            tracing::error!(%error, "the flusher was aborted");
        }
        if let Err(error) = self.cleaner.await {
            tracing::error!(%error, "the cleaner was aborted");
        }
        let broker = self.broker;
        let closed = tokio::task::spawn_blocking(move || broker.close()).await;
        match closed {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "cannot write to the disk at shutdown"),
            Err(error) => tracing::error!(%error, "the shutdown was aborted"),
        }
    }

    /// Resolves with the reason when the log stops because of an error; otherwise never.
    pub async fn wait_for_failure(&self) -> String {
        self.broker.flusher.wait_for_failure().await
    }

    /// Known damage on disk; clients receive these offsets as corrupt.
    pub fn damaged_ranges(&self) -> Vec<DamagedRange> {
        let mut ranges = Vec::new();
        for topic in self.broker.topics.all() {
            for (partition, segments) in (0..).zip(topic.partitions.iter().map(|p| p.segments())) {
                let damage = segments.iter().flat_map(|s| s.damage().to_vec());
                ranges.extend(damage.filter(Damage::has_offsets).map(|damage| DamagedRange {
                    topic: topic.name.clone(),
                    partition,
                    first_offset: damage.first_offset,
                    last_offset: damage.last_offset,
                }));
            }
        }
        ranges
    }

    /// Every segment file and its number of synced bytes, for tests of power cuts.
    pub fn synced_lengths(&self) -> Vec<(PathBuf, u64)> {
        let topics = self.broker.topics.all();
        let partitions = topics.iter().flat_map(|topic| &topic.partitions);
        let segments = partitions.flat_map(|partition| partition.segments());
        segments.map(|segment| (segment.path.clone(), segment.synced_bytes())).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use rdkafka::{
        ClientConfig,
        admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
        client::DefaultClientContext,
        producer::{FutureProducer, FutureRecord},
    };

    use super::*;

    /// Reached only by a hang.
    const HANG: Duration = Duration::from_mins(1);

    #[tokio::test(flavor = "multi_thread")]
    async fn a_failed_sync_stops_the_log_without_a_retry() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::new("127.0.0.1:0".parse().unwrap(), folder.path());
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let failing = move |_: &File| {
            counted.fetch_add(1, Ordering::SeqCst);
            Err(io::Error::other("the disk is gone"))
        };
        let log = LocalLog::start_with(config, Arc::new(failing)).await.unwrap();
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", log.address().to_string());
        client.set("message.timeout.ms", "2000");
        let admin: AdminClient<DefaultClientContext> = client.create().unwrap();
        let topic = NewTopic::new("t", 1, TopicReplication::Fixed(1));
        admin.create_topics(&[topic], &AdminOptions::new()).await.unwrap();
        let producer: FutureProducer = client.create().unwrap();
        let sending = producer.send(FutureRecord::to("t").key("k").payload("v"), HANG);
        let reason = tokio::time::timeout(HANG, async {
            let (sent, reason) = tokio::join!(sending, log.wait_for_failure());
            assert!(sent.is_err(), "acknowledged a record that is not on disk");
            reason
        });
        assert!(reason.await.unwrap().contains("the disk is gone"));
        log.shutdown().await;
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }
}
