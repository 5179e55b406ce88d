//! The latest orders, from the topic itself: so a repeated request is recognised by any instance,
//! also by one that was started a minute ago.
//!
//! This memory is bounded, and knows what it is missing: since when it holds all that was written,
//! and from which offset. A key that is not older than that needs no look into the order book. For
//! one that is, the book is asked, once it is known to have everything that the memory does not.

use std::collections::{HashMap, VecDeque};

use parking_lot::{Mutex, MutexGuard};

use domain::{cart::CLOCKS_DIFFER, ids::OrderId, money::Money};
use events::{
    Follower, Record, Topic,
    order_details::{self, REQUEST_HEADER},
};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use crate::declaration::{Follows, Since};
use domain::ports::SharedClock;

/// How long an order is remembered.
const REMEMBER: SignedDuration = SignedDuration::from_hours(1);
/// Most orders remembered.
const MOST: usize = 1_000_000;
/// How far the clocks of two storefronts may differ.
const SKEW: SignedDuration = SignedDuration::from_mins(1);

/// How much of the topic is read at the start, in seconds: a busy hour of orders would take too
/// long, and what is missing is looked up. Longer than keys may be dated ahead, so that those which
/// are made after the start need no look.
pub const READ_AT_START_S: u64 = 420;
/// What is remembered of orders.
pub const RECENT: Follows = Follows {
    name: "recent orders",
    topics: &[Topic::OrderDetails],
    since: Since::Seconds(READ_AT_START_S),
};

/// The first record of an order id: that is the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct First {
    /// Digest of the request that placed it.
    pub digest: String,
    /// What it costs.
    pub total: Money,
    /// Its partition and offset.
    pub place: (i32, i64),
}

/// What is remembered of a partition.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    /// Every record from this offset on is remembered.
    from: i64,
    /// The next offset.
    next: i64,
    /// The order book was seen to have every record before this offset.
    booked: i64,
}

#[derive(Debug)]
struct Tail {
    orders: HashMap<OrderId, First>,
    by_age: VecDeque<(Timestamp, OrderId)>,
    spans: HashMap<i32, Span>,
    /// True once it is known where the reading of each partition began.
    has_begun: bool,
    /// Everything that was written at this time or later is remembered, or about to be read.
    since: Timestamp,
}

/// The end of `order_details` in memory.
pub struct Recent {
    clock: SharedClock,
    most: usize,
    tail: Mutex<Tail>,
    moved: Notify,
}

impl Recent {
    /// A memory that follows the topic from the first record that was written at `since` or later.
    pub fn new(clock: SharedClock, since: Timestamp) -> Self {
        Self::of_at_most(MOST, clock, since)
    }

    fn of_at_most(most: usize, clock: SharedClock, since: Timestamp) -> Self {
        let (orders, by_age, spans) = (HashMap::new(), VecDeque::new(), HashMap::new());
        let tail = Mutex::new(Tail { orders, by_age, spans, has_begun: false, since });
        Self { clock, most, tail, moved: Notify::new() }
    }

    /// Since when everything is remembered.
    pub fn since(&self) -> Timestamp {
        self.tail().since
    }

    /// Notes with which offset the reading of each partition began.
    pub fn begins(&self, offsets: impl IntoIterator<Item = (i32, i64)>) {
        let mut tail = self.tail();
        for (partition, offset) in offsets {
            let span = tail.spans.entry(partition).or_default();
            span.from = span.from.max(offset);
        }
        tail.has_begun = true;
        drop(tail);
        self.moved.notify_waiters();
    }

    /// The order, if it is remembered.
    pub fn first(&self, id: OrderId) -> Option<First> {
        self.tail().orders.get(&id).cloned()
    }

    /// True if no order can have been written and forgotten under a key that is dated so: keys are
    /// taken until [`CLOCKS_DIFFER`] before their time, by the clock of any instance.
    pub fn covers(&self, key_time: Timestamp) -> bool {
        key_time.duration_since(self.since()) >= CLOCKS_DIFFER + SKEW
    }

    /// Waits until the record at `offset` has been seen.
    pub async fn passes(&self, partition: i32, offset: i64) {
        self.wait_for(|tail| tail.spans.get(&partition).is_some_and(|span| span.next > offset))
            .await;
    }

    /// Waits until the order book is known to have all that is not remembered.
    pub async fn rest_is_booked(&self) {
        self.wait_for(Tail::is_rest_booked).await;
    }

    /// True while it is not known that the order book has all that is not remembered.
    pub fn wants_the_book(&self) -> bool {
        let tail = self.tail();
        tail.has_begun && !tail.is_rest_booked()
    }

    /// Notes that the order book has every record before these offsets, by partition.
    pub fn note_book(&self, offsets: impl IntoIterator<Item = (i32, i64)>) {
        let mut tail = self.tail();
        for (partition, offset) in offsets {
            let span = tail.spans.entry(partition).or_default();
            span.booked = span.booked.max(offset);
        }
        drop(tail);
        self.moved.notify_waiters();
    }

    async fn wait_for(&self, is_so: impl Fn(&Tail) -> bool) {
        loop {
            let moved = self.moved.notified();
            if is_so(&self.tail()) {
                return;
            }
            moved.await;
        }
    }

    fn tail(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock()
    }
}

impl Tail {
    fn is_rest_booked(&self) -> bool {
        self.has_begun && self.spans.values().all(|span| span.booked >= span.from)
    }

    fn forget(&mut self, most: usize, now: Timestamp) {
        let is_old = |at: Timestamp| now.duration_since(at) > REMEMBER;
        while let Some((at, id)) = self.by_age.front().copied() {
            if self.by_age.len() <= most && !is_old(at) {
                return;
            }
            self.by_age.pop_front();
            let Some(First { place: (partition, offset), .. }) = self.orders.remove(&id) else {
                continue;
            };
            let span = self.spans.entry(partition).or_default();
            span.from = span.from.max(offset + 1);
            self.since = self.since.max(at);
        }
    }
}

impl Follower for Recent {
    fn apply(&self, record: &Record) {
        if record.topic != Topic::OrderDetails {
            return;
        }
        let order = order_details::read(record).ok();
        let now = self.clock.now();
        let mut tail = self.tail();
        let span = tail.spans.entry(record.partition).or_default();
        span.next = span.next.max(record.offset + 1);
        if let Some(order) = order.filter(|order| !tail.orders.contains_key(&order.id)) {
            let digest = record.header(REQUEST_HEADER).unwrap_or_default().to_owned();
            let place = (record.partition, record.offset);
            tail.orders.insert(order.id, First { digest, total: order.total(), place });
            tail.by_age.push_back((now, order.id));
        }
        tail.forget(self.most, now);
        drop(tail);
        self.moved.notify_waiters();
    }
}

#[cfg(test)]
mod tests;
