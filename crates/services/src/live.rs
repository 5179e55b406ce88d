//! What has just happened to orders, in memory, for pages that are open: the steps of the last ten
//! minutes, and a bell for everybody who listens.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::{
    ids::{OrderId, RestaurantId},
    status::StatusChange,
};
use events::{Follower, OrderEvent, Record};
use tokio::{
    sync::{broadcast, watch},
    time::Instant,
};

/// How long steps are remembered after the last one of an order.
const REMEMBER: Duration = Duration::from_mins(10);
/// How many steps a slow listener may be behind before it is told that it missed some.
const BACKLOG: usize = 1_024;

/// The steps of one order, lowest rank first.
pub type Steps = Arc<Vec<StatusChange>>;

#[derive(Debug)]
struct Entry {
    steps: watch::Sender<Steps>,
    touched: Instant,
}

/// A step of some order, told to boards.
#[derive(Clone, Debug)]
pub struct Rung {
    /// Where.
    pub restaurant_id: RestaurantId,
    /// What.
    pub change: StatusChange,
}

/// The steps of recent orders.
#[derive(Debug)]
pub struct LiveOrders {
    orders: Mutex<HashMap<OrderId, Entry>>,
    bell: broadcast::Sender<Arc<Rung>>,
}

impl Default for LiveOrders {
    fn default() -> Self {
        Self { orders: Mutex::default(), bell: broadcast::Sender::new(BACKLOG) }
    }
}

impl LiveOrders {
    /// Listens to one order, known or not: the receiver holds its steps so far.
    pub fn watch(&self, order: OrderId) -> watch::Receiver<Steps> {
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        orders.entry(order).or_insert_with(Entry::new).steps.subscribe()
    }

    /// The steps of an order that are remembered here.
    pub fn steps(&self, order: OrderId) -> Steps {
        let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        orders.get(&order).map(|entry| entry.steps.borrow().clone()).unwrap_or_default()
    }

    /// Listens to every step of every order.
    pub fn bell(&self) -> broadcast::Receiver<Arc<Rung>> {
        self.bell.subscribe()
    }

    /// Forgets orders that nobody listens to and that have not moved for ten minutes.
    pub fn forget_old(&self) {
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        orders.retain(|_, e| e.touched.elapsed() < REMEMBER || e.steps.receiver_count() > 0);
    }

    fn add(&self, change: &StatusChange) {
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = orders.entry(change.order_id).or_insert_with(Entry::new);
        entry.touched = Instant::now();
        entry.steps.send_if_modified(|steps| {
            let known = steps.iter().any(|step| step.status == change.status);
            if !known {
                let steps = Arc::make_mut(steps);
                steps.push(change.clone());
                steps.sort_by_key(|step| step.status);
            }
            !known
        });
    }
}

impl Entry {
    fn new() -> Self {
        Self { steps: watch::Sender::default(), touched: Instant::now() }
    }
}

impl Follower for LiveOrders {
    fn apply(&self, record: &Record) {
        // What cannot be read is a dead letter of the groups; here it is only nothing to show.
        let Ok(event) = OrderEvent::read(record) else { return };
        self.add(&event.change);
        // Nobody listening is no error.
        let restaurant_id = event.order.seller.id.clone();
        let _ = self.bell.send(Arc::new(Rung { restaurant_id, change: event.change }));
    }
}
