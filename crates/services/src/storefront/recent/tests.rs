use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use domain::{fixtures, ports::Clock};
use futures::FutureExt;

use super::*;

/// A manual clock, in seconds.
#[derive(Default)]
struct ManualClock(AtomicI64);

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        at(self.0.load(Ordering::SeqCst))
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn record(n: u128, offset: i64) -> Record {
    let event = order_details::encode_placed(&fixtures::order(n), &format!("digest of {n}"));
    Record::delivered(&event, Topic::OrderDetails, 0, offset)
}

fn id(n: u128) -> OrderId {
    fixtures::order(n).id
}

/// A memory that is complete since 1,000 s.
fn recent(max: usize) -> (Arc<ManualClock>, RecentOrders) {
    let clock = Arc::<ManualClock>::default();
    clock.0.store(2_000, Ordering::SeqCst);
    let recent = RecentOrders::with_max(max, clock.clone(), at(1_000));
    (clock, recent)
}

fn is_booked(recent: &RecentOrders) -> bool {
    recent.wait_until_booked().now_or_never().is_some()
}

#[test]
fn keys_that_no_forgotten_order_can_have_are_covered() {
    let (_, recent) = recent(10);
    // Five minutes for keys that are dated ahead, and one for clock skew.
    assert!(recent.covers(at(1_360)));
    assert!(!recent.covers(at(1_359)));
}

#[test]
fn keys_of_forgotten_orders_are_not_covered() {
    let (clock, recent) = recent(2);
    recent.record_starts([(0, 10)]);
    for n in 0..3 {
        clock.0.store(2_000 + 100 * i64::try_from(n).unwrap(), Ordering::SeqCst);
        recent.apply(&record(n, 10 + i64::try_from(n).unwrap()));
    }
    assert_eq!((recent.first(id(0)), recent.first(id(1)).is_some()), (None, true), "too many");
    assert!(!recent.covers(at(2_359)) && recent.covers(at(2_360)));
    recent.record_booked([(0, 10)]);
    assert!(!is_booked(&recent), "the book may lack the forgotten order");
    recent.record_booked([(0, 11)]);
    assert!(is_booked(&recent));
    clock.0.store(2_100 + 3_601, Ordering::SeqCst);
    recent.apply(&record(9, 13));
    assert_eq!((recent.first(id(1)), recent.first(id(2)).is_some()), (None, true), "too old");
    assert!(!recent.covers(at(2_459)) && recent.covers(at(2_460)));
}

#[test]
fn the_first_record_of_an_id_stays() {
    let (_, recent) = recent(10);
    recent.apply(&record(1, 10));
    let mut later = record(1, 11);
    later.headers.retain(|(name, _)| name != REQUEST_HEADER);
    recent.apply(&later);
    assert_eq!(recent.first(id(1)).unwrap().digest, "digest of 1");
    assert_eq!(recent.first(id(1)).unwrap().position, (0, 10));
    assert!(recent.wait_past(0, 11).now_or_never().is_some());
    assert!(recent.wait_past(0, 12).now_or_never().is_none());
    // The topic is read again: the position does not go back.
    recent.apply(&record(1, 10));
    assert!(recent.wait_past(0, 11).now_or_never().is_some());
}

#[test]
fn book_offsets_are_needed_until_the_book_has_what_is_missing() {
    let (_, recent) = recent(10);
    assert!(!recent.needs_book_offsets() && !is_booked(&recent), "the first offsets are unknown");
    recent.record_starts([(0, 10), (1, 0)]);
    assert!(recent.needs_book_offsets() && !is_booked(&recent));
    recent.record_booked([(0, 9), (1, 7)]);
    assert!(!is_booked(&recent));
    recent.record_booked([(0, 10), (1, 3)]);
    assert!(!recent.needs_book_offsets() && is_booked(&recent));
    // A reset of offsets removes no row.
    recent.record_booked([(0, 0)]);
    assert!(is_booked(&recent));
}
