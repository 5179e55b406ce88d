//! The rows of the tables, compared with the topics.

use domain::{
    facts::{FactKind, FactName, UnknownFact},
    ids::OrderId,
    money::Money,
    number::OrderNumber,
    order::Order as Contents,
    payment::PaymentState,
    payment_method::MethodKind,
    ports::MailName,
    status::Status,
};
use events::order_details::OrderDetails;
use serde::Deserialize;
use sql::{BookRow, FactRow, HistoryRow, MailRow, PaymentRow};

use super::{
    evidence::{Evidence, Fingerprint, fingerprint},
    finding::Group,
    held::HeldRow,
    refunds::RefundSums,
    topics::contents_fingerprint,
};

/// The names of the sources in findings.
pub(super) const BOOK: &str = "the order book";
pub(super) const HISTORY: &str = "the history";
pub(super) const PAYMENTS: &str = "the payments";
pub(super) const MAILS: &str = "the mail ledger";
pub(super) const FACTS: &str = "the facts";

/// The part of a fact that is the same for all facts of an order.
#[derive(Debug, Hash, PartialEq, Eq)]
pub(super) struct Sale {
    pub(super) restaurant_id: String,
    pub(super) currency: String,
    pub(super) total_minor: i64,
    pub(super) items: Vec<Item>,
}

/// A dish of a fact.
#[derive(Debug, Hash, PartialEq, Eq, Deserialize)]
pub(super) struct Item {
    #[serde(rename = "item_id")]
    pub(super) id: String,
    pub(super) name: String,
    pub(super) quantity: i64,
    pub(super) revenue_minor: i64,
}

impl Sale {
    /// The sale as analytics records it.
    pub(super) fn from_sale(fact: &domain::facts::Sale) -> Self {
        let item = |sold: &domain::facts::Sold| Item {
            id: sold.item_id.to_string(),
            name: sold.name.to_string(),
            quantity: i64::try_from(sold.quantity).unwrap_or(i64::MAX),
            revenue_minor: sold.revenue_minor,
        };
        Self {
            restaurant_id: fact.restaurant_id.to_string(),
            currency: fact.currency.code().to_owned(),
            total_minor: fact.total_minor,
            items: fact.items.iter().map(item).collect(),
        }
    }

    pub(super) fn fingerprint(&self) -> Fingerprint {
        fingerprint(self)
    }
}

/// Time for a timer to finish a payment that is due, while the gateway answers.
const LATE_AFTER_US: i64 = 5 * 60 * 1_000_000;

impl Evidence {
    pub(super) fn add_book_row(&mut self, row: &BookRow) {
        let Some((id, order)) = self.find_order(&row.order_id, BOOK) else { return };
        order.book = row.status.parse().ok();
        let (unknown, placed_us) = (order.book.is_none(), order.at_us(Status::Placed));
        let Some(placed) = order.placed else { return };
        if unknown {
            self.add_contradiction(
                &id,
                format!("has the status {:?} in {BOOK}, which is none", row.status),
            );
        }
        let Some(snapshot) = &row.snapshot else {
            return self.add_unfinished(&id, format!("has no contents in {BOOK}"), Group::ORDERS);
        };
        let body = serde_json::from_str::<OrderDetails>(snapshot).ok();
        let held = body.and_then(|body| Contents::try_from(&body).ok());
        let restaurant = row.restaurant_id.as_deref().map(fingerprint);
        let same = held.is_some_and(|held| contents_fingerprint(&held) == placed.order)
            && restaurant == Some(placed.restaurant)
            && row.placed_at_us == placed_us;
        if !same {
            self.add_altered(id, BOOK);
        }
    }

    pub(super) fn add_history_row(&mut self, row: &HistoryRow) {
        let Some((id, order)) = self.find_order(&row.order_id, HISTORY) else { return };
        let status = row.status.parse::<Status>().ok().filter(|s| s.rank() == row.rank);
        let Some(status) = status else {
            return self.add_contradiction(
                &id,
                format!("has {:?} in {HISTORY}, which is none", row.status),
            );
        };
        order.history.add(status);
        if order.at_us(status).is_some_and(|at| at != row.at_us) {
            self.add_contradiction(
                &id,
                format!("is {status} at another time in {HISTORY} than in its topic"),
            );
        }
    }

