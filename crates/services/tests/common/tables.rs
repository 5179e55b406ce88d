//! The tables, with the effects that transactions, email and analytics need.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use domain::{
    facts::{self, Fact, Summary},
    ids::{ChangeId, OrderId, RequestId, RestaurantId},
    kitchen::Decision,
    order::Order,
    payment::{DeclineReason, IntentId, Outcome, Payment, PaymentState},
    ports::{BookEntry, FactStore, MailKind, PaymentBook, SendLedger, Unavailable},
    status::{Standing, Status, StatusChange},
    stock::{Dish, Reservation},
};
use jiff::Timestamp;

use tokio::sync::Notify;

use super::{Faults, lock, stock::StockRow};

/// A row of the order book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookRow {
    pub standing: Standing,
    pub order: Option<Order>,
    pub history: BTreeMap<Status, Timestamp>,
}

#[derive(Debug, Default)]
pub struct Rows {
    pub book: BTreeMap<OrderId, BookRow>,
    pub decisions: BTreeMap<RequestId, Decision>,
    pub payments: BTreeMap<OrderId, Payment>,
    pub mails: BTreeSet<(OrderId, &'static str)>,
    pub facts: BTreeMap<(OrderId, Status), Fact>,
    pub stock: BTreeMap<Dish, StockRow>,
    pub changes: BTreeMap<ChangeId, (Dish, i64)>,
    pub reservations: BTreeMap<(OrderId, Dish), (u32, Reservation)>,
}

#[derive(Clone)]
pub struct Tables {
    pub rows: Arc<Mutex<Rows>>,
    pub(super) faults: Faults,
    pub(super) bell: Arc<Notify>,
}

impl Tables {
    pub fn new(faults: Faults) -> Self {
        Self { rows: Arc::default(), faults, bell: Arc::default() }
    }

    pub(super) fn call<T>(
        &self,
        name: &'static str,
        effect: impl FnOnce(&mut Rows) -> T,
    ) -> Result<T, Unavailable> {
        self.faults.call(name, || effect(&mut lock(&self.rows)))
    }
}

fn undecided(payment: &Payment) -> bool {
    matches!(payment.state, PaymentState::Pending | PaymentState::Unknown)
}

impl Rows {
    fn begin(&mut self, order: &Order, at: Timestamp) -> Payment {
        let is_new = !self.payments.contains_key(&order.id);
        if is_new && !self.reserve(order, at) {
            return self.out_of_stock(order, at);
        }
        let row = self.payments.entry(order.id).or_insert_with(|| Payment {
            order_id: order.id,
            placed_at: order.placed_at,
            amount: order.total(),
            state: PaymentState::Pending,
            intent: None,
            attempts: 0,
            decided_at: None,
            reason: None,
        });
        row.attempts += u32::from(undecided(row));
        row.clone()
    }

    fn out_of_stock(&mut self, order: &Order, at: Timestamp) -> Payment {
        let row = Payment {
            order_id: order.id,
            placed_at: order.placed_at,
            amount: order.total(),
            state: PaymentState::Pending,
            intent: None,
            attempts: 1,
            decided_at: None,
            reason: None,
        };
        self.payments.insert(order.id, row);
        self.settle(order, &Outcome::Declined { reason: DeclineReason::OutOfStock, at })
    }

    fn settle(&mut self, order: &Order, outcome: &Outcome) -> Payment {
        let row = self.payments.get_mut(&order.id).unwrap();
        if undecided(row) {
            (row.state, row.reason, row.decided_at) = match outcome {
                Outcome::Captured { at, .. } => (PaymentState::Captured, None, Some(*at)),
                Outcome::Declined { reason, at } => {
                    (PaymentState::Declined, Some(*reason), Some(*at))
                }
            };
        }
        let row = row.clone();
        self.follow(&row);
        let status = match row.state {
            PaymentState::Captured => Status::Confirmed,
            _ => Status::Declined,
        };
        let change = StatusChange {
            order_id: order.id,
            status,
            at: row.decided_at.unwrap(),
            reason: row.reason.map(|reason| reason.name().to_owned()),
            ready_by: None,
        };
        self.join(BookEntry { change, order: Some(order.clone()) });
        row
    }
}

impl PaymentBook for Tables {
    async fn begin(&self, order: &Order, at: Timestamp) -> Result<Payment, Unavailable> {
        self.call("payments.begin", |rows| rows.begin(order, at))
    }

    async fn store_intent(&self, id: OrderId, intent: IntentId) -> Result<Payment, Unavailable> {
        self.call("payments.store_intent", |rows| {
            let row = rows.payments.get_mut(&id).unwrap();
            row.intent.get_or_insert(intent);
            row.clone()
        })
    }

    async fn mark_unknown(&self, id: OrderId) -> Result<(), Unavailable> {
        self.call("payments.mark_unknown", |rows| {
            let row = rows.payments.get_mut(&id).unwrap();
            if row.state == PaymentState::Pending {
                row.state = PaymentState::Unknown;
            }
        })
    }

    async fn settle(&self, order: &Order, outcome: &Outcome) -> Result<Payment, Unavailable> {
        self.call("payments.settle", |rows| rows.settle(order, outcome))
    }
}

impl SendLedger for Tables {
    async fn is_sent(&self, order: OrderId, kind: MailKind) -> Result<bool, Unavailable> {
        self.call("mails.is_sent", |rows| rows.mails.contains(&(order, kind.name())))
    }

    async fn record_sent(
        &self,
        order: OrderId,
        kind: MailKind,
        _at: Timestamp,
    ) -> Result<(), Unavailable> {
        self.call("mails.record_sent", |rows| {
            rows.mails.insert((order, kind.name()));
        })
    }
}

impl FactStore for Tables {
    async fn record(&self, facts: Vec<Fact>) -> Result<u64, Unavailable> {
        self.call("facts.record", |rows| {
            let before = rows.facts.len();
            for fact in facts {
                rows.facts.entry((fact.order_id, fact.kind)).or_insert(fact);
            }
            (rows.facts.len() - before) as u64
        })
    }

    async fn summary(
        &self,
        restaurant: Option<&RestaurantId>,
        _from: Option<Timestamp>,
        _to: Option<Timestamp>,
    ) -> Result<Summary, Unavailable> {
        let rows = lock(&self.rows);
        let here = |fact: &&Fact| restaurant.is_none_or(|id| *id == fact.restaurant_id);
        let mut summary = Summary::default();
        for (key, hour) in facts::fold(rows.facts.values().filter(here)).hours {
            *summary.orders.entry(key.kind).or_default() += hour.orders;
            if key.kind == Status::Confirmed {
                *summary.revenue_minor.entry(key.currency).or_default() += hour.amount_minor;
                *summary.confirmed.entry(key.currency).or_default() += hour.orders;
                summary.items_sold += hour.pieces;
            }
        }
        Ok(summary)
    }
}
