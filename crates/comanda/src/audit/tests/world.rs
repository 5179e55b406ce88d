//! A small consistent world, for tests to spoil.

use std::collections::BTreeMap;

use domain::{
    facts::{Fact, FactKind, Projection, deltas::OrderFacts},
    fixtures,
    number::OrderNumber,
    order::Order,
    payment::{DeclineReason, IntentId, LedgerEntry, Refund, RefundId},
    payment_method::{CapturePoint, MethodKind},
    status::{Status, StatusChange},
};
use events::{
    OutgoingRecord, Record, Topic,
    order_confirmed::{self, Verified},
    order_declined,
    order_details::{self, OrderDetails},
    order_payments::{self, PaymentNews},
    order_progress, order_refunded,
};
use jiff::Timestamp;
use serde_json::json;
use sql::{
    BookRow, FactRow, HistoryRow, LedgerRow, LevelRow, MailRow, PaymentRow, ReservationRow,
    StockHistoryRow,
};
use stripe::Capture;

use super::{
    super::{
        evidence::Evidence,
        finding::{Lag, Verdict},
        letters::DeadLetter,
        reconcile::reconcile,
        scope::Scope,
    },
    stock,
};

/// Everything an audit reads.
#[derive(Default)]
pub(super) struct World {
    pub(super) scope: Scope,
    pub(super) records: Vec<Record>,
    /// Records of the stock topics.
    pub(super) stock: Vec<Record>,
    /// Records that come after the tables were read.
    pub(super) late: Vec<Record>,
    pub(super) letters: Vec<DeadLetter>,
    pub(super) book: Vec<BookRow>,
    pub(super) history: Vec<HistoryRow>,
    pub(super) payments: Vec<PaymentRow>,
    pub(super) ledger: Vec<LedgerRow>,
    pub(super) mails: Vec<MailRow>,
    pub(super) facts: Vec<FactRow>,
    pub(super) figures: BTreeMap<String, String>,
    pub(super) levels: Vec<LevelRow>,
    pub(super) stock_history: Vec<StockHistoryRow>,
    pub(super) reservations: Vec<ReservationRow>,
    pub(super) refunds: Vec<(String, i64)>,
    pub(super) captures: Vec<Capture>,
    pub(super) lag: Lag,
}

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// The id of the `n`th order as text.
pub(super) fn id(n: u128) -> String {
    fixtures::order(n).id.to_string()
}

/// The record of an event on a topic.
pub(super) fn record(topic: Topic, event: &OutgoingRecord) -> Record {
    Record::delivered(event, topic, 0, 0)
}

/// The number of an order: that of its id.
fn number(order: &Order) -> Option<OrderNumber> {
    OrderNumber::try_from(i64::try_from(order.id.0.as_u128()).ok()?).ok()
}

/// How an order is paid when it is confirmed.
fn verified<'a>(order: &Order, intent: &'a IntentId) -> Verified<'a> {
    match (order.payment_method.kind(), order.seller.capture) {
        (MethodKind::Cash, _) => Verified::Due,
        (MethodKind::Card, CapturePoint::AtOrder) => Verified::Captured(intent),
        (MethodKind::Card, CapturePoint::AtAcceptance) => Verified::Authorized(intent),
    }
}

/// The event that an order reached a status.
pub(super) fn event(order: &Order, status: Status, second: i64) -> Record {
    match status {
        Status::Placed => {
            record(Topic::OrderDetails, &order_details::encode_placed(order, "digest"))
        }
        Status::Confirmed => {
            let payment = IntentId(format!("pi_{}", order.id.0.as_u128()));
            let verified = verified(order, &payment);
            let event =
                order_confirmed::encode_confirmed(order, number(order), verified, at(second));
            record(Topic::OrderConfirmed, &event)
        }
        Status::Declined => {
            let event =
                order_declined::encode_declined(order, DeclineReason::CardDeclined, at(second));
            record(Topic::OrderDeclined, &event)
        }
        _ => {
            let (order_id, at) = (order.id, at(second));
            let change =
                StatusChange { order_id, status, at, reason: None, ready_by: None, number: None };
            record(
                Topic::OrderProgress,
                &order_progress::encode_progress(
                    order,
                    &change,
                    domain::kitchen::Requester::Kitchen,
                ),
            )
        }
    }
}

impl World {
    /// Order 1 was delivered, 2 was declined, 3 is confirmed.
    pub(super) fn new() -> Self {
        use Status::{
            Accepted, Completed, Confirmed, Declined, OutForDelivery, Placed, Preparing, Ready,
        };
        let mut world = Self::default();
        let way = [Placed, Confirmed, Accepted, Preparing, Ready, OutForDelivery, Completed];
        world.add(&fixtures::delivery(1), &way);
        world.add(&fixtures::order(2), &[Placed, Declined]);
        world.add(&fixtures::order(3), &[Placed, Confirmed]);
        stock::add(&mut world);
        world
    }

