//! The log cleaner: deletes and compacts old segments periodically, as topic settings require.

use std::{
    io,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{broker::Broker, storage::partition::Partition, topics::Topic};

/// Cleans every partition each `cleaner_interval`, until cancelled.
pub(crate) async fn run(broker: Arc<Broker>, stop: CancellationToken) {
    let every = broker.config.cleaner_interval;
    let mut tick = tokio::time::interval_at(Instant::now() + every, every);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = broker.flusher.wait_for_failure() => return,
            _ = tick.tick() => {}
        }
        let (broker, stop) = (Arc::clone(&broker), stop.clone());
        let round = tokio::task::spawn_blocking(move || clean_all(&broker, &stop));
        if let Err(error) = round.await {
            tracing::error!(%error, "a cleaning round was aborted");
        }
    }
}

fn clean_all(broker: &Broker, stop: &CancellationToken) {
    for topic in broker.topics.all() {
        for (number, partition) in topic.partitions.iter().enumerate() {
            if stop.is_cancelled() || broker.flusher.has_failed() {
                return;
            }
            let cleaned = delete_expired(&topic, number, partition)
                .and_then(|()| compact(broker, stop, &topic, number, partition));
            if let Err(error) = cleaned
                && !partition.is_deleted()
            {
                let (topic, folder) = (&topic.name, partition.folder().display());
                tracing::error!(%error, topic, %folder, "cannot delete or compact old records");
            }
        }
    }
}

fn delete_expired(topic: &Topic, number: usize, partition: &Partition) -> io::Result<()> {
    if !topic.policy.may_delete {
        return Ok(());
    }
    let deleted = partition.delete_expired(&topic.policy, now_ms())?;
    if deleted > 0 {
        let (topic, start_offset) = (&topic.name, partition.start_offset());
        tracing::info!(topic, partition = number, deleted, start_offset, "deleted old segments");
    }
    Ok(())
}

fn compact(
    broker: &Broker,
    stop: &CancellationToken,
    topic: &Topic,
    number: usize,
    partition: &Partition,
) -> io::Result<()> {
    if !topic.policy.may_compact {
        return Ok(());
    }
    let max_keys = broker.config.max_compaction_keys;
    if partition.compact(&topic.policy, now_ms(), max_keys, || stop.is_cancelled())? {
        tracing::info!(topic = topic.name, partition = number, "compacted");
    }
    Ok(())
}

/// Milliseconds since the Unix epoch.
#[allow(clippy::disallowed_methods, reason = "records carry the time of day")]
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
