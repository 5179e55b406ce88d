//! A minimal worker loop: handles records, publishes their outcomes and commits; after a failure it
//! starts again from the last commit.

use events::{Delay, Handler, Outcome, Publisher, Record, retry::encode_retry};

use super::{Fault, How, State, When, World};

/// Handles records until all are committed, and returns the outcome of each.
pub async fn run<H: Handler>(world: &World, handler: &H, records: &[Record]) -> Vec<Outcome> {
    run_in_batches(world, handler, records, H::PACE.max_batch).await
}

/// As [`run`], with another batch size.
pub async fn run_in_batches<H: Handler>(
    world: &World,
    handler: &H,
    records: &[Record],
    size: usize,
) -> Vec<Outcome> {
    let mut all = Vec::new();
    for batch in records.chunks(size) {
        let mut outcomes = until_done(world, handler, batch).await;
        for (record, outcome) in batch.iter().zip(&mut outcomes) {
            let mut record = record.clone();
            while let Outcome::Retry(reason) = outcome {
                let attempts = record.attempts() + 1;
                assert!(attempts < 20, "{reason}: tried again for ever");
                let delay = Delay::after(H::RETRY, attempts).unwrap();
                let now = world.clock.now();
                let waits = encode_retry(H::GROUP, delay, &record, reason, attempts, now);
                record = Record::delivered(&waits, record.topic, 0, record.offset);
                let batch = std::slice::from_ref(&record);
                *outcome = until_done(world, handler, batch).await.remove(0);
            }
        }
        all.extend(outcomes);
    }
    all
}

async fn until_done<H: Handler>(world: &World, handler: &H, batch: &[Record]) -> Vec<Outcome> {
    for _ in 0..20 {
        match attempt(world, handler, batch).await {
            Some(outcomes) => {
                assert_eq!(outcomes.len(), batch.len(), "one outcome for each record");
                return outcomes;
            }
            None => world.faults.restart(),
        }
    }
    panic!("the handler never gets done with {batch:?}");
}

async fn attempt<H: Handler>(world: &World, handler: &H, batch: &[Record]) -> Option<Vec<Outcome>> {
    let outcomes = handler.handle(batch).await.ok()?;
    let events: Vec<_> = outcomes
        .iter()
        .flat_map(|outcome| match outcome {
            Outcome::Done(events) => events.clone(),
            Outcome::Retry(_) | Outcome::Dead(_) | Outcome::Skipped => Vec::new(),
        })
        .collect();
    if !events.is_empty() {
        let produces = |name: &str| H::PRODUCES.iter().any(|topic| topic.name() == name);
        assert!(events.iter().all(|event| produces(&event.topic)), "an undeclared topic");
        world.log.publish(events).await.ok()?;
    }
    // A lost commit means a redelivery of the batch.
    world.faults.call("commit", || ()).ok()?;
    Some(outcomes)
}

/// Runs `records` through a handler: once, each twice, all twice, and with every effect failing
/// before and after it happened, as a lost call and as a crash of the process. Every run must end
/// in the state of the first one. `check` gets every world with its fault and the name of the call.
pub async fn survives<H: Handler>(
    records: &[Record],
    make: impl Fn(&World) -> H,
    check: impl Fn(&World, Option<(Fault, &'static str)>),
) -> State {
    let plain = World::new();
    run(&plain, &make(&plain), records).await;
    let expected = plain.state();
    check(&plain, None);

    let each_twice: Vec<_> = records.iter().flat_map(|r| [r.clone(), r.clone()]).collect();
    let all_twice = [records, records].concat();
    for again in [each_twice, all_twice] {
        let world = World::new();
        run(&world, &make(&world), &again).await;
        assert_eq!(world.state(), expected, "delivered twice");
        check(&world, None);
    }
    for how in [How::Call, How::Process] {
        for when in [When::Before, When::After] {
            every_call_fails(records, &make, &check, &expected, how, when).await;
        }
    }
    expected
}

async fn every_call_fails<H: Handler>(
    records: &[Record],
    make: impl Fn(&World) -> H,
    check: impl Fn(&World, Option<(Fault, &'static str)>),
    expected: &State,
    how: How,
    when: When,
) {
    for at in 0.. {
        let world = World::new();
        let fault = Fault { at, when, how };
        world.faults.plan(fault);
        run(&world, &make(&world), records).await;
        let Some(call) = world.faults.hit() else {
            assert!(at > 0, "the run has no effect that could fail");
            return;
        };
        assert_eq!(world.state(), *expected, "{call} failed: {fault:?}");
        check(&world, Some((fault, call)));
        // Again from the beginning, as after a reset of the group's offsets.
        run(&world, &make(&world), records).await;
        assert_eq!(world.state(), *expected, "all again after {call} failed: {fault:?}");
    }
}
