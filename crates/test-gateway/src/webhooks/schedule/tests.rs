//! For any faults, every event that is not lost is delivered.

use proptest::prelude::*;

use super::*;

const NO_FAULTS: WebhookFaults =
    WebhookFaults { is_lost: false, is_duplicated: false, is_held: false, delay: Duration::ZERO };
const RETRIES: Retries = Retries { attempts: 5, first_retry_ms: 100, longest_retry_ms: 250 };

/// Delivers everything that is due, and returns the indexes.
fn drain(schedule: &mut Schedule, now: Instant) -> Vec<usize> {
    let mut indexes = Vec::new();
    while let Some(delivery) = schedule.pop_due(now) {
        schedule.mark_delivered(delivery, now);
        indexes.push(delivery.event_index);
    }
    indexes
}

#[test]
fn each_fault_has_its_effect() {
    let now = Instant::now();
    let mut schedule = Schedule::new(10);
    schedule.add_next(WebhookFaults { is_lost: true, ..NO_FAULTS }, now);
    schedule.add_next(WebhookFaults { is_held: true, ..NO_FAULTS }, now);
    schedule.add_next(WebhookFaults { is_duplicated: true, ..NO_FAULTS }, now);
    schedule.add_next(WebhookFaults { delay: Duration::from_secs(1), ..NO_FAULTS }, now);
    assert_eq!(schedule.first_open(), 11);
    assert_eq!(drain(&mut schedule, now), [12, 11, 12]);
    assert_eq!((schedule.first_open(), schedule.open_count()), (13, 1));
    assert_eq!(schedule.next_due(), Some(now + Duration::from_secs(1)));
    assert_eq!(drain(&mut schedule, now + Duration::from_secs(1)), [13]);
    assert_eq!((schedule.first_open(), schedule.next_due()), (14, None));
}

#[test]
fn one_event_is_held_at_a_time_and_for_a_limited_time() {
    let now = Instant::now();
    let mut schedule = Schedule::new(0);
    for _ in 0..5 {
        schedule.add_next(WebhookFaults { is_held: true, ..NO_FAULTS }, now);
        drain(&mut schedule, now);
    }
    assert_eq!((schedule.open_count(), schedule.first_open()), (1, 4));
    let later = schedule.next_due().unwrap();
    assert_eq!(later, now + MAX_HOLD);
    assert_eq!(drain(&mut schedule, later), [4]);
}

#[test]
fn pauses_grow_to_a_maximum_until_the_event_is_given_up() {
    let mut now = Instant::now();
    let mut schedule = Schedule::new(0);
    schedule.add_next(NO_FAULTS, now);
    for (attempt, longest) in [(1, 100), (2, 200), (3, 250), (4, 250)] {
        let delivery = schedule.pop_due(now).unwrap();
        assert_eq!(delivery.attempt, attempt);
        assert!(schedule.mark_failed(delivery, RETRIES, now));
        assert_eq!((schedule.first_open(), schedule.pop_due(now)), (0, None));
        let pause = (schedule.next_due().unwrap() - now).as_millis();
        assert!((longest / 2..=longest).contains(&pause), "{attempt}: {pause}");
        now = schedule.next_due().unwrap();
    }
    let last = schedule.pop_due(now).unwrap();
    assert!(!schedule.mark_failed(last, RETRIES, now));
    assert_eq!((schedule.first_open(), schedule.next_due()), (1, None));
}

#[test]
fn a_new_endpoint_is_retried_at_once() {
    let now = Instant::now();
    let mut schedule = Schedule::new(0);
    schedule.add_next(NO_FAULTS, now);
    schedule.add_next(WebhookFaults { delay: Duration::from_secs(9), ..NO_FAULTS }, now);
    let first = schedule.pop_due(now).unwrap();
    schedule.mark_failed(first, RETRIES, now);
    schedule.retry_now(now);
    assert_eq!(drain(&mut schedule, now), [0]);
}

#[test]
fn the_number_of_scheduled_events_is_bounded() {
    let now = Instant::now();
    let mut schedule = Schedule::new(0);
    for added in 0..MAX_OPEN {
        assert_eq!(schedule.capacity(), (added, MAX_OPEN - added));
        schedule.add_next(NO_FAULTS, now);
    }
    let delivery = schedule.pop_due(now).unwrap();
    assert_eq!(schedule.capacity().1, 0);
    schedule.mark_delivered(delivery, now);
    assert_eq!(schedule.capacity().1, 1);
}

proptest! {
    #[test]
    fn every_event_that_is_not_lost_is_delivered(
        events in prop::collection::vec((any::<[bool; 3]>(), 0_u64..50, 0_u32..4), 0..40),
    ) {
        let mut now = Instant::now();
        let mut schedule = Schedule::new(0);
        for ([lost, twice, held], late, _) in &events {
            let late = Duration::from_millis(*late);
            let faults = WebhookFaults {
                is_lost: *lost,
                is_duplicated: *twice,
                is_held: *held,
                delay: late,
            };
            schedule.add_next(faults, now);
        }
        let mut arrived = vec![0; events.len()];
        while let Some(at) = schedule.next_due() {
            now = now.max(at);
            while let Some(delivery) = schedule.pop_due(now) {
                // The checkpoint never passes an undelivered event.
                prop_assert!(schedule.first_open() <= delivery.event_index);
                if delivery.attempt <= events[delivery.event_index].2 {
                    prop_assert!(schedule.mark_failed(delivery, RETRIES, now));
                } else {
                    schedule.mark_delivered(delivery, now);
                    arrived[delivery.event_index] += 1;
                }
            }
        }
        for (([lost, twice, _], ..), arrived) in events.iter().zip(arrived) {
            let expected = if *lost { 0 } else { 1 + i32::from(*twice) };
            prop_assert_eq!(arrived, expected);
        }
        prop_assert_eq!((schedule.first_open(), schedule.open_count()), (events.len(), 0));
    }
}
