//! The tables in memory.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use domain::{
    business_day::BusinessDay,
    facts::{
        Fact, FactName, Projection, Restock, Scope, Summary,
        board::{Board, FactsQuery, FiguresQuery},
        deltas::OrderFacts,
    },
    fixtures,
    ids::{ChangeId, OrderId, RequestId, RestaurantId},
    kitchen::Decision,
    number::OrderNumber,
    order::Order,
    payment::{
        Attempt, Authentication, Cancellation, ChargeOutcome, DeclineReason, Dispute, Hold,
        IntentId, LedgerEntry, PartRefund, Payment, PaymentEvent, PaymentState, Posting, RefundId,
        RefundKey, Returned, lapse_of,
    },
    payment_method::MethodKind,
    ports::{
        BookEntry, FactStore, GatewayEventLog, Hop, MailName, PaymentBook, PaymentProgress,
        SendLedger, Unavailable,
    },
    status::{OrderStanding, Status, StatusChange},
    stock::{Dish, Reservation, StockLevel},
};
use jiff::{Timestamp, civil::Date};

use tokio::sync::Notify;

use super::{Faults, lock, stock::StockRow};

/// A row of the order book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookRow {
    pub standing: OrderStanding,
    pub order: Option<Order>,
    pub request: Option<String>,
    pub history: BTreeMap<Status, Timestamp>,
}

