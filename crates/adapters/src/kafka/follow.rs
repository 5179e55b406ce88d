//! Following topics into memory: all partitions, no group, no commits.

use std::{sync::Arc, time::Duration};

use events::{Follower, Topic};
use jiff::Timestamp;
use rdkafka::{
    Offset, TopicPartitionList,
    consumer::{Consumer, StreamConsumer},
    error::KafkaError as RdError,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{client::KafkaConfig, error::KafkaError, message, names::Names};

const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Where a follower begins.
#[derive(Clone, Copy, Debug)]
pub enum Start {
    /// With the first record there is.
    Beginning,
    /// With the first record written at or after a time.
    At(Timestamp),
}

/// Partition by partition: where to begin, and where the log ended when we asked.
struct Span {
    topic: Topic,
    partition: i32,
    from: i64,
    end: i64,
}

/// Hands every record of `topics` to `follower` until `stop`. `caught_up` turns true once
/// everything that was there at the start has been applied.
pub async fn follow<F: Follower>(
    follower: Arc<F>,
    topics: Vec<(Topic, Start)>,
    config: KafkaConfig,
    caught_up: watch::Sender<bool>,
    stop: CancellationToken,
) -> Result<(), KafkaError> {
    let consumer: StreamConsumer =
        config.consumer("comanda.follower").create().map_err(KafkaError::Settings)?;
    let names = config.names();
    let cluster_names = names.clone();
    let (consumer, spans) = tokio::task::spawn_blocking(move || {
        let spans = assign(&consumer, &topics, &cluster_names);
        (consumer, spans)
    })
    .await
    .map_err(|_| KafkaError::Read(rdkafka::error::KafkaError::Canceled))?;
    let mut behind: Vec<Span> = spans?.into_iter().filter(|span| span.from < span.end).collect();
    caught_up.send_replace(behind.is_empty());
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => break,
            message = consumer.recv() => match message {
                Ok(message) => {
                    let Some(record) = message::record(&names, &message) else { continue };
                    follower.apply(&record);
                    if !behind.is_empty() {
                        behind.retain(|span| (span.topic, span.partition) != (record.topic, record.partition) || record.offset + 1 < span.end);
                        caught_up.send_replace(behind.is_empty());
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, "following waits");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
        }
    }
    let _ = tokio::task::spawn_blocking(move || drop(consumer)).await;
    Ok(())
}

fn assign(
    consumer: &StreamConsumer,
    topics: &[(Topic, Start)],
    names: &Names,
) -> Result<Vec<Span>, KafkaError> {
    let mut spans = Vec::new();
    let mut list = TopicPartitionList::new();
    for (topic, start) in topics {
        for span in topic_spans(consumer, *topic, *start, names).map_err(KafkaError::Read)? {
            let name = names.on_cluster(topic.name());
            list.add_partition_offset(&name, span.partition, Offset::Offset(span.from))
                .map_err(KafkaError::Read)?;
            spans.push(span);
        }
    }
    consumer.assign(&list).map_err(KafkaError::Read)?;
    Ok(spans)
}

fn topic_spans(
    consumer: &StreamConsumer,
    topic: Topic,
    start: Start,
    names: &Names,
) -> Result<Vec<Span>, RdError> {
    let name = names.on_cluster(topic.name());
    let metadata = consumer.fetch_metadata(Some(&name), ANSWER_WITHIN)?;
    let mut spans = Vec::new();
    for found in metadata.topics() {
        // Just created, and not known to every broker yet: to follow nothing would look like
        // having caught up.
        if let Some(error) = found.error() {
            return Err(RdError::MetadataFetch(error.into()));
        }
        for partition in found.partitions() {
            let (low, end) = consumer.fetch_watermarks(&name, partition.id(), ANSWER_WITHIN)?;
            spans.push(Span { topic, partition: partition.id(), from: low, end });
        }
    }
    if let Start::At(time) = start {
        start_at(consumer, &name, time, &mut spans)?;
    }
    Ok(spans)
}

fn start_at(
    consumer: &StreamConsumer,
    topic: &str,
    time: Timestamp,
    spans: &mut [Span],
) -> Result<(), RdError> {
    let mut times = TopicPartitionList::new();
    for span in spans.iter() {
        let at = Offset::Offset(time.as_millisecond().max(0));
        times.add_partition_offset(topic, span.partition, at)?;
    }
    let found = consumer.offsets_for_times(times, ANSWER_WITHIN)?.to_topic_map();
    for span in spans {
        // No record that late: begin where the log ends.
        span.from = match found.get(&(topic.to_owned(), span.partition)) {
            Some(Offset::Offset(offset)) => *offset,
            _ => span.end,
        };
    }
    Ok(())
}
