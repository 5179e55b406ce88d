//! What has just happened to orders, in memory, for pages that are open: the steps of the last ten
//! minutes, and a bell for everybody who listens.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;

use domain::{
    ids::{OrderId, RestaurantId},
    payment::Refund,
    status::StatusChange,
};
use events::{Follower, Record, Topic, order_event, order_refunded};
use tokio::{sync::watch, time::Instant};

use crate::{
    bells::Bells,
    declaration::{Follows, Since},
};

/// What has just happened to orders: pages that were open before a start have seen the rest.
pub const STEPS: Follows = Follows {
    name: "live orders",
    topics: &[
        Topic::OrderDetails,
        Topic::OrderConfirmed,
        Topic::OrderDeclined,
        Topic::OrderProgress,
        Topic::OrderRefunded,
    ],
    since: Since::Seconds(60),
};

/// How long steps are remembered after the last one of an order.
const REMEMBER: Duration = Duration::from_mins(10);

/// What has happened to one order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Happened {
    /// Its steps, lowest rank first.
    pub steps: Vec<StatusChange>,
    /// Its money, once it was given back.
    pub refund: Option<Refund>,
}

#[derive(Debug)]
struct Entry {
    happened: Arc<Happened>,
    /// Made for the first listener: most orders that are remembered have none.
    listeners: Option<watch::Sender<Arc<Happened>>>,
    touched: Instant,
}

/// The steps of recent orders.
#[derive(Debug, Default)]
pub struct LiveOrders {
    orders: Mutex<HashMap<OrderId, Entry>>,
    bells: Bells,
}

impl LiveOrders {
    /// Listens to one order, known or not: the receiver holds what has happened so far.
    pub fn watch(&self, order: OrderId) -> watch::Receiver<Arc<Happened>> {
        let mut orders = self.orders.lock();
        orders.entry(order).or_insert_with(Entry::new).listen()
    }

    /// What is remembered of an order here.
    pub fn happened(&self, order: OrderId) -> Arc<Happened> {
        let orders = self.orders.lock();
        orders.get(&order).map(|entry| entry.happened.clone()).unwrap_or_default()
    }

    /// Listens to every step of the orders of a restaurant, or of all of them.
    pub fn bell(&self, restaurant: Option<&RestaurantId>) -> watch::Receiver<()> {
        self.bells.listen(restaurant)
    }

    /// Forgets orders that nobody listens to and that have not moved for ten minutes.
    pub fn forget_old(&self) {
        let mut orders = self.orders.lock();
        orders.retain(|_, entry| entry.touched.elapsed() < REMEMBER || entry.is_heard());
    }

    fn add(&self, change: &StatusChange) {
        self.change(change.order_id, |happened| {
            let known = happened.steps.iter().any(|step| step.status == change.status);
            if !known {
                let steps = &mut Arc::make_mut(happened).steps;
                // There are few, and many orders are remembered.
                steps.reserve_exact(1);
                steps.push(change.clone());
                steps.sort_by_key(|step| step.status);
            }
            !known
        });
    }

    fn add_refund(&self, order: OrderId, refund: Refund) {
        self.change(order, |happened| {
            let known = happened.refund.is_some();
            if !known {
                Arc::make_mut(happened).refund = Some(refund);
            }
            !known
        });
    }

    /// Changes what is known of an order; `change` says whether it did.
    fn change(&self, order: OrderId, change: impl FnOnce(&mut Arc<Happened>) -> bool) {
        let mut orders = self.orders.lock();
        let entry = orders.entry(order).or_insert_with(Entry::new);
        entry.touched = Instant::now();
        if change(&mut entry.happened)
            && let Some(listeners) = &entry.listeners
        {
            listeners.send_replace(entry.happened.clone());
        }
    }
}

impl Entry {
    fn new() -> Self {
        Self { happened: Arc::default(), listeners: None, touched: Instant::now() }
    }

    fn listen(&mut self) -> watch::Receiver<Arc<Happened>> {
        let listeners = || watch::Sender::new(self.happened.clone());
        self.listeners.get_or_insert_with(listeners).subscribe()
    }

    fn is_heard(&self) -> bool {
        self.listeners.as_ref().is_some_and(|listeners| listeners.receiver_count() > 0)
    }
}

impl Follower for LiveOrders {
    fn apply(&self, record: &Record) {
        // What cannot be read is a dead letter of the groups; here it is only nothing to show.
        if record.topic == Topic::OrderRefunded {
            if let Ok((order, refund)) = order_refunded::read(record) {
                self.add_refund(order.id, refund);
            }
            return;
        }
        let Ok((restaurant_id, change)) = order_event::step(record) else { return };
        self.add(&change);
        self.bells.ring(&restaurant_id);
    }
}
