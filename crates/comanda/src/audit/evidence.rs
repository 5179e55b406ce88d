//! What was read of every order, kept small: a million orders must fit into a laptop's memory.
//!
//! Topics are read first. Rows and captures are compared with them while they are read, and only
//! what the final comparison needs is kept: which statuses, which mails.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Display,
    hash::{DefaultHasher, Hash, Hasher},
};

use domain::{
    ids::OrderId,
    money::Money,
    number::OrderNumber,
    payment::{DeclineReason, PaymentState},
    ports::MailKind,
    status::Status,
};

use super::{
    figures::Figures,
    finding::{Finding, Group},
    held::Held,
    letters::{DeadLetter, InvalidRecord},
    scope::Scope,
    stock::Stock,
};
use crate::ranges::Ranges;

/// A hash in place of a longer value; comparable within one audit only.
pub(super) type Fingerprint = u64;

/// The fingerprint of a value.
pub(super) fn fingerprint(of: &(impl Hash + ?Sized)) -> Fingerprint {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// A set of statuses, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Statuses(u16);

impl Statuses {
    pub(super) fn add(&mut self, status: Status) {
        self.0 |= 1 << status.rank();
    }

    pub(super) fn has(self, status: Status) -> bool {
        self.0 & (1 << status.rank()) != 0
    }

    /// The statuses that `other` lacks.
    pub(super) fn without(self, other: Self) -> impl Iterator<Item = Status> {
        Status::ALL.iter().copied().filter(move |s| self.has(*s) && !other.has(*s))
    }

    /// The furthest status.
    pub(super) fn last(self) -> Option<Status> {
        Status::ALL.iter().copied().rfind(|status| self.has(*status))
    }
}

/// A set of kinds of mail, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mails(u8);

impl Mails {
    pub(super) fn add(&mut self, kind: MailKind) {
        self.0 |= 1 << kind as u8;
    }

    pub(super) fn has(self, kind: MailKind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }
}

/// An order as its `order_details` record has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlacedOrder {
    pub(super) total: Money,
    /// The whole order.
    pub(super) order: Fingerprint,
    /// Its restaurant.
    pub(super) restaurant: Fingerprint,
    /// What its facts must contain.
    pub(super) sale: Fingerprint,
    /// Its customer's address.
    pub(super) customer: Fingerprint,
    pub(super) is_delivery: bool,
}

/// A record of `order_details`.
#[derive(Clone, Debug)]
pub(super) struct PlacedRecord {
    pub(super) placed: PlacedOrder,
    /// The pieces that it takes of each dish.
    pub(super) needs: Box<[(Fingerprint, u64)]>,
    /// When it was placed, in microseconds since 1970.
    pub(super) at_us: i64,
}

/// The sums of a ledger entry, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// The sum of all postings; 0 if the entry balances.
    pub(super) all_minor: i64,
    /// The sum of the postings to accounts that hold money.
    pub(super) money_minor: i64,
}

/// The evidence about one order.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    pub(super) placed: Option<PlacedOrder>,
    /// The statuses in topics.
    pub(super) reached: Statuses,
    /// The times of these statuses by rank, in microseconds since 1970.
    pub(super) at_us: [i64; Status::ALL.len()],
    /// The payment in `order_confirmed`.
    pub(super) payment: Option<Fingerprint>,
    /// The number in `order_confirmed`.
    pub(super) number: Option<OrderNumber>,
    /// The reason in `order_declined`.
    pub(super) reason: Option<DeclineReason>,
    /// Whether a topic had a record of it after the tables were read.
    pub(super) has_moved: bool,
    /// The status in the order book.
    pub(super) book: Option<Status>,
    pub(super) history: Statuses,
    pub(super) facts: Statuses,
    /// Mails in the mail ledger.
    pub(super) mails: Mails,
    /// Mails that may be dead letters of the mail service.
    pub(super) dead_mails: Mails,
    /// The state in the payment row.
    pub(super) paid: Option<PaymentState>,
    /// The refund in `order_refunded`, and its amount in minor units.
    pub(super) refund: Option<(Fingerprint, i64)>,
    /// Whether a refund is in the facts.
    pub(super) has_refund_fact: bool,
    /// The refund in the payment row.
    pub(super) refund_row: Option<Fingerprint>,
    /// Money that is held, and cash.
    pub(super) held: Held,
    /// The ledger's entries of its capture, its collection and its refund.
    pub(super) capture_entry: Option<Sums>,
    pub(super) collection_entry: Option<Sums>,
    pub(super) refund_entry: Option<Sums>,
    /// When its payment was first attempted, in microseconds since 1970.
    pub(super) attempted_us: i64,
    /// The pieces that it takes of each dish.
    pub(super) needs: Box<[(Fingerprint, u64)]>,
    /// Number of captures at the gateway that match its payment.
    pub(super) captures: u8,
    /// Number of holds at the gateway that match its payment.
    pub(super) holds: u8,
    /// Refunded by the gateway, in minor units.
    pub(super) refunded_minor: i64,
}

