//! Validates produced batches by the same rules as Apache Kafka.
//!
//! A stored batch that cannot be read would block every reader of its partition.

use bytes::Bytes;
use kafka_protocol::ResponseError;

use crate::{
    storage::{
        batch::{BatchError, BatchHeader},
        records::{self, Record},
    },
    topics::Topic,
};

/// Codec number of zstd, allowed from version 7 on.
const ZSTD: i16 = 4;
/// Maximum number of record errors per batch; the message counts them all.
const MAX_RECORD_ERRORS: usize = 100;

/// Why a batch is refused.
#[derive(Debug)]
pub(super) struct BatchRefusal {
    /// Error code.
    pub(super) error: ResponseError,
    /// Message for people.
    pub(super) reason: String,
    /// Invalid records, each with its index in the batch and a message for people.
    pub(super) record_errors: Vec<(i32, String)>,
}

impl BatchRefusal {
    /// A refusal of the batch as a whole.
    pub(super) fn new(error: ResponseError, reason: impl Into<String>) -> Self {
        Self { error, reason: reason.into(), record_errors: Vec::new() }
    }
}

/// A valid batch.
pub(super) struct ValidBatch {
    /// Header.
    pub(super) header: BatchHeader,
    /// The batch, with timestamps as required by the topic.
    pub(super) batch: Bytes,
    /// Timestamp of all records, if the topic uses `LogAppendTime`.
    pub(super) append_time_ms: Option<i64>,
}

/// Whether validation has to decompress the records.
pub(super) fn is_compressed(batch: &[u8]) -> bool {
    BatchHeader::parse(batch).is_ok_and(|header| header.compression() != 0)
}

/// Validates that the bytes are exactly one batch that may be stored in this topic.
pub(super) fn validate(
    version: i16,
    topic: &Topic,
    partition: i32,
    batch: &Bytes,
    now_ms: i64,
) -> Result<ValidBatch, BatchRefusal> {
    let header = validate_header(version, topic, batch)?;
    let policy = &topic.policy;
    let mut validator = RecordValidator {
        keyed_partition: policy.may_compact.then(|| format!("{}-{partition}", topic.name)),
        has_append_time: policy.has_append_time,
        oldest_ms: now_ms.saturating_sub(policy.max_past_ms),
        newest_ms: now_ms.saturating_add(policy.max_future_ms),
        max_timestamp_ms: -1,
        count: 0,
        is_dense: true,
        refused: 0,
        has_invalid_timestamp: false,
        record_errors: Vec::new(),
    };
    records::read_batch(&header, batch, |record| validator.check(&header, record)).map_err(
        |error| {
            let reason = describe_unreadable(&header, &error);
            BatchRefusal::new(ResponseError::InvalidRecord, reason)
        },
    )?;
    validator.to_result()?;
    let append_time_ms = policy.has_append_time.then_some(now_ms);
    let max_timestamp_ms = append_time_ms.unwrap_or(validator.max_timestamp_ms);
    let restamped = header.restamp(batch, max_timestamp_ms, policy.has_append_time);
    let (header, batch) = restamped
        .map_or_else(|| (header, batch.clone()), |(header, batch)| (header, Bytes::from(batch)));
    Ok(ValidBatch { header, batch, append_time_ms })
}

