//! One call of a handler, repeated until its effects are done and its events acknowledged.

use std::{panic::AssertUnwindSafe, sync::Arc};

use domain::ports::Unavailable;
use events::{Handler, Outcome, OutgoingRecord, PublishError, Publisher, Readability, Record};
use futures::FutureExt;
use tokio_util::sync::CancellationToken;

use super::{
    super::standing::{At, Standing},
    Counters, DRAIN,
    outcomes::Open,
    patience::Patience,
    scopes,
    spans::Spans,
};

/// After the stop, calls in flight get most of the drain time, then they are abandoned.
pub(super) async fn abandon(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(DRAIN.mul_f32(0.8)).await;
}

/// Handles records until their effects are done and their events acknowledged.
pub(super) async fn call<H: Handler, P: Publisher>(
    handler: &H,
    publisher: &P,
    records: &[Record],
    counters: &Counters,
) {
    let mut patience = Patience::new(H::GROUP, &counters.standing);
    let mut open = Open::new(records);
    let mut spans = Spans::begin::<H>(records);
    loop {
        let records = open.records().len() as u64;
        let work = scopes::around(open.records(), &spans, handle_readable(handler, open.records()));
        let waited = match patience.until_slow(At::Handler, records, work).await {
            Ok(outcomes) => {
                let (events, ended) = open.collect::<H>(outcomes, patience.tries);
                let events = spans.adopt(events, ended.sources(), open.records());
                let sent = publisher.publish(events);
                match patience.until_slow(At::Publish, records, sent).await {
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
                        (At::Publish, Unavailable::new("kafka", reason))
                    }
                    Err(PublishError::Unavailable(unavailable)) => (At::Publish, unavailable),
                }
            }
            Err(unavailable) => (At::Handler, unavailable),
        };
        counters.waits.inc();
        patience.pause(records, waited).await;
    }
}

/// Publishes small events of a group, however long that takes.
pub(super) async fn publish<H: Handler, P: Publisher>(
    publisher: &P,
    events: Vec<OutgoingRecord>,
    standing: &Arc<Standing>,
) {
    let mut patience = Patience::new(H::GROUP, standing);
    loop {
        let sent = publisher.publish(events.clone());
        match patience.until_slow(At::Publish, 0, sent).await {
            Ok(_) => return,
            Err(PublishError::Unavailable(waited)) => {
                patience.pause(0, (At::Publish, waited)).await;
            }
            Err(error @ PublishError::TooLarge(_)) => {
                let waited = Unavailable::new("kafka", error);
                patience.pause(0, (At::Publish, waited)).await;
            }
        }
    }
}

/// Handles the records that this release can read, and answers the others itself.
async fn handle_readable<H: Handler>(
    handler: &H,
    records: &[Record],
) -> Result<Vec<Outcome>, Unavailable> {
    let judged: Vec<_> = records.iter().map(of_another_release).collect();
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

/// What becomes of a record that another release of the platform wrote for others than this one.
fn of_another_release(record: &Record) -> Option<Outcome> {
    match record.readability() {
        Readability::Readable => None,
        Readability::UnknownType(_) => Some(Outcome::Skipped),
        Readability::UnknownVersion(reason) => Some(Outcome::Dead(reason)),
    }
}

/// Calls the handler. A panic is a defect of ours, but it must not stall the partition: the records
/// are handled one by one, and the one that panics by itself is a dead letter.
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

    struct Fragile;

    impl Handler for Fragile {
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
    async fn other_types_are_skipped_and_other_versions_set_aside() {
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
        let outcomes = handle_readable(&Fragile, &records).await.unwrap();
        let done = Outcome::Done(Vec::new());
        assert_eq!((&outcomes[0], &outcomes[1], &outcomes[3]), (&done, &Outcome::Skipped, &done));
        assert!(matches!(&outcomes[2], Outcome::Dead(why) if why.contains("placed.v9")));
        let others = handle_readable(&Fragile, &records[1..3]).await.unwrap();
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
        let outcomes = handle(&Fragile, &[record(0), record(1), record(2)]).await.unwrap();
        assert_eq!(outcomes[0], Outcome::Done(Vec::new()));
        assert!(matches!(outcomes[1], Outcome::Dead(_)));
        assert_eq!(outcomes[2], Outcome::Done(Vec::new()));
    }
}