/// Everything that was read.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// What is looked at.
    pub(super) scope: Scope,
    pub(super) orders: BTreeMap<OrderId, Order>,
    /// Findings made while reading.
    pub(super) findings: Vec<Finding>,
    /// Order ids that were in no topic when a table or the gateway named them, with that source.
    pub(super) strays: BTreeSet<(String, &'static str)>,
    pub(super) dead_letters: Vec<DeadLetter>,
    pub(super) unreadable: Vec<InvalidRecord>,
    pub(super) ranges: Ranges,
    /// Offsets without a record that the brokers do not account for.
    pub(super) unexplained: u64,
    /// Repeated records, by topic.
    pub(super) duplicates: BTreeMap<&'static str, u64>,
    /// Until when a timer must have finished the payments that wait for their customers, in
    /// microseconds since 1970.
    pub(super) waiting: BTreeMap<OrderId, i64>,
    /// Records of `order_details` with a known id and other contents.
    pub(super) others: HashMap<OrderId, Vec<PlacedRecord>>,
    /// The order of each restaurant, business day and number.
    pub(super) numbers: HashMap<Fingerprint, OrderId>,
    /// The keyed hash in facts of each e-mail address.
    pub(super) customers: HashMap<Fingerprint, Fingerprint>,
    pub(super) figures: Figures,
    pub(super) stock: Stock,
    /// Whether the tables have been read; records read now are later than they.
    pub(super) is_late: bool,
    /// Number of captures at the gateway.
    pub(super) captures: u64,
    /// Number of holds at the gateway.
    pub(super) holds: u64,
    /// Refunds at the gateway by intent, in minor units.
    pub(super) refunds: HashMap<String, i64>,
}

impl Order {
    /// When it reached a status, in microseconds since 1970; `None` if no topic has it.
    pub(super) fn at_us(&self, status: Status) -> Option<i64> {
        let at = usize::try_from(status.rank()).ok().and_then(|rank| self.at_us.get(rank));
        at.copied().filter(|_| self.reached.has(status))
    }

    /// Records that it reached a status. False if an earlier record has another time.
    pub(super) fn record_status(&mut self, status: Status, at_us: i64) -> bool {
        if let Some(known) = self.at_us(status) {
            return known == at_us;
        }
        self.reached.add(status);
        let slot = usize::try_from(status.rank()).ok().and_then(|rank| self.at_us.get_mut(rank));
        if let Some(slot) = slot {
            *slot = at_us;
        }
        true
    }

    /// Makes a record of `order_details` the contents of the order.
    pub(super) fn set_contents(&mut self, record: PlacedRecord) {
        let PlacedRecord { placed, needs, at_us } = record;
        (self.placed, self.needs) = (Some(placed), needs);
        self.reached.add(Status::Placed);
        self.at_us[0] = at_us;
    }

    /// True if money arrived after the order was declined: it goes back, and no topic but
    /// `order_refunded` has it.
    pub(super) fn is_refunded_after_decline(&self) -> bool {
        let goes_back =
            matches!(self.paid, Some(PaymentState::RefundPending | PaymentState::Refunded));
        goes_back && self.reached.has(Status::Declined) && !self.reached.has(Status::Confirmed)
    }

    /// Whether topics have the outcome of its payment.
    pub(super) fn is_decided(&self) -> bool {
        self.reached.has(Status::Confirmed) || self.reached.has(Status::Declined)
    }
}

impl Evidence {
    /// The order with this id. An unknown id is recorded as a stray of `source`, unless it may be
    /// that of an order that is left out.
    pub(super) fn find_order(
        &mut self,
        id: &str,
        source: &'static str,
    ) -> Option<(OrderId, &mut Order)> {
        let known = id.parse().ok().filter(|id| self.orders.contains_key(id));
        if known.is_none() && !self.scope.is_partial() {
            self.strays.insert((id.to_owned(), source));
        }
        known.and_then(|id| Some((id, self.orders.get_mut(&id)?)))
    }

    /// Adds a contradiction, which no work in progress explains.
    pub(super) fn add_contradiction(&mut self, id: &impl Display, problem: impl Into<String>) {
        self.findings.push(Finding::new(id.to_string(), problem, None));
    }

    /// Adds a finding that `group` may yet resolve.
    pub(super) fn add_unfinished(
        &mut self,
        id: &impl Display,
        problem: impl Into<String>,
        group: Group,
    ) {
        self.findings.push(Finding::new(id.to_string(), problem, Some(group)));
    }
}