/// Validates the header alone.
fn validate_header(version: i16, topic: &Topic, batch: &[u8]) -> Result<BatchHeader, BatchRefusal> {
    let invalid = |reason: &str| Err(BatchRefusal::new(ResponseError::InvalidRecord, reason));
    let header = BatchHeader::verify(batch).map_err(|error| {
        let kind = match error {
            BatchError::Short | BatchError::Count | BatchError::Magic(0 | 1) => {
                ResponseError::InvalidRecord
            }
            _ => ResponseError::CorruptMessage,
        };
        BatchRefusal::new(kind, error.to_string())
    })?;
    let largest = topic.policy.max_message_bytes;
    if header.size_bytes != batch.len() {
        return invalid("a request must contain exactly one batch per partition");
    }
    if header.size_bytes > largest {
        let reason = format!("the batch has {} bytes, {largest} are allowed", header.size_bytes);
        return Err(BatchRefusal::new(ResponseError::MessageTooLarge, reason));
    }
    if header.base_offset != 0 {
        return invalid("the base offset of a produced batch must be 0");
    }
    if !header.is_dense() || header.is_control() {
        return invalid("the batch is empty, has gaps or is a control batch");
    }
    if header.producer_id >= 0 && (header.base_sequence < 0 || header.producer_epoch < 0) {
        return invalid("an idempotent batch needs a sequence number and an epoch");
    }
    if header.is_transactional() {
        return Err(transactions_unsupported());
    }
    if header.compression() > ZSTD || (header.compression() == ZSTD && version < 7) {
        let reason = "this compression is not supported in this version";
        return Err(BatchRefusal::new(ResponseError::UnsupportedCompressionType, reason));
    }
    Ok(header)
}

/// Validates the records of one batch, one after the other.
struct RecordValidator {
    /// Topic and partition, if the topic is compacted: every record needs a key.
    keyed_partition: Option<String>,
    /// Whether the topic uses `LogAppendTime`.
    has_append_time: bool,
    oldest_ms: i64,
    newest_ms: i64,
    max_timestamp_ms: i64,
    count: i64,
    is_dense: bool,
    refused: usize,
    has_invalid_timestamp: bool,
    record_errors: Vec<(i32, String)>,
}

impl RecordValidator {
    fn check(&mut self, header: &BatchHeader, record: &Record<'_>) {
        self.is_dense &= record.offset_delta == self.count;
        let time_ms = header.record_time_ms(record.timestamp_delta_ms);
        self.max_timestamp_ms = self.max_timestamp_ms.max(time_ms);
        if let (None, Some(partition)) = (record.key, &self.keyed_partition) {
            let reason = format!("the compacted partition {partition} requires records with a key");
            self.refuse(reason);
        } else if !self.has_append_time && time_ms != -1 {
            // Records too far in the past would be deleted at once, in the future never.
            if !(self.oldest_ms..=self.newest_ms).contains(&time_ms) {
                let (oldest_ms, newest_ms) = (self.oldest_ms, self.newest_ms);
                self.has_invalid_timestamp = true;
                self.refuse(format!(
                    "the timestamp {time_ms} is not between {oldest_ms} and {newest_ms}"
                ));
            }
        } else if header.append_time_ms().is_some() {
            self.has_invalid_timestamp = true;
            self.refuse("a producer cannot set the log append time".into());
        }
        self.count += 1;
    }

    fn refuse(&mut self, reason: String) {
        self.refused += 1;
        if self.record_errors.len() < MAX_RECORD_ERRORS {
            self.record_errors.push((i32::try_from(self.count).unwrap_or(i32::MAX), reason));
        }
    }

    fn to_result(&self) -> Result<(), BatchRefusal> {
        if !self.is_dense {
            let reason = "the offsets of the records in a batch must be 0, 1, 2 and so on";
            return Err(BatchRefusal::new(ResponseError::InvalidRecord, reason));
        }
        let Some((index, first)) = self.record_errors.first() else { return Ok(()) };
        let reason = format!("{} records are refused, first record {index}: {first}", self.refused);
        let error = if self.has_invalid_timestamp {
            ResponseError::InvalidTimestamp
        } else {
            ResponseError::InvalidRecord
        };
        Err(BatchRefusal { error, reason, record_errors: self.record_errors.clone() })
    }
}

fn describe_unreadable(header: &BatchHeader, error: &std::io::Error) -> String {
    let codec = match header.compression() {
        0 => "not compressed",
        1 => "gzip",
        2 => "snappy",
        3 => "lz4",
        _ => "zstd",
    };
    let count = header.count;
    format!("the batch does not hold {count} records, as its header says ({codec}): {error}")
}

/// The refusal of a transactional batch.
pub(super) fn transactions_unsupported() -> BatchRefusal {
    let reason = "this log has no transactions; use Apache Kafka for them";
    BatchRefusal::new(ResponseError::TransactionalIdAuthorizationFailed, reason)
}
