//! One call of a handler, repeated until its effects are done and its events are acknowledged.

use std::{panic::AssertUnwindSafe, sync::Arc};

use domain::ports::Unavailable;
use events::{Handler, Outcome, OutgoingRecord, PublishError, Publisher, Readability, Record};
use futures::FutureExt;
use tokio_util::sync::CancellationToken;

use super::{
    super::stall::{StallMonitor, StallPoint},
    Counters, DRAIN,
    attempts::Attempts,
    outcomes::OpenRecords,
    scopes,
    spans::Spans,
};

/// After the stop, running calls get most of the drain time and are then abandoned.
pub(super) async fn wait_for_abandonment(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(DRAIN.mul_f32(0.8)).await;
}

/// Handles records until their effects are done and their events are acknowledged.
pub(super) async fn run_call<H: Handler, P: Publisher>(
    handler: &H,
    publisher: &P,
    records: &[Record],
    counters: &Counters,
) {
    let mut attempts = Attempts::new(H::GROUP, &counters.stalls);
    let mut open = OpenRecords::new(records);
    let mut spans = Spans::begin::<H>(records);
    loop {
        let records = open.records().len() as u64;
        let work =
            scopes::run_in_scope(open.records(), &spans, handle_readable(handler, open.records()));
        let waited = match attempts.watch(StallPoint::Handler, records, work).await {
            Ok(outcomes) => {
                let (events, ended) = open.collect_events::<H>(outcomes, attempts.failed);
                let events = spans.adopt(events, ended.sources(), open.records());
                let sent = publisher.publish(events);
                match attempts.watch(StallPoint::Publish, records, sent).await {
                    Ok(_) => {
                        open.close::<H>(ended, &[], counters);
                        return;
                    }
                    Err(PublishError::TooLarge(events)) => {
                        open = open.close::<H>(ended, &events, counters);
                        if !open.is_stuck() {
                            continue;
                        }
                        let reason = "dead letters take less than a pointer to the bytes";
                        (StallPoint::Publish, Unavailable::new("kafka", reason))
                    }
                    Err(PublishError::Unavailable(unavailable)) => {
                        (StallPoint::Publish, unavailable)
                    }
                }
            }
            Err(unavailable) => (StallPoint::Handler, unavailable),
        };
        counters.waits.inc();
        attempts.back_off(records, waited).await;
    }
}

/// Publishes small events of a group, retrying until it succeeds.
pub(super) async fn publish_until_done<H: Handler, P: Publisher>(
    publisher: &P,
    events: Vec<OutgoingRecord>,
    stalls: &Arc<StallMonitor>,
) {
    let mut attempts = Attempts::new(H::GROUP, stalls);
    loop {
        let sent = publisher.publish(events.clone());
        match attempts.watch(StallPoint::Publish, 0, sent).await {
            Ok(_) => return,
            Err(PublishError::Unavailable(waited)) => {
                attempts.back_off(0, (StallPoint::Publish, waited)).await;
            }
            Err(error @ PublishError::TooLarge(_)) => {
                let waited = Unavailable::new("kafka", error);
                attempts.back_off(0, (StallPoint::Publish, waited)).await;
            }
        }
    }
}

/// Calls the handler with the records that this release can decode, and decides the others itself.
async fn handle_readable<H: Handler>(
    handler: &H,
    records: &[Record],
) -> Result<Vec<Outcome>, Unavailable> {
    let judged: Vec<_> = records.iter().map(outcome_if_undecodable).collect();
    if judged.iter().all(Option::is_none) {
        return handle(handler, records).await;
    }
    let mine = records.iter().zip(&judged).filter(|(_, other)| other.is_none());
    let mine: Vec<_> = mine.map(|(record, _)| record.clone()).collect();
    let mut outcomes = match mine.is_empty() {
        true => Vec::new(),
        false => handle(handler, &mine).await?,
    }
    .into_iter();
    Ok(judged.into_iter().filter_map(|other| other.or_else(|| outcomes.next())).collect())
}

/// The outcome of a record that this release cannot decode.
fn outcome_if_undecodable(record: &Record) -> Option<Outcome> {
    match record.readability() {
        Readability::Readable => None,
        Readability::UnknownType(_) => Some(Outcome::Skipped),
        Readability::UnknownVersion(reason) => Some(Outcome::Dead(reason)),
    }
}

/// Calls the handler. A panic is our defect, but must not stall the partition: the records are then
/// handled one by one, and the one that panics becomes a dead letter.
async fn handle<H: Handler>(handler: &H, records: &[Record]) -> Result<Vec<Outcome>, Unavailable> {
    if let Ok(outcomes) = AssertUnwindSafe(handler.handle(records)).catch_unwind().await {
        return outcomes;
    }
    let mut outcomes = Vec::with_capacity(records.len());
    for record in records {
        match AssertUnwindSafe(handler.handle(std::slice::from_ref(record))).catch_unwind().await {
            Ok(outcome) => outcomes.extend(outcome?),
            Err(_) => outcomes.push(Outcome::Dead("the handler failed on this record".into())),
        }
    }
    Ok(outcomes)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use events::{Pace, Topic};

    use super::*;

    struct FragileHandler;

    impl Handler for FragileHandler {
        const GROUP: &'static str = "fragile";
        const TOPICS: &'static [Topic] = &[];
        const PRODUCES: &'static [Topic] = &[];
        const PACE: Pace = Pace::batches(Duration::ZERO);

        async fn handle(&self, records: &[Record]) -> Result<Vec<Outcome>, Unavailable> {
            assert!(records.iter().all(|record| record.offset != 1), "offset 1 is poison");
            Ok(vec![Outcome::Done(Vec::new()); records.len()])
        }
    }

    #[tokio::test]
    async fn unknown_types_are_skipped_and_unknown_versions_are_dead_letters() {
        let record = |offset, event_type: &'static str| Record {
            topic: Topic::OrderDetails,
            partition: 0,
            offset,
            key: Bytes::new(),
            headers: vec![("ce_type".into(), Bytes::from_static(event_type.as_bytes()))],
            payload: None,
        };
        let records = [
            record(0, "comanda.order.placed.v1"),
            record(1, "comanda.order.amended.v1"),
            record(2, "comanda.order.placed.v9"),
            record(3, "comanda.order.placed.v1"),
        ];
        let outcomes = handle_readable(&FragileHandler, &records).await.unwrap();
        let done = Outcome::Done(Vec::new());
        assert_eq!((&outcomes[0], &outcomes[1], &outcomes[3]), (&done, &Outcome::Skipped, &done));
        assert!(matches!(&outcomes[2], Outcome::Dead(why) if why.contains("placed.v9")));
        let others = handle_readable(&FragileHandler, &records[1..3]).await.unwrap();
        assert_eq!(others, outcomes[1..3]);
    }

    #[tokio::test]
    async fn a_record_that_panics_is_dead_and_its_neighbours_are_done() {
        let record = |offset| Record {
            topic: Topic::OrderDetails,
            partition: 0,
            offset,
            key: Bytes::new(),
            headers: Vec::new(),
            payload: None,
        };
        let outcomes = handle(&FragileHandler, &[record(0), record(1), record(2)]).await.unwrap();
        assert_eq!(outcomes[0], Outcome::Done(Vec::new()));
        assert!(matches!(outcomes[1], Outcome::Dead(_)));
        assert_eq!(outcomes[2], Outcome::Done(Vec::new()));
    }
}
