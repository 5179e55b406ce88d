//! The orders of the last hour, from the topic itself: so a repeated request is recognised by any
//! instance, also by one that was started a minute ago.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use domain::{ids::OrderId, money::Money};
use events::{
    Follower, Record, Topic,
    order_details::{self, REQUEST_HEADER},
};
use tokio::{sync::Notify, time::Instant};

/// How long an order is remembered.
const REMEMBER: Duration = Duration::from_hours(1);
/// Most orders remembered.
const MOST: usize = 1_000_000;

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

#[derive(Debug, Default)]
struct Tail {
    orders: HashMap<OrderId, First>,
    by_age: VecDeque<(Instant, OrderId)>,
    /// The next offset of each partition.
    reached: HashMap<i32, i64>,
}

/// The end of `order_details` in memory.
#[derive(Debug, Default)]
pub struct Recent {
    tail: Mutex<Tail>,
    moved: Notify,
}

impl Recent {
    /// The order, if it was placed in the last hour.
    pub fn first(&self, id: OrderId) -> Option<First> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner).orders.get(&id).cloned()
    }

    /// Waits until the record at `offset` has been seen.
    pub async fn passes(&self, partition: i32, offset: i64) {
        loop {
            let moved = self.moved.notified();
            let reached = {
                let tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
                tail.reached.get(&partition).copied().unwrap_or(0)
            };
            if reached > offset {
                return;
            }
            moved.await;
        }
    }
}

impl Follower for Recent {
    fn apply(&self, record: &Record) {
        if record.topic != Topic::OrderDetails {
            return;
        }
        let order = order_details::read(record).ok();
        let now = Instant::now();
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.reached.insert(record.partition, record.offset + 1);
        if let Some(order) = order.filter(|order| !tail.orders.contains_key(&order.id)) {
            let digest = record.header(REQUEST_HEADER).unwrap_or_default().to_owned();
            let place = (record.partition, record.offset);
            tail.orders.insert(order.id, First { digest, total: order.total(), place });
            tail.by_age.push_back((now, order.id));
        }
        while tail.by_age.len() > MOST
            || tail.by_age.front().is_some_and(|(at, _)| now.duration_since(*at) > REMEMBER)
        {
            if let Some((_, id)) = tail.by_age.pop_front() {
                tail.orders.remove(&id);
            }
        }
        drop(tail);
        self.moved.notify_waiters();
    }
}
