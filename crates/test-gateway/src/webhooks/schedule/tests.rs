//! Whatever the dice say, everything that is not lost arrives, and nothing is forgotten before.

use proptest::prelude::*;

use super::*;

const CALM: Passage = Passage { lost: false, twice: false, held: false, late: Duration::ZERO };
const RETRIES: Retries = Retries { attempts: 5, first_retry_ms: 100, longest_retry_ms: 250 };

/// Delivers all there is at this moment, and gives the places.
fn drain(schedule: &mut Schedule, now: Instant) -> Vec<usize> {
    let mut places = Vec::new();
    while let Some(delivery) = schedule.pop(now) {
        schedule.delivered(delivery, now);
        places.push(delivery.place);
    }
    places
}

#[test]
fn faults_do_what_they_say() {
    let now = Instant::now();
    let mut schedule = Schedule::new(10);
    schedule.take(Passage { lost: true, ..CALM }, now);
    schedule.take(Passage { held: true, ..CALM }, now);
    schedule.take(Passage { twice: true, ..CALM }, now);
    schedule.take(Passage { late: Duration::from_secs(1), ..CALM }, now);
    assert_eq!(schedule.first_open(), 11);
    assert_eq!(drain(&mut schedule, now), [12, 11, 12]);
    assert_eq!((schedule.first_open(), schedule.open()), (13, 1));
    assert_eq!(schedule.wakes_at(), Some(now + Duration::from_secs(1)));
    assert_eq!(drain(&mut schedule, now + Duration::from_secs(1)), [13]);
    assert_eq!((schedule.first_open(), schedule.wakes_at()), (14, None));
}

#[test]
fn one_is_held_at_a_time_and_not_for_ever() {
    let now = Instant::now();
    let mut schedule = Schedule::new(0);
    for _ in 0..5 {
        schedule.take(Passage { held: true, ..CALM }, now);
        drain(&mut schedule, now);
    }
    assert_eq!((schedule.open(), schedule.first_open()), (1, 4));
    let later = schedule.wakes_at().unwrap();
    assert_eq!(later, now + HELD_AT_MOST);
    assert_eq!(drain(&mut schedule, later), [4]);
}

#[test]
fn pauses_grow_up_to_a_bound_until_it_is_given_up() {
    let mut now = Instant::now();
    let mut schedule = Schedule::new(0);
    schedule.take(CALM, now);
    for (attempt, longest) in [(1, 100), (2, 200), (3, 250), (4, 250)] {
        let delivery = schedule.pop(now).unwrap();
        assert_eq!(delivery.attempt, attempt);
        assert!(schedule.failed(delivery, RETRIES, now));
        assert_eq!((schedule.first_open(), schedule.pop(now)), (0, None));
        let pause = (schedule.wakes_at().unwrap() - now).as_millis();
        assert!((longest / 2..=longest).contains(&pause), "{attempt}: {pause}");
        now = schedule.wakes_at().unwrap();
    }
    let last = schedule.pop(now).unwrap();
    assert!(!schedule.failed(last, RETRIES, now));
    assert_eq!((schedule.first_open(), schedule.wakes_at()), (1, None));
}

#[test]
fn a_new_endpoint_is_tried_at_once() {
    let now = Instant::now();
    let mut schedule = Schedule::new(0);
    schedule.take(CALM, now);
    schedule.take(Passage { late: Duration::from_secs(9), ..CALM }, now);
    let first = schedule.pop(now).unwrap();
    schedule.failed(first, RETRIES, now);
    schedule.hurry(now);
    assert_eq!(drain(&mut schedule, now), [0]);
}

#[test]
fn no_more_than_there_is_room_for() {
    let now = Instant::now();
    let mut schedule = Schedule::new(0);
    for taken in 0..MOST_OPEN {
        assert_eq!(schedule.room(), (taken, MOST_OPEN - taken));
        schedule.take(CALM, now);
    }
    let delivery = schedule.pop(now).unwrap();
    assert_eq!(schedule.room().1, 0);
    schedule.delivered(delivery, now);
    assert_eq!(schedule.room().1, 1);
}

proptest! {
    #[test]
    fn all_that_is_not_lost_arrives(
        events in prop::collection::vec((any::<[bool; 3]>(), 0_u64..50, 0_u32..4), 0..40),
    ) {
        let mut now = Instant::now();
        let mut schedule = Schedule::new(0);
        for ([lost, twice, held], late, _) in &events {
            let late = Duration::from_millis(*late);
            schedule.take(Passage { lost: *lost, twice: *twice, held: *held, late }, now);
        }
        let mut arrived = vec![0; events.len()];
        while let Some(at) = schedule.wakes_at() {
            now = now.max(at);
            while let Some(delivery) = schedule.pop(now) {
                // The mark never passes what is on its way.
                prop_assert!(schedule.first_open() <= delivery.place);
                if delivery.attempt <= events[delivery.place].2 {
                    prop_assert!(schedule.failed(delivery, RETRIES, now));
                } else {
                    schedule.delivered(delivery, now);
                    arrived[delivery.place] += 1;
                }
            }
        }
        for (([lost, twice, _], ..), arrived) in events.iter().zip(arrived) {
            let expected = if *lost { 0 } else { 1 + i32::from(*twice) };
            prop_assert_eq!(arrived, expected);
        }
        prop_assert_eq!((schedule.first_open(), schedule.open()), (events.len(), 0));
    }
}
