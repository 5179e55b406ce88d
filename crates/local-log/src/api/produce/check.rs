//! What a batch must be to be stored: everything that Apache Kafka refuses is refused here, too.
//!
//! Once stored, a batch that cannot be read would stop every reader of its partition.

use bytes::Bytes;
use kafka_protocol::ResponseError;

use crate::storage::batch::{BatchError, BatchHeader};
use crate::storage::records::{self, Record};
use crate::topics::Topic;

/// Codec number of zstd, which clients may use from version 7 on.
const ZSTD: i16 = 4;
/// Records of one batch that are named when they are refused; the message counts them all.
const MAX_NAMED: usize = 100;

/// Why a batch is not stored.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The code.
    pub(super) error: ResponseError,
    /// A line for people.
    pub(super) reason: String,
    /// The records that are to blame, by their place in the batch, each with a line for people.
    pub(super) records: Vec<(i32, String)>,
}

impl Refusal {
    /// The batch as a whole is refused.
    pub(super) fn of(error: ResponseError, reason: impl Into<String>) -> Self {
        Self { error, reason: reason.into(), records: Vec::new() }
    }
}

/// A batch that may be stored.
pub(super) struct Accepted {
    /// Its header.
    pub(super) header: BatchHeader,
    /// The batch, with the times that the topic gives it.
    pub(super) batch: Bytes,
    /// The time that its records were given, if the topic does so.
    pub(super) append_time_ms: Option<i64>,
}

/// Whether the records have to be decompressed before they can be checked.
pub(super) fn is_compressed(batch: &[u8]) -> bool {
    BatchHeader::parse(batch).is_ok_and(|header| header.compression() != 0)
}

/// Whether the bytes are exactly one batch that may be stored in this topic.
pub(super) fn check(
    version: i16,
    topic: &Topic,
    partition: i32,
    batch: &Bytes,
    now_ms: i64,
) -> Result<Accepted, Refusal> {
    let header = check_header(version, topic, batch)?;
    let policy = &topic.policy;
    let mut records = Records {
        compact: policy.compact.then(|| format!("{}-{partition}", topic.name)),
        append_time: policy.append_time,
        oldest_ms: now_ms.saturating_sub(policy.max_past_ms),
        newest_ms: now_ms.saturating_add(policy.max_future_ms),
        max_timestamp_ms: -1,
        count: 0,
        is_dense: true,
        refused: 0,
        out_of_time: false,
        named: Vec::new(),
    };
    records::inspect(&header, batch, |record| records.look_at(&header, record))
        .map_err(|error| Refusal::of(ResponseError::InvalidRecord, unreadable(&header, &error)))?;
    records.judge()?;
    let append_time_ms = policy.append_time.then_some(now_ms);
    let max_timestamp_ms = append_time_ms.unwrap_or(records.max_timestamp_ms);
    let restamped = header.restamp(batch, max_timestamp_ms, policy.append_time);
    let (header, batch) = restamped
        .map_or_else(|| (header, batch.clone()), |(header, batch)| (header, Bytes::from(batch)));
    Ok(Accepted { header, batch, append_time_ms })
}

/// What the header alone tells.
fn check_header(version: i16, topic: &Topic, batch: &[u8]) -> Result<BatchHeader, Refusal> {
    let invalid = |reason: &str| Err(Refusal::of(ResponseError::InvalidRecord, reason));
    let header = BatchHeader::verify(batch).map_err(|error| {
        let kind = match error {
            BatchError::Short | BatchError::Count | BatchError::Magic(0 | 1) => {
                ResponseError::InvalidRecord
            }
            _ => ResponseError::CorruptMessage,
        };
        Refusal::of(kind, error.to_string())
    })?;
    let largest = topic.policy.max_message_bytes;
    if header.size_bytes != batch.len() {
        return invalid("a partition takes exactly one batch in a request");
    }
    if header.size_bytes > largest {
        let reason = format!("the batch has {} bytes, {largest} allowed", header.size_bytes);
        return Err(Refusal::of(ResponseError::MessageTooLarge, reason));
    }
    if header.base_offset != 0 {
        return invalid("the base offset of a batch that is sent is 0");
    }
    if !header.is_dense() || header.is_control() {
        return invalid("the batch does not hold what a producer sends");
    }
    if header.producer_id >= 0 && (header.base_sequence < 0 || header.producer_epoch < 0) {
        return invalid("an idempotent batch needs a sequence number and an epoch");
    }
    if header.is_transactional() {
        return Err(no_transactions());
    }
    if header.compression() > ZSTD || (header.compression() == ZSTD && version < 7) {
        let reason = "this compression is not supported in this version";
        return Err(Refusal::of(ResponseError::UnsupportedCompressionType, reason));
    }
    Ok(header)
}

/// What is noticed while the records go by.
struct Records {
    /// Topic and partition, where every record needs a key.
    compact: Option<String>,
    /// Whether the topic gives the records its own time.
    append_time: bool,
    oldest_ms: i64,
    newest_ms: i64,
    max_timestamp_ms: i64,
    count: i64,
    is_dense: bool,
    refused: usize,
    out_of_time: bool,
    named: Vec<(i32, String)>,
}

impl Records {
    fn look_at(&mut self, header: &BatchHeader, record: &Record<'_>) {
        self.is_dense &= record.offset_delta == self.count;
        let time_ms = header.record_time_ms(record.timestamp_delta_ms);
        self.max_timestamp_ms = self.max_timestamp_ms.max(time_ms);
        if let (None, Some(place)) = (record.key, &self.compact) {
            let reason = format!("a record of the compacted topic needs a key in {place}");
            self.refuse(reason);
        } else if !self.append_time && time_ms != -1 {
            // Records from far away in time would never be deleted, or at once.
            if !(self.oldest_ms..=self.newest_ms).contains(&time_ms) {
                let (oldest_ms, newest_ms) = (self.oldest_ms, self.newest_ms);
                self.out_of_time = true;
                self.refuse(format!(
                    "the timestamp {time_ms} does not lie between {oldest_ms} and {newest_ms}"
                ));
            }
        } else if header.append_time_ms().is_some() {
            self.out_of_time = true;
            self.refuse("a producer does not set the time of arrival".into());
        }
        self.count += 1;
    }

    fn refuse(&mut self, reason: String) {
        self.refused += 1;
        if self.named.len() < MAX_NAMED {
            self.named.push((i32::try_from(self.count).unwrap_or(i32::MAX), reason));
        }
    }

    fn judge(&mut self) -> Result<(), Refusal> {
        if !self.is_dense {
            let reason = "the offsets of the records in a batch run from 0 on without gaps";
            return Err(Refusal::of(ResponseError::InvalidRecord, reason));
        }
        let Some((index, first)) = self.named.first() else { return Ok(()) };
        let reason = format!("{} records are refused, first record {index}: {first}", self.refused);
        let error = if self.out_of_time {
            ResponseError::InvalidTimestamp
        } else {
            ResponseError::InvalidRecord
        };
        Err(Refusal { error, reason, records: std::mem::take(&mut self.named) })
    }
}

fn unreadable(header: &BatchHeader, error: &std::io::Error) -> String {
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

/// A refusal of what belongs to a transaction.
pub(super) fn no_transactions() -> Refusal {
    let reason = "this log has no transactions; use Apache Kafka for them";
    Refusal::of(ResponseError::TransactionalIdAuthorizationFailed, reason)
}