#[derive(Debug, Default)]
pub struct Rows {
    pub book: BTreeMap<OrderId, BookRow>,
    pub travel: BTreeMap<(OrderId, Status), Hop>,
    pub decisions: BTreeMap<RequestId, Decision>,
    pub payments: BTreeMap<OrderId, Payment>,
    pub refunds: BTreeMap<(OrderId, RefundKey), PartRefund>,
    /// When refunds are due to be published.
    pub refunds_due: BTreeMap<(OrderId, RefundKey), Timestamp>,
    pub disputes: BTreeMap<OrderId, Vec<Dispute>>,
    pub ledger: BTreeMap<(OrderId, String), Vec<Posting>>,
    pub gateway_events: BTreeSet<String>,
    pub mails: BTreeSet<(OrderId, String)>,
    pub claims: BTreeMap<(OrderId, &'static str), Timestamp>,
    pub facts: BTreeMap<(OrderId, FactName), Fact>,
    pub levels: BTreeMap<Dish, StockLevel>,
    pub restocks: BTreeMap<ChangeId, Restock>,
    pub stock: BTreeMap<Dish, StockRow>,
    pub changes: BTreeMap<ChangeId, (Dish, i64)>,
    pub numbers: BTreeMap<(RestaurantId, Date), i64>,
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

impl Rows {
    fn attempt(&mut self, attempt: &Attempt) -> Payment {
        let (order, at) = (&attempt.order, attempt.at);
        let is_new = !self.payments.contains_key(&order.id);
        if let Some(reason) = attempt.refused.filter(|_| is_new) {
            return self.refuse(attempt, reason);
        }
        if is_new && !self.reserve(order, at) {
            return self.refuse(attempt, DeclineReason::OutOfStock);
        }
        let row = self.payments.entry(order.id).or_insert_with(|| Payment {
            record_digest: attempt.record_digest.clone(),
            ..Payment::new(order, PaymentState::Pending)
        });
        let is_cash = row.method == MethodKind::Cash;
        row.attempts += u32::from(row.state.is_open() && !is_cash);
        if row.state.is_open() && row.number.is_none() {
            let day = (order.seller.id.clone(), BusinessDay::of(order).date);
            let last = self.numbers.entry(day).or_default();
            *last += 1;
            row.number = OrderNumber::try_from(*last).ok();
        }
        match is_cash && row.state.is_open() {
            true => self.settle(order, &ChargeOutcome::Due { at }),
            false => row.clone(),
        }
    }

    fn refuse(&mut self, attempt: &Attempt, reason: DeclineReason) -> Payment {
        let (order, at) = (&attempt.order, attempt.at);
        let row = Payment {
            attempts: 1,
            record_digest: attempt.record_digest.clone(),
            ..Payment::new(order, PaymentState::Pending)
        };
        self.payments.insert(order.id, row);
        self.settle(order, &ChargeOutcome::Declined { reason, at })
    }

    fn settle(&mut self, order: &Order, outcome: &ChargeOutcome) -> Payment {
        let row = self.payments.get_mut(&order.id).unwrap();
        charge(row, outcome);
        let row = row.clone();
        let Some(decided_at) = row.decided_at else {
            if row.state == PaymentState::ActionRequired {
                self.join_placed(order);
            }
            return row;
        };
        self.follow(&row);
        let status = if row.reason.is_some() { Status::Declined } else { Status::Confirmed };
        let change = StatusChange {
            order_id: order.id,
            status,
            at: decided_at,
            reason: row.reason.map(|reason| reason.name().to_owned()),
            ready_by: None,
            number: row.number.filter(|_| status == Status::Confirmed),
        };
        self.join(BookEntry { change, order: Some(order.clone()), request: None });
        self.post(order, &LedgerEntry::Capture, row.captured_at.is_some());
        row
    }

    fn join_placed(&mut self, order: &Order) {
        let (status, at) = (Status::Placed, order.placed_at);
        let change = StatusChange {
            order_id: order.id,
            status,
            at,
            reason: None,
            ready_by: None,
            number: None,
        };
        self.join(BookEntry { change, order: Some(order.clone()), request: None });
    }

    fn call_off(&mut self, order: &Order, cancellation: &Cancellation) -> Payment {
        let row = self.payments.entry(order.id).or_insert_with(|| Payment {
            decided_at: Some(cancellation.at),
            reason: Some(DeclineReason::Cancelled),
            ..Payment::new(order, PaymentState::Void)
        });
        row.cancellation.get_or_insert_with(|| cancellation.clone());
        row.state = row.state.after(PaymentEvent::Cancelled, true);
        let is_due = row.state == PaymentState::RefundPending && row.parts.reserved_minor == 0;
        row.refund_attempts += u32::from(is_due);
        row.attempts += u32::from(row.state.is_open());
        row.clone()
    }

    fn settle_refund(&mut self, order: &Order, refund: RefundId, at: Timestamp) -> Payment {
        let row = self.payments.get_mut(&order.id).unwrap();
        let is_due = row.state == PaymentState::RefundPending && row.returns_all();
        if is_due && row.parts.reserved_minor == 0 {
            row.state = row.state.after(PaymentEvent::Refunded(Returned::All), true);
            row.refund_minor = Some(row.remainder_minor());
            (row.refund, row.refunded_at) = (Some(refund), Some(at));
        }
        let row = row.clone();
        self.post_return(order, &LedgerEntry::Refund, row.refund_minor);
        row
    }

    pub(super) fn post(&mut self, order: &Order, entry: &LedgerEntry, moved: bool) {
        if moved {
            let postings = fixtures::postings(order, entry);
            self.ledger.insert((order.id, entry.to_string()), postings);
        }
    }
}

/// Moves a row by the outcome of a charge, as the table of the domain says.
fn charge(row: &mut Payment, outcome: &ChargeOutcome) {
    let (event, reason, at) = match outcome {
        ChargeOutcome::ActionRequired { at, .. } => (PaymentEvent::ActionRequired, None, at),
        ChargeOutcome::Authorized { at, .. } => (PaymentEvent::Authorized, None, at),
        ChargeOutcome::Due { at } => {
            (row.state, row.decided_at) = (PaymentState::Due, Some(*at));
            return;
        }
        ChargeOutcome::Captured { at, .. } => (PaymentEvent::Captured, None, at),
        ChargeOutcome::Declined { reason, at } => {
            (PaymentEvent::Refused(*reason), Some(*reason), at)
        }
    };
    let before = row.state;
    row.state = before.after(event, row.cancellation.is_some());
    if before.is_open() {
        row.reason = reason;
    }
    match outcome {
        ChargeOutcome::ActionRequired { until, .. } if row.state != before => {
            row.action = Some(Authentication { at: *at, until: *until });
            row.due_at = Some(*until);
            return;
        }
        ChargeOutcome::ActionRequired { .. } => return,
        ChargeOutcome::Authorized { capture_before, at, .. } if before.is_open() => {
            let hold = Hold { at: *at, capture_before: *capture_before };
            let waits = before == PaymentState::ActionRequired;
            row.due_at = Some(if waits { *at } else { lapse_of(hold) });
            (row.hold, row.decided_at) = (Some(hold), Some(*at));
            return;
        }
        _ => {}
    }
    if before.is_open() {
        row.decided_at = Some(*at);
    }
    if !before.was_captured() && row.state.was_captured() {
        row.captured_at = Some(*at);
    }
    if before != row.state && before == PaymentState::Authorized {
        row.due_at = None;
    } else if before != row.state
        && !matches!(before, PaymentState::Pending | PaymentState::Unknown)
    {
        row.due_at = Some(*at);
    }
}

fn make_progress(row: &mut Payment, progress: PaymentProgress, at: Timestamp) {
    let is_lost = row.hold.is_some()
        && row.captured_at.is_none()
        && matches!(row.state, PaymentState::Authorized | PaymentState::Void);
    match progress {
        PaymentProgress::Accepted => drop(row.accepted_at.get_or_insert(at)),
        PaymentProgress::CaptureFailed if is_lost => {
            (row.capture_failed_at, row.due_at) = (row.capture_failed_at.or(Some(at)), Some(at));
        }
        PaymentProgress::Collected if row.state == PaymentState::Due => {
            (row.state, row.collected_at) = (PaymentState::Collected, Some(at));
        }
        _ => {}
    }
}

impl PaymentBook for Tables {
    async fn record_attempt(&self, attempt: Attempt) -> Result<Payment, Unavailable> {
        self.call("payments.begin", |rows| rows.attempt(&attempt))
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

    async fn mark_declining(
        &self,
        id: OrderId,
        reason: DeclineReason,
    ) -> Result<Payment, Unavailable> {
        self.call("payments.mark_declining", |rows| {
            let row = rows.payments.get_mut(&id).unwrap();
            if row.state.is_open() {
                row.reason.get_or_insert(reason);
                row.attempts += 1;
            }
            row.state = row.state.after(PaymentEvent::Unknown, false);
            row.clone()
        })
    }

    async fn settle(&self, order: &Order, outcome: &ChargeOutcome) -> Result<Payment, Unavailable> {
        self.call("payments.settle", |rows| rows.settle(order, outcome))
    }

    async fn record_cancellation(
        &self,
        order: &Order,
        cancellation: &Cancellation,
    ) -> Result<Payment, Unavailable> {
        self.call("payments.call_off", |rows| rows.call_off(order, cancellation))
    }

    async fn record_progress(
        &self,
        order: &Order,
        progress: PaymentProgress,
        at: Timestamp,
    ) -> Result<Option<Payment>, Unavailable> {
        self.call("payments.progress", |rows| {
            let row = rows.payments.get_mut(&order.id)?;
            make_progress(row, progress, at);
            let row = row.clone();
            rows.post(order, &LedgerEntry::Collection, row.collected_at.is_some());
            Some(row)
        })
    }

    async fn settle_refund(
        &self,
        order: &Order,
        refund: RefundId,
        at: Timestamp,
    ) -> Result<Payment, Unavailable> {
        self.call("payments.settle_refund", |rows| rows.settle_refund(order, refund, at))
    }
}

impl GatewayEventLog for Tables {
    async fn payment(
        &self,
        order: OrderId,
    ) -> Result<Option<(Payment, Option<Order>)>, Unavailable> {
        self.call("events.payment", |rows| {
            let order = rows.book.get(&order)?.order.clone().map(|found| (order, Some(found)));
            let (id, order) = order?;
            Some((rows.payments.get(&id)?.clone(), order))
        })
    }

    async fn is_handled(&self, event: &str) -> Result<bool, Unavailable> {
        self.call("events.is_done", |rows| rows.gateway_events.contains(event))
    }

    async fn record_handled(&self, event: &str, _at: Timestamp) -> Result<(), Unavailable> {
        self.call("events.record_done", |rows| {
            rows.gateway_events.insert(event.to_owned());
        })
    }
}

impl SendLedger for Tables {
    async fn is_sent(
        &self,
        order: OrderId,
        mail: impl Into<MailName> + Send,
    ) -> Result<bool, Unavailable> {
        let name = mail.into().to_string();
        self.call("mails.is_sent", |rows| rows.mails.contains(&(order, name)))
    }

    async fn record_sent(
        &self,
        order: OrderId,
        mail: impl Into<MailName> + Send,
        _at: Timestamp,
    ) -> Result<(), Unavailable> {
        let name = mail.into().to_string();
        self.call("mails.record_sent", |rows| {
            rows.mails.insert((order, name));
        })
    }
}

impl FactStore for Tables {
    async fn record(&self, facts: Vec<Fact>) -> Result<u64, Unavailable> {
        self.call("facts.record", |rows| {
            let before = rows.facts.len();
            for fact in facts {
                rows.facts.entry(fact.key()).or_insert(fact);
            }
            (rows.facts.len() - before) as u64
        })
    }

    async fn record_stock(
        &self,
        levels: Vec<StockLevel>,
        restocks: Vec<Restock>,
    ) -> Result<(), Unavailable> {
        self.call("facts.record_stock", |rows| {
            for level in levels {
                let known = rows.levels.entry(level.dish.clone()).or_insert_with(|| level.clone());
                if level.version > known.version {
                    *known = level;
                }
            }
            for restock in restocks {
                rows.restocks.entry(restock.id).or_insert(restock);
            }
        })
    }

    async fn summary(
        &self,
        scope: &Scope,
        _from: Option<Timestamp>,
        _to: Option<Timestamp>,
    ) -> Result<Summary, Unavailable> {
        Ok(projection(&lock(&self.rows)).summary(scope))
    }

    async fn board(&self, ask: &FiguresQuery) -> Result<Board, Unavailable> {
        Ok(projection(&lock(&self.rows)).board(ask))
    }

    async fn facts_behind(&self, ask: &FactsQuery) -> Result<Vec<Fact>, Unavailable> {
        let rows = lock(&self.rows);
        let mine = |fact: &&Fact| {
            let restaurant = ask.scope.restaurant();
            fact.kind == ask.kind
                && ask.reason.is_none_or(|reason| reason == fact.reason)
                && (ask.span.0..ask.span.1).contains(&fact.at)
                && restaurant.is_none_or(|id| *id == fact.sale.restaurant_id)
        };
        Ok(rows.facts.values().filter(mine).cloned().collect())
    }

    async fn pulse(&self) -> Result<i64, Unavailable> {
        Ok(i64::try_from(lock(&self.rows).facts.len()).unwrap())
    }
}

/// The projection of the facts.
fn projection(rows: &Rows) -> Projection {
    let facts: Vec<_> = rows.facts.values().cloned().collect();
    let orders = facts.chunk_by(|a, b| a.sale.order_id == b.sale.order_id);
    let counted: Vec<_> = orders.filter_map(OrderFacts::first).collect();
    let mut projection = Projection::default();
    projection.apply(&counted);
    projection
}
