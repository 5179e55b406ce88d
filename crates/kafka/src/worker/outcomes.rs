//! The outcomes of a call: events, records set aside, and records too large to be published whole.

use std::{borrow::Cow, collections::BTreeMap};

use domain::ports::Clock;
use events::{
    Delay, Handler, Outcome, OutgoingRecord, Record, TooLarge, dead_letter, retry::encode_retry,
};

use super::{counters::Counters, disposition::Disposition};
use clock::SystemClock;

/// The unfinished records of a call.
pub(super) struct OpenRecords<'r> {
    records: Cow<'r, [Record]>,
    /// What is too large, by index of the record.
    oversized: BTreeMap<usize, Oversized>,
    /// Number of times that something was too large.
    rounds: u32,
}

/// What is too large to be published; retrying does not help.
#[derive(Clone)]
enum Oversized {
    /// An event of the record, with the reason: the record becomes a dead letter.
    Event(String),
    /// The record itself when set aside: its dead letter is a pointer to it.
    Record(String),
}

/// The result of a call.
pub(super) struct CallResult {
    /// For each event, the index of its record.
    of: Vec<usize>,
    dispositions: Vec<Disposition>,
}

impl CallResult {
    /// For each event, the index of the record that it was made of.
    pub(super) fn sources(&self) -> &[usize] {
        &self.of
    }
}

impl<'r> OpenRecords<'r> {
    pub(super) fn new(records: &'r [Record]) -> Self {
        Self { records: Cow::Borrowed(records), oversized: BTreeMap::new(), rounds: 0 }
    }

    pub(super) fn records(&self) -> &[Record] {
        &self.records
    }

    /// True if an event, the dead letter and the pointer were all too large: the limit of the topic
    /// must be raised.
    pub(super) const fn is_stuck(&self) -> bool {
        self.rounds > 2
    }

    /// The events of all records. `waited` is the number of repetitions of this call.
    pub(super) fn collect_events<H: Handler>(
        &self,
        outcomes: Vec<Outcome>,
        waited: u32,
    ) -> (Vec<OutgoingRecord>, CallResult) {
        let mut events = Vec::new();
        let mut ended =
            CallResult { of: Vec::new(), dispositions: Vec::with_capacity(outcomes.len()) };
        for (n, (record, outcome)) in self.records.iter().zip(outcomes).enumerate() {
            let attempts = record.attempts().saturating_add(waited).saturating_add(1);
            let delay = Delay::after(H::RETRY, attempts);
            let (outcome, set_aside) = final_outcome(outcome, self.oversized.get(&n));
            let disposition = match (outcome, delay) {
                (Outcome::Done(more), _) => {
                    events.extend(more);
                    Disposition::Done
                }
                (Outcome::Skipped, _) => Disposition::Skipped,
                (Outcome::Retry(reason), Some(delay)) => {
                    let now = SystemClock.now();
                    events.push(encode_retry(H::GROUP, delay, record, &reason, attempts, now));
                    Disposition::Aside { attempts, reason, delay: Some(delay) }
                }
                // A handler without a retry plan cannot retry.
                (Outcome::Retry(reason) | Outcome::Dead(reason), _) => {
                    events.push(set_aside(H::GROUP, record, &reason, attempts));
                    Disposition::Aside { attempts, reason, delay: None }
                }
            };
            ended.dispositions.push(disposition);
            ended.of.resize(events.len(), n);
        }
        (events, ended)
    }

    /// Counts the records whose events are published, and logs those set aside. Returns the others:
    /// those with an event among `too_large`.
    pub(super) fn close<H: Handler>(
        self,
        ended: CallResult,
        too_large: &[TooLarge],
        counters: &Counters,
    ) -> Self {
        let mut reasons = BTreeMap::new();
        for event in too_large {
            if let Some(record) = ended.of.get(event.event) {
                reasons.entry(*record).or_insert_with(|| event.to_string());
            }
        }
        let (mut records, mut oversized) = (Vec::new(), BTreeMap::new());
        for (n, (record, disposition)) in self.records.iter().zip(ended.dispositions).enumerate() {
            let Some(reason) = reasons.remove(&n) else {
                disposition.count::<H>(record, counters);
                continue;
            };
            let worse = match self.oversized.get(&n) {
                None => Oversized::Event(reason),
                // The set-aside record is too large as well, so it is the record itself.
                Some(Oversized::Event(first) | Oversized::Record(first)) => {
                    Oversized::Record(first.clone())
                }
            };
            oversized.insert(records.len(), worse);
            records.push(record.clone());
        }
        Self { records: Cow::Owned(records), oversized, rounds: self.rounds + 1 }
    }
}

/// Encodes a dead letter from group, record, reason and number of attempts.
type SetAside = fn(&str, &Record, &str, u32) -> OutgoingRecord;