    /// Adds an order that reached `steps`, a second apart, to all sources.
    pub(super) fn add(&mut self, order: &Order, steps: &[Status]) {
        let (order_id, total) = (order.id.to_string(), order.total());
        let intent = format!("pi_{}", order.id.0.as_u128());
        for (second, status) in (0..).zip(steps.iter().copied()) {
            self.records.push(event(order, status, second));
            let (order_id, status_name) = (order_id.clone(), status.name().to_owned());
            let at_us = second * 1_000_000;
            let row = HistoryRow { order_id, rank: status.rank(), status: status_name, at_us };
            self.history.push(row);
            self.add_fact(&Fact::new(order, status, at(second), "keyed-hash".into()));
        }
        self.count();
        let last = *steps.last().unwrap();
        self.book.push(BookRow {
            order_id: order_id.clone(),
            status: last.name().to_owned(),
            restaurant_id: Some(order.seller.id.to_string()),
            placed_at_us: Some(0),
            snapshot: Some(serde_json::to_string(&OrderDetails::from(order)).unwrap()),
        });
        let paid = steps.contains(&Status::Confirmed);
        let outcome = if paid { Status::Confirmed } else { Status::Declined };
        self.mails.push(MailRow { order_id: order_id.clone(), kind: outcome.name().to_owned() });
        self.payments.push(PaymentRow {
            order_id: order_id.clone(),
            placed_us: 0,
            amount_minor: total.minor,
            currency: total.currency.to_string(),
            state: if paid { "captured" } else { "declined" }.to_owned(),
            intent_id: Some(intent.clone()),
            attempted_us: 100_000_000,
            reason: (!paid).then(|| "card_declined".to_owned()),
            refund_id: None,
            due_us: None,
            number: number(order).map(|number| number.get().into()),
            method: order.payment_method.kind().name().to_owned(),
            authorized_us: None,
            captured_us: paid.then_some(1_000_000),
            collected_us: None,
        });
        if paid {
            self.post(order, &LedgerEntry::Capture);
        }
        let amount_minor = if paid { total.minor } else { 0 };
        let currency = total.currency.to_string();
        self.captures.push(Capture {
            intent_id: intent,
            order_id: Some(order_id),
            amount_minor,
            held_minor: 0,
            currency,
        });
    }

    /// The same world without counted dishes.
    pub(super) fn without_stock(mut self) -> Self {
        self.levels.clear();
        self.stock.clear();
        self.stock_history.clear();
        self.reservations.clear();
        self
    }

    /// Makes the last order one whose money was not taken when it was confirmed.
    pub(super) fn take_later(&mut self, state: &str) {
        let row = self.payments.last_mut().unwrap();
        (row.state, row.captured_us) = (state.to_owned(), None);
        if row.method == "cash" {
            row.intent_id = None;
            self.captures.pop();
        } else {
            row.authorized_us = Some(1_000_000);
            let intent = self.captures.last_mut().unwrap();
            let held = if state == "authorized" { intent.amount_minor } else { 0 };
            (intent.amount_minor, intent.held_minor) = (0, held);
        }
        let id = row.order_id.clone();
        self.ledger.retain(|posting| posting.order_id != id);
    }

    /// Adds news about the payment of an order.
    pub(super) fn add_news(&mut self, order: &Order, news: PaymentNews) {
        let event = order_payments::encode_payment(order, news, at(3));
        self.records.push(record(Topic::OrderPayments, &event));
    }

    /// Captures the money of an order that was declined.
    pub(super) fn capture_late(&mut self, order: &Order) {
        let named = order.id.to_string();
        let capture = self.captures.iter_mut().find(|c| c.order_id.as_ref() == Some(&named));
        capture.unwrap().amount_minor = order.totals.total_minor;
        let row = self.payments.iter_mut().find(|row| row.order_id == named);
        row.unwrap().captured_us = Some(8_000_000);
        self.post(order, &LedgerEntry::Capture);
    }

