//! Recent steps of orders in memory, for open pages: the last ten minutes, with change
//! notifications.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;

use domain::{
    ids::{OrderId, RestaurantId},
    payment::{PaymentState, Refund},
    status::StatusChange,
};
use events::{
    Follower, Record, Topic, order_event,
    order_payments::{self, PaymentEvent, PaymentNews},
    order_refunded,
};
use jiff::Timestamp;
use telemetry::trace::{Kind, Span};
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
        Topic::OrderPayments,
        Topic::OrderRefunded,
    ],
    since: Since::Seconds(60),
};

/// Retention after the last step of an order.
const RETENTION: Duration = Duration::from_mins(10);

/// The recent steps and payment of one order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderActivity {
    /// Steps, lowest rank first.
    pub steps: Vec<StatusChange>,
    /// Until when the customer can authenticate, if the bank wants that.
    pub authenticate_until: Option<Timestamp>,
    /// What became of money that was held or due, once known.
    pub payment: Option<PaymentState>,
    /// The refunds, each once.
    pub refunds: Vec<Refund>,
}

#[derive(Debug)]
struct Entry {
    activity: Arc<OrderActivity>,
    /// Created for the first listener: most orders have none.
    listeners: Option<watch::Sender<Arc<OrderActivity>>>,
    touched: Instant,
}

/// The steps of recent orders.
#[derive(Debug, Default)]
pub struct LiveOrders {
    orders: Mutex<HashMap<OrderId, Entry>>,
    bells: Bells,
}

impl LiveOrders {
    /// Subscribes to one order, known or not; the receiver holds its activity so far.
    pub fn watch(&self, order: OrderId) -> watch::Receiver<Arc<OrderActivity>> {
        let mut orders = self.orders.lock();
        orders.entry(order).or_insert_with(Entry::new).listen()
    }

    /// The recent activity of an order.
    pub fn activity(&self, order: OrderId) -> Arc<OrderActivity> {
        let orders = self.orders.lock();
        orders.get(&order).map(|entry| entry.activity.clone()).unwrap_or_default()
    }

    /// Subscribes to the steps of one restaurant's orders, or of all.
    pub fn subscribe(&self, restaurant: Option<&RestaurantId>) -> watch::Receiver<()> {
        self.bells.listen(restaurant)
    }

    /// Removes orders without listeners that have not changed within [`RETENTION`].
    pub fn forget_old(&self) {
        let mut orders = self.orders.lock();
        orders.retain(|_, entry| entry.touched.elapsed() < RETENTION || entry.has_listeners());
    }

    fn add_step(&self, change: &StatusChange) {
        self.update(change.order_id, |activity| {
            let known = activity.steps.iter().any(|step| step.status == change.status);
            if !known {
                let steps = &mut Arc::make_mut(activity).steps;
                // Steps are few and orders are many: no spare capacity.
                steps.reserve_exact(1);
                steps.push(change.clone());
                steps.sort_by_key(|step| step.status);
            }
            !known
        });
    }

    fn add_payment(&self, event: &PaymentEvent) {
        self.update(event.order_id, |activity| {
            let mut next = OrderActivity::clone(activity);
            match &event.news {
                PaymentNews::ActionRequired { expires_at } => {
                    next.authenticate_until.get_or_insert(*expires_at);
                }
                news => next.payment = news.state().or(next.payment),
            }
            let is_news = next != **activity;
            *activity = Arc::new(next);
            is_news
        });
    }

    fn add_refund(&self, order: OrderId, refund: Refund) {
        self.update(order, |activity| {
            let known = activity.refunds.iter().any(|known| known.part == refund.part);
            if !known {
                Arc::make_mut(activity).refunds.push(refund);
            }
            !known
        });
    }

    /// Updates the activity of an order and notifies its listeners if `change` returns true.
    fn update(&self, order: OrderId, change: impl FnOnce(&mut Arc<OrderActivity>) -> bool) {
        let mut orders = self.orders.lock();
        let entry = orders.entry(order).or_insert_with(Entry::new);
        entry.touched = Instant::now();
        if change(&mut entry.activity)
            && let Some(listeners) = &entry.listeners
        {
            listeners.send_replace(entry.activity.clone());
        }
    }
}

impl Entry {
    fn new() -> Self {
        Self { activity: Arc::default(), listeners: None, touched: Instant::now() }
    }

    fn listen(&mut self) -> watch::Receiver<Arc<OrderActivity>> {
        let listeners = || watch::Sender::new(self.activity.clone());
        self.listeners.get_or_insert_with(listeners).subscribe()
    }

    fn has_listeners(&self) -> bool {
        self.listeners.as_ref().is_some_and(|listeners| listeners.receiver_count() > 0)
    }
}

impl Follower for LiveOrders {
    fn apply(&self, record: &Record) {
        // Streams of this process push the change to open pages.
        let _span = record.trace().map(|trace| Span::part_of(trace, Kind::Internal, "push status"));
        // An unreadable record becomes a dead letter of its groups; there is nothing to show here.
        match record.topic {
            Topic::OrderRefunded => {
                if let Ok((order, refund)) = order_refunded::decode_refunded(record) {
                    self.add_refund(order.id, refund);
                }
                return;
            }
            Topic::OrderPayments => {
                if let Ok(Some(event)) = order_payments::decode_payment(record) {
                    self.add_payment(&event);
                }
                return;
            }
            _ => {}
        }
        let Ok((restaurant_id, change)) = order_event::decode_step(record) else { return };
        self.add_step(&change);
        self.bells.ring(&restaurant_id);
    }
}