/// The outcome of a record, given what of it is too large.
fn final_outcome(outcome: Outcome, oversized: Option<&Oversized>) -> (Outcome, SetAside) {
    match (outcome, oversized) {
        (outcome, None) | (outcome @ Outcome::Skipped, _) => {
            (outcome, dead_letter::encode_dead_letter)
        }
        (Outcome::Done(_), Some(Oversized::Event(reason))) => {
            (Outcome::Dead(reason.clone()), dead_letter::encode_dead_letter)
        }
        (Outcome::Done(_), Some(Oversized::Record(reason))) => {
            (Outcome::Dead(reason.clone()), dead_letter::encode_pointer)
        }
        (Outcome::Retry(reason), Some(_)) => {
            (Outcome::Dead(format!("{reason}; too large to wait")), dead_letter::encode_pointer)
        }
        (Outcome::Dead(reason), Some(_)) => (Outcome::Dead(reason), dead_letter::encode_pointer),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, Mutex},
        time::Duration,
    };

    use bytes::Bytes;
    use domain::ports::Unavailable;
    use events::{Pace, PublishError, Publisher, RecordPosition, Topic};

    use super::{super::call::run_call, *};

    /// Makes an event of every record, as large as the record says.
    struct GrowingHandler;

    impl Handler for GrowingHandler {
        const GROUP: &'static str = "grower";
        const TOPICS: &'static [Topic] = &[Topic::OrderDetails];
        const PRODUCES: &'static [Topic] = &[];
        const PACE: Pace = Pace::batches(Duration::ZERO);
        const RETRY: &'static [Delay] = &[Delay::Seconds5];

        async fn handle(&self, records: &[Record]) -> Result<Vec<Outcome>, Unavailable> {
            let outcome = |record: &Record| match &*record.key {
                b"dead" => Outcome::Dead("cannot be read".into()),
                b"wait" => Outcome::Retry("not yet".into()),
                times => {
                    let times: usize = std::str::from_utf8(times).unwrap().parse().unwrap();
                    let payload = record.payload.clone().unwrap_or_default().repeat(times);
                    Outcome::Done(vec![OutgoingRecord {
                        topic: "grown".into(),
                        key: record.key.clone(),
                        headers: Vec::new(),
                        payload: Some(payload.into()),
                    }])
                }
            };
            Ok(records.iter().map(outcome).collect())
        }
    }

    /// A log with a limit of 1,000 bytes per event.
    #[derive(Clone, Default)]
    struct SmallLog(Arc<Mutex<Vec<OutgoingRecord>>>);

    impl Publisher for SmallLog {
        async fn publish(
            &self,
            events: Vec<OutgoingRecord>,
        ) -> Result<Vec<RecordPosition>, PublishError> {
            let is_large = |event: &OutgoingRecord| event.bytes() > 1_000;
            let (large, small): (Vec<_>, Vec<_>) =
                events.into_iter().enumerate().partition(|(_, event)| is_large(event));
            self.0.lock().unwrap().extend(small.into_iter().map(|(_, event)| event));
            let too_large = |(event, it): (usize, OutgoingRecord)| {
                let bytes = it.bytes();
                TooLarge { event, topic: it.topic, bytes }
            };
            if !large.is_empty() {
                return Err(PublishError::TooLarge(large.into_iter().map(too_large).collect()));
            }
            Ok(Vec::new())
        }
    }

    #[tokio::test]
    async fn a_record_too_large_is_a_dead_letter_and_its_neighbours_are_done() {
        let record = |offset, key: &'static str, bytes| Record {
            topic: Topic::OrderDetails,
            partition: 0,
            offset,
            key: Bytes::from_static(key.as_bytes()),
            headers: Vec::new(),
            payload: Some(vec![b'x'; bytes].into()),
        };
        let records = [
            record(0, "1", 500),
            record(1, "3", 500),
            record(2, "1", 2_000),
            record(3, "dead", 2_000),
            record(4, "wait", 2_000),
            record(5, "wait", 10),
        ];
        let (log, counters) = (SmallLog::default(), Counters::detached::<GrowingHandler>());
        run_call(&GrowingHandler, &log, &records, &counters).await;
        let events = log.0.lock().unwrap().clone();
        let seen: Vec<_> = events
            .iter()
            .map(|event| {
                let read = Record::delivered(event, Topic::OrderDetails, 0, 0);
                let reason = read.header(dead_letter::REASON).unwrap_or_default().to_owned();
                (event.topic.clone(), event.payload.as_ref().map_or(0, Bytes::len), reason)
            })
            .collect();
        let dead =
            |bytes, reason: &str| ("grower.dead_letters".to_owned(), bytes, reason.to_owned());
        let expected = [
            ("grown".to_owned(), 500, String::new()),
            ("grower.retry.5s".to_owned(), 10, "not yet".to_owned()),
            dead(500, "an event of 1501 bytes is more than grown takes"),
            dead(0, "cannot be read"),
            dead(0, "not yet; too large to wait"),
            dead(0, "an event of 2001 bytes is more than grown takes"),
        ];
        assert_eq!(seen, expected);
        assert_eq!(counters.totals()[1..], [1, 1, 4], "done, retried, dead");
    }
}
