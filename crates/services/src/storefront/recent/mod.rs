//! Recent orders, read from the topic: any instance recognises a repeated request, also one that
//! has just started.
//!
//! The memory is bounded and knows its bounds: the time and the offsets from which it is complete.
//! A key that is younger needs no lookup in the order book. For an older key, the book is read once
//! it is known to have all orders that the memory lacks.

use std::collections::{HashMap, VecDeque};

use domain::{
    cart::CLOCKS_DIFFER, ids::OrderId, money::Money, payment_method::PaymentMethod,
    ports::SharedClock,
};
use events::{
    Follower, Record, Topic,
    order_details::{self, REQUEST_HEADER},
};
use jiff::{SignedDuration, Timestamp};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;

use crate::declaration::{Follows, Since};

/// Retention of an order.
const RETENTION: SignedDuration = SignedDuration::from_hours(1);
/// Maximum number of orders.
const MAX_ORDERS: usize = 1_000_000;
/// How far the clocks of two storefronts may differ.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(1);

/// How far back the topic is read at the start, in seconds. An hour of orders would take too long,
/// and older orders are looked up. Longer than keys may be dated ahead, so that keys made after the
/// start need no lookup.
pub const READ_AT_START_S: u64 = 420;
/// What is remembered of orders.
pub const RECENT: Follows = Follows {
    name: "recent orders",
    topics: &[Topic::OrderDetails],
    since: Since::Seconds(READ_AT_START_S),
};

/// The first record of an order id, which is the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstRecord {
    /// Digest of the request that placed it.
    pub digest: String,
    /// What the order is paid with.
    pub method: PaymentMethod,
    /// Total of the order.
    pub total: Money,
    /// Partition and offset.
    pub position: (i32, i64),
}

/// The remembered part of a partition.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    /// The memory is complete from this offset on.
    from: i64,
    /// The next offset.
    next: i64,
    /// The order book has every record before this offset.
    booked: i64,
}

#[derive(Debug)]
struct State {
    orders: HashMap<OrderId, FirstRecord>,
    by_age: VecDeque<(Timestamp, OrderId)>,
    spans: HashMap<i32, Span>,
    /// True once the first offset of each partition is known.
    has_begun: bool,
    /// The memory has, or is about to read, every order written since this time.
    since: Timestamp,
}

/// The recent orders of `order_details`.
pub struct RecentOrders {
    clock: SharedClock,
    max: usize,
    state: Mutex<State>,
    changed: Notify,
}

impl RecentOrders {
    /// A memory that follows the topic from the first record written at or after `since`.
    pub fn new(clock: SharedClock, since: Timestamp) -> Self {
        Self::with_max(MAX_ORDERS, clock, since)
    }

    fn with_max(max: usize, clock: SharedClock, since: Timestamp) -> Self {
        let (orders, by_age, spans) = (HashMap::new(), VecDeque::new(), HashMap::new());
        let state = State { orders, by_age, spans, has_begun: false, since };
        Self { clock, max, state: Mutex::new(state), changed: Notify::new() }
    }

    /// The time since which the memory is complete.
    pub fn since(&self) -> Timestamp {
        self.lock().since
    }

    /// Records the first offset that is read of each partition.
    pub fn record_starts(&self, offsets: impl IntoIterator<Item = (i32, i64)>) {
        let mut state = self.lock();
        for (partition, offset) in offsets {
            let span = state.spans.entry(partition).or_default();
            span.from = span.from.max(offset);
        }
        state.has_begun = true;
        drop(state);
        self.changed.notify_waiters();
    }

    /// The first record of an order, if remembered.
    pub fn first(&self, id: OrderId) -> Option<FirstRecord> {
        self.lock().orders.get(&id).cloned()
    }

    /// True if no forgotten order can have a key with this creation time: any instance accepts a
    /// key as early as [`CLOCKS_DIFFER`] before its time, by its own clock.
    pub fn covers(&self, key_time: Timestamp) -> bool {
        key_time.duration_since(self.since()) >= CLOCKS_DIFFER + CLOCK_SKEW
    }

    /// Waits until the record at `offset` is read.
    pub async fn wait_past(&self, partition: i32, offset: i64) {
        self.wait_for(|state| state.spans.get(&partition).is_some_and(|span| span.next > offset))
            .await;
    }

    /// Waits until the order book is known to have all orders that the memory lacks.
    pub async fn wait_until_booked(&self) {
        self.wait_for(State::is_rest_booked).await;
    }

    /// True while the order book may lack orders that the memory lacks as well.
    pub fn needs_book_offsets(&self) -> bool {
        let state = self.lock();
        state.has_begun && !state.is_rest_booked()
    }

    /// Records that the order book has every record before these offsets, by partition.
    pub fn record_booked(&self, offsets: impl IntoIterator<Item = (i32, i64)>) {
        let mut state = self.lock();
        for (partition, offset) in offsets {
            let span = state.spans.entry(partition).or_default();
            span.booked = span.booked.max(offset);
        }
        drop(state);
        self.changed.notify_waiters();
    }

    async fn wait_for(&self, condition: impl Fn(&State) -> bool) {
        loop {
            let changed = self.changed.notified();
            if condition(&self.lock()) {
                return;
            }
            changed.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl State {
    fn is_rest_booked(&self) -> bool {
        self.has_begun && self.spans.values().all(|span| span.booked >= span.from)
    }

    fn forget(&mut self, max: usize, now: Timestamp) {
        let is_old = |at: Timestamp| now.duration_since(at) > RETENTION;
        while let Some((at, id)) = self.by_age.front().copied() {
            if self.by_age.len() <= max && !is_old(at) {
                return;
            }
            self.by_age.pop_front();
            let Some(FirstRecord { position: (partition, offset), .. }) = self.orders.remove(&id)
            else {
                continue;
            };
            let span = self.spans.entry(partition).or_default();
            span.from = span.from.max(offset + 1);
            self.since = self.since.max(at);
        }
    }
}

impl Follower for RecentOrders {
    fn apply(&self, record: &Record) {
        if record.topic != Topic::OrderDetails {
            return;
        }
        let order = order_details::decode_order(record).ok();
        let now = self.clock.now();
        let mut state = self.lock();
        let span = state.spans.entry(record.partition).or_default();
        span.next = span.next.max(record.offset + 1);
        if let Some(order) = order.filter(|order| !state.orders.contains_key(&order.id)) {
            let digest = record.header(REQUEST_HEADER).unwrap_or_default().to_owned();
            let (method, total) = (order.payment_method.clone(), order.total());
            let position = (record.partition, record.offset);
            state.orders.insert(order.id, FirstRecord { digest, method, total, position });
            state.by_age.push_back((now, order.id));
        }
        state.forget(self.max, now);
        drop(state);
        self.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests;