    /// Refunds an order that was added, in all sources.
    pub(super) fn add_refund(&mut self, order: &Order) {
        let order_id = order.id.to_string();
        let name = format!("re_{}", order.id.0.as_u128());
        let row = self.payments.iter_mut().find(|row| row.order_id == order_id).unwrap();
        (row.state, row.refund_id) = ("refunded".to_owned(), Some(name.clone()));
        let intent = row.intent_id.clone().unwrap();
        self.refunds.push((intent, order.totals.total_minor));
        self.post(order, &LedgerEntry::Refund);
        let refund = Refund::of_whole(
            RefundId(name),
            order.totals.total_minor,
            at(9),
            "no oven".parse().unwrap(),
        );
        let event = order_refunded::encode_refunded(order, None, &refund);
        self.records.push(record(Topic::OrderRefunded, &event));
        self.mails.push(MailRow { order_id, kind: "refunded".to_owned() });
        self.add_fact(&Fact::new(order, FactKind::Refunded, at(9), "keyed-hash".into()));
        self.count();
    }

    /// Adds an entry of an order to the ledger.
    pub(super) fn post(&mut self, order: &Order, entry: &LedgerEntry) {
        let rows = fixtures::postings(order, entry).into_iter().map(|posting| LedgerRow {
            order_id: order.id.to_string(),
            entry: entry.to_string(),
            account: posting.account.to_string(),
            amount_minor: posting.amount_minor,
            currency: order.currency.to_string(),
        });
        self.ledger.extend(rows);
    }

    fn add_fact(&mut self, fact: &Fact) {
        let sale = &fact.sale;
        let item = |sold: &domain::facts::Sold| {
            json!({"item_id": sold.item_id.as_str(), "name": sold.name.as_str(),
                   "quantity": sold.quantity, "revenue_minor": sold.revenue_minor})
        };
        let items: Vec<_> = sale.items.iter().map(item).collect();
        self.facts.push(FactRow {
            order_id: sale.order_id.to_string(),
            kind: fact.kind.name().to_owned(),
            at_us: fact.at.as_microsecond(),
            reason: fact.reason.name().to_owned(),
            restaurant_id: sale.restaurant_id.to_string(),
            time_zone: sale.time_zone.to_string(),
            currency: sale.currency.to_string(),
            placed_us: sale.placed_at.as_microsecond(),
            total_minor: sale.total_minor,
            customer: sale.customer.clone(),
            items: json!(items).to_string(),
        });
    }

    /// Counts the facts again.
    pub(super) fn count(&mut self) {
        self.facts.sort_by(|a, b| a.order_id.cmp(&b.order_id));
        let facts: Vec<_> = self.facts.iter().map(|row| row.fact().unwrap()).collect();
        let orders = facts.chunk_by(|a, b| a.sale.order_id == b.sale.order_id);
        let orders: Vec<_> = orders.filter_map(OrderFacts::first).collect();
        let mut counted = Projection::default();
        counted.apply(&orders);
        self.figures = counted.lines().collect();
    }

    /// The figure whose key starts with `name`.
    pub(super) fn figure(&mut self, name: &str) -> &mut String {
        self.figures.iter_mut().find(|(key, _)| key.starts_with(name)).unwrap().1
    }

    /// Audits all sources in the order of an audit, an hour after the first order.
    pub(super) fn audit(mut self) -> (Evidence, Verdict) {
        let mut evidence = Evidence { scope: self.scope, ..Evidence::default() };
        for (offset, record) in (0..).zip(&mut self.records) {
            record.offset = offset;
            evidence.add_record(record);
        }
        self.stock.iter().for_each(|record| evidence.add_record(record));
        self.letters.into_iter().for_each(|letter| evidence.add_dead_letter(letter));
        self.payments.iter().for_each(|row| evidence.add_payment_row(row));
        self.ledger.iter().for_each(|row| evidence.add_ledger_row(row));
        self.levels.into_iter().for_each(|row| evidence.add_level_row(row));
        self.stock_history.iter().for_each(|row| evidence.add_stock_history_row(row));
        self.reservations.iter().for_each(|row| evidence.add_reservation_row(row));
        self.book.iter().for_each(|row| evidence.add_book_row(row));
        self.history.iter().for_each(|row| evidence.add_history_row(row));
        self.mails.iter().for_each(|row| evidence.add_mail_row(row));
        self.facts.sort_by(|a, b| a.order_id.cmp(&b.order_id));
        self.facts.iter().for_each(|row| evidence.add_fact_row(row));
        self.figures.into_iter().for_each(|line| evidence.figures.compare_line(line));
        self.refunds.into_iter().for_each(|(intent, minor)| evidence.add_refund(intent, minor));
        self.captures.iter().for_each(|capture| evidence.add_capture(capture));
        evidence.is_late = true;
        self.late.iter().for_each(|record| evidence.add_record(record));
        let verdict = reconcile(&mut evidence, &self.lag, at(3_600));
        (evidence, verdict)
    }
}
