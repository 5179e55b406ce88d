use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use domain::{fixtures, ports::Clock};
use futures::FutureExt;

use super::*;

/// A clock that stands until it is moved; in seconds.
#[derive(Default)]
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        at(self.0.load(Ordering::SeqCst))
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn record(n: u128, offset: i64) -> Record {
    let event = order_details::placed(&fixtures::order(n), &format!("digest of {n}"));
    Record::delivered(&event, Topic::OrderDetails, 0, offset)
}

fn id(n: u128) -> OrderId {
    fixtures::order(n).id
}

/// A memory that begins at 1,000 s, with offset 10.
fn recent(most: usize) -> (Arc<Hand>, Recent) {
    let hand = Arc::<Hand>::default();
    hand.0.store(2_000, Ordering::SeqCst);
    let recent = Recent::of_at_most(most, hand.clone(), at(1_000));
    (hand, recent)
}

fn is_booked(recent: &Recent) -> bool {
    recent.rest_is_booked().now_or_never().is_some()
}

#[test]
fn keys_are_covered_that_nobody_can_have_used_before() {
    let (_, recent) = recent(10);
    // Five minutes for keys that are dated ahead, and one for clocks that differ.
    assert!(recent.covers(at(1_360)));
    assert!(!recent.covers(at(1_359)));
}

#[test]
fn what_is_forgotten_is_covered_no_more() {
    let (hand, recent) = recent(2);
    recent.begins([(0, 10)]);
    for n in 0..3 {
        hand.0.store(2_000 + 100 * i64::try_from(n).unwrap(), Ordering::SeqCst);
        recent.apply(&record(n, 10 + i64::try_from(n).unwrap()));
    }
    assert_eq!((recent.first(id(0)), recent.first(id(1)).is_some()), (None, true), "too many");
    assert!(!recent.covers(at(2_359)) && recent.covers(at(2_360)));
    recent.note_book([(0, 10)]);
    assert!(!is_booked(&recent), "the book may lack the one that is forgotten");
    recent.note_book([(0, 11)]);
    assert!(is_booked(&recent));
    hand.0.store(2_100 + 3_601, Ordering::SeqCst);
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
    assert_eq!(recent.first(id(1)).unwrap().place, (0, 10));
    assert!(recent.passes(0, 11).now_or_never().is_some());
    assert!(recent.passes(0, 12).now_or_never().is_none());
    // Following began anew: what was seen once has been seen.
    recent.apply(&record(1, 10));
    assert!(recent.passes(0, 11).now_or_never().is_some());
}

#[test]
fn the_book_is_asked_for_until_it_has_what_is_missing() {
    let (_, recent) = recent(10);
    assert!(!recent.wants_the_book() && !is_booked(&recent), "nobody knows where it begins");
    recent.begins([(0, 10), (1, 0)]);
    assert!(recent.wants_the_book() && !is_booked(&recent));
    recent.note_book([(0, 9), (1, 7)]);
    assert!(!is_booked(&recent));
    recent.note_book([(0, 10), (1, 3)]);
    assert!(!recent.wants_the_book() && is_booked(&recent));
    // Offsets that somebody resets take no row away.
    recent.note_book([(0, 0)]);
    assert!(is_booked(&recent));
}
