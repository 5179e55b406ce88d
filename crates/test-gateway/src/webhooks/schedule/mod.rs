//! The schedule of deliveries. Pure: time and faults are inputs.
//!
//! Events are identified by their index in the books. A bounded number of them is scheduled; the
//! rest waits in the books.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    time::Duration,
};

use tokio::time::Instant;

use crate::{endpoint::Retries, fault_injector::WebhookFaults, random::SplitMix64};

/// Maximum number of scheduled events, most of them between two attempts.
const MAX_OPEN: usize = 1_000;
/// Maximum time an event is held back.
const MAX_HOLD: Duration = Duration::from_mins(1);

/// A copy of an event, to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Delivery {
    pub(super) event_index: usize,
    /// Counted from 1.
    pub(super) attempt: u32,
}

/// The scheduled deliveries.
#[derive(Debug)]
pub(super) struct Schedule {
    /// The first unscheduled event.
    next: usize,
    /// Number of undelivered copies of each event.
    open: BTreeMap<usize, u8>,
    due: BinaryHeap<Reverse<(Instant, Delivery)>>,
    held: Option<Held>,
    random: SplitMix64,
}

/// The event held back until a later one is delivered.
#[derive(Debug)]
struct Held {
    event_index: usize,
    copies: u8,
    until: Instant,
}

impl Schedule {
    /// A schedule that starts with the event at this index.
    pub(super) fn new(next: usize) -> Self {
        let random = SplitMix64::seeded(None);
        Self { next, open: BTreeMap::new(), due: BinaryHeap::new(), held: None, random }
    }

    /// The index of the next event, and the number of events that can be added.
    pub(super) fn capacity(&self) -> (usize, usize) {
        (self.next, MAX_OPEN.saturating_sub(self.open.len()))
    }

    /// Adds the next event.
    pub(super) fn add_next(&mut self, faults: WebhookFaults, now: Instant) {
        let event_index = self.next;
        self.next += 1;
        if faults.is_lost {
            return;
        }
        let copies = if faults.is_duplicated { 2 } else { 1 };
        self.open.insert(event_index, copies);
        if faults.is_held && self.held.is_none() {
            self.held = Some(Held { event_index, copies, until: now + MAX_HOLD });
        } else {
            self.push_due(event_index, copies, add_pause(now, faults.delay));
        }
    }

    fn push_due(&mut self, event_index: usize, copies: u8, at: Instant) {
        for _ in 0..copies {
            self.due.push(Reverse((at, Delivery { event_index, attempt: 1 })));
        }
    }

    /// When the next delivery is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let due = self.due.peek().map(|Reverse((at, _))| *at);
        due.into_iter().chain(self.held.as_ref().map(|held| held.until)).min()
    }

    /// Removes a due delivery; the caller reports its result later.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<Delivery> {
        if self.held.as_ref().is_some_and(|held| held.until <= now) {
            self.release_held(now);
        }
        let Reverse((at, _)) = self.due.peek()?;
        if *at > now {
            return None;
        }
        self.due.pop().map(|Reverse((_, delivery))| delivery)
    }

    fn release_held(&mut self, now: Instant) {
        if let Some(Held { event_index, copies, .. }) = self.held.take() {
            self.push_due(event_index, copies, now);
        }
    }

    /// Marks a copy as delivered, and releases an earlier held event.
    pub(super) fn mark_delivered(&mut self, delivery: Delivery, now: Instant) {
        self.close(delivery.event_index);
        if self.held.as_ref().is_some_and(|held| held.event_index < delivery.event_index) {
            self.release_held(now);
        }
    }

    /// Marks an attempt as failed; returns whether it will be retried.
    pub(super) fn mark_failed(
        &mut self,
        delivery: Delivery,
        retries: Retries,
        now: Instant,
    ) -> bool {
        let Delivery { event_index, attempt } = delivery;
        if attempt >= retries.attempts {
            self.close(event_index);
            return false;
        }
        let doubled = 1_u64.checked_shl(attempt - 1).unwrap_or(u64::MAX);
        let max_pause =
            retries.first_retry_ms.saturating_mul(doubled).min(retries.longest_retry_ms);
        let pause = max_pause / 2 + self.random.up_to(max_pause.div_ceil(2));
        let retry = Delivery { event_index, attempt: attempt + 1 };
        self.due.push(Reverse((add_pause(now, Duration::from_millis(pause)), retry)));
        true
    }

    fn close(&mut self, event_index: usize) {
        if let Some(copies) = self.open.get_mut(&event_index) {
            *copies -= 1;
            if *copies == 0 {
                self.open.remove(&event_index);
            }
        }
    }

    /// Makes all retries due at once, after the endpoint has changed.
    pub(super) fn retry_now(&mut self, now: Instant) {
        let waiting = std::mem::take(&mut self.due).into_iter();
        self.due = waiting
            .map(|Reverse((at, delivery))| {
                Reverse((if delivery.attempt > 1 { at.min(now) } else { at }, delivery))
            })
            .collect();
    }

    /// The first undelivered event.
    pub(super) fn first_open(&self) -> usize {
        self.open.keys().next().copied().unwrap_or(self.next)
    }

    /// Number of scheduled and undelivered events.
    pub(super) fn open_count(&self) -> usize {
        self.open.len()
    }
}

/// Adds a pause, bounded to avoid an overflow.
fn add_pause(now: Instant, pause: Duration) -> Instant {
    const MAX_PAUSE: Duration = Duration::from_hours(24 * 365);
    now + pause.min(MAX_PAUSE)
}

#[cfg(test)]
mod tests;
