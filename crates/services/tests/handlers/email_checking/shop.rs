//! A shop whose mail service polls for undecided orders, at a time that the test sets.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use domain::{
    fixtures,
    ids::OrderId,
    order::Order,
    payment::ChargeOutcome,
    ports::{
        BookEntry, CatchUp, Clock, MailKind, OrderBook, OrderSnapshot, OrderWatch, PaymentBook,
        PlacedOrder, Unavailable, UndecidedOrders, UndecidedQuery,
    },
    status::{Status, StatusChange},
};
use jiff::{SignedDuration, Timestamp};
use services::email::{CheckingMailer, EmailHandler};

use super::super::{
    common::{Mailer, Tables, World, lock},
    email::make,
};

/// A clock that the test sets.
pub(super) struct Set(Mutex<Timestamp>);

impl Clock for Set {
    fn now(&self) -> Timestamp {
        *lock(&self.0)
    }
}

/// Whether the group has caught up with the log.
#[derive(Clone)]
pub(super) struct Caught(pub(super) Arc<AtomicBool>);

impl CatchUp for Caught {
    async fn has_caught_up(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

pub(super) struct Shop {
    pub(super) world: World,
    clock: Arc<Set>,
    pub(super) caught: Caught,
}

pub(super) type Looks<W> = CheckingMailer<Mailer, Tables, W, Caught>;

impl Shop {
    pub(super) fn new() -> Self {
        let clock = Arc::new(Set(Mutex::new(fixtures::order(1).placed_at)));
        Self { world: World::new(), clock, caught: Caught(Arc::new(AtomicBool::new(true))) }
    }

    /// Another instance.
    pub(super) fn instance(&self) -> Looks<Tables> {
        let email = EmailHandler { clock: self.clock.clone(), ..make(&self.world) };
        CheckingMailer { email, log: self.caught.clone() }
    }

    pub(super) fn after(&self, seconds: i64) {
        *lock(&self.clock.0) += SignedDuration::from_secs(seconds);
    }

    /// Puts the order into the book.
    pub(super) async fn book(&self, order: &Order, status: Status) {
        let (order_id, at) = (order.id, order.placed_at);
        let change =
            StatusChange { order_id, status, at, reason: None, ready_by: None, number: None };
        let entry = BookEntry { change, order: Some(order.clone()), request: None };
        OrderBook::record(&self.world.tables, vec![entry]).await.unwrap();
    }

    /// Puts the payment of the order into the state in which the bank waits.
    pub(super) async fn waits_for_customer(&self, order: &Order) {
        let (at, tables) = (order.placed_at, &self.world.tables);
        tables.begin(order, at).await.unwrap();
        let outcome = ChargeOutcome::ActionRequired { at, until: at };
        tables.settle(order, &outcome).await.unwrap();
    }

    pub(super) fn mails(&self) -> usize {
        self.world.mailer.taken().len()
    }
}

/// The same service with a stale list of orders.
pub(super) fn to_watch<W>(
    email: &EmailHandler<Mailer, Tables, W>,
) -> EmailHandler<Mailer, Tables, Stale> {
    EmailHandler {
        watch: Stale(email.ledger.clone(), Vec::new()),
        mailer: email.mailer.clone(),
        ledger: email.ledger.clone(),
        clock: email.clock.clone(),
        secret: email.secret.clone(),
        public_url: email.public_url.clone(),
        counters: email.counters.clone(),
    }
}

/// Tables with a stale list of undecided orders.
#[derive(Clone)]
pub(super) struct Stale(pub(super) Tables, pub(super) Vec<Order>);

impl OrderWatch for Stale {
    async fn snapshot(&self, order: OrderId) -> Result<OrderSnapshot, Unavailable> {
        self.0.snapshot(order).await
    }

    async fn placed_order(&self, order: OrderId) -> Result<Option<PlacedOrder>, Unavailable> {
        self.0.placed_order(order).await
    }
}

impl UndecidedOrders for Stale {
    async fn undecided_orders(
        &self,
        kind: MailKind,
        _: UndecidedQuery,
    ) -> Result<Vec<Order>, Unavailable> {
        Ok(if kind == MailKind::Checking { self.1.clone() } else { Vec::new() })
    }

    async fn claim(
        &self,
        order: OrderId,
        kind: MailKind,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, Unavailable> {
        self.0.claim(order, kind, now, until).await
    }
}
