//! Which event is sent when. Pure: the caller brings the time and the dice.
//!
//! Events are named by their place in the books. Only a bounded number of them is under way; the
//! rest waits in the books.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use tokio::time::Instant;

use crate::dice::Passage;
use crate::endpoint::Retries;
use crate::random::SplitMix64;

/// How many events may be under way, most of them between two attempts.
const MOST_OPEN: usize = 1_000;
/// How long an event is held back for want of a later one.
const HELD_AT_MOST: Duration = Duration::from_mins(1);

/// A copy of an event that is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Delivery {
    pub(super) place: usize,
    /// Counted from 1.
    pub(super) attempt: u32,
}

/// What is under way.
#[derive(Debug)]
pub(super) struct Schedule {
    /// The first event that was not taken yet.
    next: usize,
    /// How many copies of each event are still to be delivered.
    open: BTreeMap<usize, u8>,
    due: BinaryHeap<Reverse<(Instant, Delivery)>>,
    held: Option<Held>,
    random: SplitMix64,
}

/// The one event that waits for a later one.
#[derive(Debug)]
struct Held {
    place: usize,
    copies: u8,
    until: Instant,
}

impl Schedule {
    /// A schedule that begins with the event at this place.
    pub(super) fn new(next: usize) -> Self {
        let random = SplitMix64::seeded(None);
        Self { next, open: BTreeMap::new(), due: BinaryHeap::new(), held: None, random }
    }

    /// The place of the next event to take, and how many may be taken now.
    pub(super) fn room(&self) -> (usize, usize) {
        (self.next, MOST_OPEN.saturating_sub(self.open.len()))
    }

    /// Takes the next event.
    pub(super) fn take(&mut self, passage: Passage, now: Instant) {
        let place = self.next;
        self.next += 1;
        if passage.lost {
            return;
        }
        let copies = if passage.twice { 2 } else { 1 };
        self.open.insert(place, copies);
        if passage.held && self.held.is_none() {
            self.held = Some(Held { place, copies, until: now + HELD_AT_MOST });
        } else {
            self.send(place, copies, after(now, passage.late));
        }
    }

    fn send(&mut self, place: usize, copies: u8, at: Instant) {
        for _ in 0..copies {
            self.due.push(Reverse((at, Delivery { place, attempt: 1 })));
        }
    }

    /// When there is next something to send.
    pub(super) fn wakes_at(&self) -> Option<Instant> {
        let due = self.due.peek().map(|Reverse((at, _))| *at);
        due.into_iter().chain(self.held.as_ref().map(|held| held.until)).min()
    }

    /// What is to be sent now; the caller says later how it went.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Delivery> {
        if self.held.as_ref().is_some_and(|held| held.until <= now) {
            self.release(now);
        }
        let Reverse((at, _)) = self.due.peek()?;
        if *at > now {
            return None;
        }
        self.due.pop().map(|Reverse((_, delivery))| delivery)
    }

    fn release(&mut self, now: Instant) {
        if let Some(Held { place, copies, .. }) = self.held.take() {
            self.send(place, copies, now);
        }
    }

    /// The copy has arrived, and so the one that waited for a later event goes.
    pub(super) fn delivered(&mut self, delivery: Delivery, now: Instant) {
        self.close(delivery.place);
        if self.held.as_ref().is_some_and(|held| held.place < delivery.place) {
            self.release(now);
        }
    }

    /// The copy has not arrived. Answers whether it will be tried again.
    pub(super) fn failed(&mut self, delivery: Delivery, retries: Retries, now: Instant) -> bool {
        let Delivery { place, attempt } = delivery;
        if attempt >= retries.attempts {
            self.close(place);
            return false;
        }
        let doubled = 1_u64.checked_shl(attempt - 1).unwrap_or(u64::MAX);
        let longest = retries.first_retry_ms.saturating_mul(doubled).min(retries.longest_retry_ms);
        let pause = longest / 2 + self.random.up_to(longest.div_ceil(2));
        let again = Delivery { place, attempt: attempt + 1 };
        self.due.push(Reverse((after(now, Duration::from_millis(pause)), again)));
        true
    }

    fn close(&mut self, place: usize) {
        if let Some(copies) = self.open.get_mut(&place) {
            *copies -= 1;
            if *copies == 0 {
                self.open.remove(&place);
            }
        }
    }

    /// What waits for another attempt waits no longer: the endpoint may be a better one.
    pub(super) fn hurry(&mut self, now: Instant) {
        let waiting = std::mem::take(&mut self.due).into_iter();
        self.due = waiting
            .map(|Reverse((at, delivery))| {
                Reverse((if delivery.attempt > 1 { at.min(now) } else { at }, delivery))
            })
            .collect();
    }

    /// The first event that is not delivered yet.
    pub(super) fn first_open(&self) -> usize {
        self.open.keys().next().copied().unwrap_or(self.next)
    }

    /// How many of the events that were taken are not delivered yet.
    pub(super) fn open(&self) -> usize {
        self.open.len()
    }
}

/// The time after a pause, which somebody may have set to all that a number holds.
fn after(now: Instant, pause: Duration) -> Instant {
    const LONGEST: Duration = Duration::from_hours(24 * 365);
    now + pause.min(LONGEST)
}

#[cfg(test)]
mod tests;