    pub(super) fn add_payment_row(&mut self, row: &PaymentRow) {
        let Some((id, order)) = self.find_order(&row.order_id, PAYMENTS) else { return };
        order.paid = row.state.parse::<PaymentState>().ok();
        order.refund_row = row.refund_id.as_deref().map(fingerprint);
        order.refund_sums = RefundSums::of(row);
        order.attempted_us = row.attempted_us;
        order.held.row = held_row(row, order.paid);
        // Cash has no intent.
        let cash = Some(MethodKind::Cash.name()).filter(|cash| *cash == row.method);
        let intent = row.intent_id.as_deref().or(cash).map(fingerprint);
        let waits = order.paid == Some(PaymentState::ActionRequired);
        let (state, payment, reason) = (order.paid, order.payment, order.reason);
        let confirmed_as = order.number;
        if order.is_refunded_after_decline() {
            // Its payment is in no topic, but its capture must be that of the row.
            order.payment = intent;
        }
        let placed_us = order.at_us(Status::Placed);
        let Some(placed) = order.placed else { return };
        if state.is_none() {
            self.add_contradiction(
                &id,
                format!("has a payment that is {:?}, which is no state", row.state),
            );
        }
        let amount = row.currency.parse().ok().map(|c| Money::new(row.amount_minor, c));
        if let Some(due_us) = row.due_us.filter(|_| waits) {
            self.waiting.insert(id, due_us + LATE_AFTER_US);
        }
        if amount != Some(placed.total) {
            let (minor, currency) = (row.amount_minor, &row.currency);
            let expected = placed.total;
            let problem =
                format!("has a payment of {minor} {currency} (minor units), not {expected}");
            self.add_contradiction(&id, problem);
        }
        if placed_us != Some(row.placed_us) {
            self.add_contradiction(&id, "has a payment for another record of the same id");
        }
        if payment.is_some() && payment != intent {
            self.add_contradiction(&id, "was confirmed with another payment than its row has");
        }
        let number = row.number.and_then(|number| OrderNumber::try_from(number).ok());
        if confirmed_as.zip(number).is_some_and(|(theirs, ours)| theirs != ours) {
            self.add_contradiction(&id, "was confirmed with another number than its payment has");
        }
        let row_reason = row.reason.as_deref().and_then(|text| text.parse().ok());
        if reason.is_some() && state == Some(PaymentState::Declined) && reason != row_reason {
            self.add_contradiction(&id, "was declined for another reason than its payment has");
        }
    }

    pub(super) fn add_mail_row(&mut self, row: &MailRow) {
        let Some((id, order)) = self.find_order(&row.order_id, MAILS) else { return };
        match row.kind.parse::<MailName>() {
            Ok(MailName { kind, part: None }) => order.mails.add(kind),
            Ok(MailName { part: Some(key), .. }) => self.refunds.part(id, key).has_mail = true,
            Err(_) => {
                self.add_contradiction(&id, format!("has a mail of unknown kind {:?}", row.kind));
            }
        }
    }

    pub(super) fn add_fact_row(&mut self, row: &FactRow) {
        let sale = sale_from_row(row);
        self.figures.add_fact(row);
        let Some((id, order)) = self.find_order(&row.order_id, FACTS) else { return };
        let mut part = None;
        let at_us = match row.kind.parse() {
            Ok(FactName { kind: FactKind::Reached(status), .. }) => {
                order.facts.add(status);
                order.at_us(status)
            }
            Ok(FactName { kind: FactKind::Refunded, part: None }) => {
                order.refund_fact = Some(row.amount_minor.unwrap_or(row.total_minor));
                None
            }
            Ok(FactName { part: Some(key), .. }) => {
                part = Some(key);
                None
            }
            Err(UnknownFact) => {
                return self
                    .add_contradiction(&id, format!("has a fact {:?}, which is none", row.kind));
            }
        };
        let status = &row.kind;
        let placed = order.placed;
        if let Some(key) = part {
            self.refunds.part(id, key).fact = row.amount_minor;
        }
        let Some(placed) = placed else { return };
        if at_us.is_some_and(|at| at != row.at_us) {
            self.add_contradiction(
                &id,
                format!("is {status} at another time in {FACTS} than in its topic"),
            );
        }
        if sale.fingerprint() != placed.sale {
            self.add_contradiction(
                &id,
                format!("is another sale in {FACTS} ({status}) than in order_details"),
            );
        }
        self.check_customer(id, placed.customer, fingerprint(&row.customer), status);
    }

    /// Checks that all facts of an e-mail address have the same hash. Which one is right depends on
    /// the installation's secret.
    fn check_customer(
        &mut self,
        id: OrderId,
        address: Fingerprint,
        hash: Fingerprint,
        status: &str,
    ) {
        if *self.customers.entry(address).or_insert(hash) != hash {
            self.add_contradiction(
                &id,
                format!("has another customer in {FACTS} ({status}) than elsewhere"),
            );
        }
    }
}

fn held_row(row: &PaymentRow, state: Option<PaymentState>) -> HeldRow {
    let method = row.method.parse().ok();
    // Rows of earlier releases were captured when they were decided.
    let was_captured = row.reason.is_none()
        && row.authorized_us.is_none()
        && method == Some(MethodKind::Card)
        && state.is_some_and(PaymentState::was_captured);
    HeldRow {
        method,
        was_held: row.authorized_us.is_some(),
        is_captured: row.captured_us.is_some() || was_captured,
        is_collected: row.collected_us.is_some(),
    }
}

/// The sale of a fact. If its items cannot be read it has none, and so differs.
fn sale_from_row(row: &FactRow) -> Sale {
    let items: Vec<Item> = serde_json::from_str(&row.items).unwrap_or_default();
    Sale {
        restaurant_id: row.restaurant_id.clone(),
        currency: row.currency.clone(),
        total_minor: row.total_minor,
        items,
    }
}
