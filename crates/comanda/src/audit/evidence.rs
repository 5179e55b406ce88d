//! What was read of every order, kept small: a million orders are to fit into a laptop's memory.
//!
//! Topics come first. What tables and gateway say of an order is compared with that while it is
//! read, and only what remains to be asked at the end is kept: which statuses, which mails.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Display,
    hash::{DefaultHasher, Hash, Hasher},
};

use domain::{
    ids::OrderId,
    money::Money,
    payment::{DeclineReason, PaymentState},
    ports::MailKind,
    status::Status,
};

use super::{
    figures::Figures,
    finding::{Finding, Group},
    letters::{DeadLetter, Unreadable},
    stock::Stock,
};
use crate::ranges::Ranges;

/// A hash that stands for something longer; within one audit only.
pub(super) type Print = u64;

/// The print of anything.
pub(super) fn print(of: &(impl Hash + ?Sized)) -> Print {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// Statuses, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Statuses(u16);

impl Statuses {
    pub(super) fn add(&mut self, status: Status) {
        self.0 |= 1 << status.rank();
    }

    pub(super) fn has(self, status: Status) -> bool {
        self.0 & (1 << status.rank()) != 0
    }

    /// Those that `other` does not have.
    pub(super) fn without(self, other: Self) -> impl Iterator<Item = Status> {
        Status::ALL.iter().copied().filter(move |s| self.has(*s) && !other.has(*s))
    }

    /// The furthest.
    pub(super) fn last(self) -> Option<Status> {
        Status::ALL.iter().copied().rfind(|status| self.has(*status))
    }
}

/// Kinds of mails, one bit each.
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

/// `order_details`: the first record of the order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    pub(super) total: Money,
    /// The whole order.
    pub(super) order: Print,
    /// Its restaurant.
    pub(super) restaurant: Print,
    /// What a fact says of it.
    pub(super) sale: Print,
    /// Its customer's address.
    pub(super) customer: Print,
    pub(super) delivery: bool,
}

/// A record of `order_details`, kept small.
#[derive(Clone, Debug)]
pub(super) struct Placing {
    pub(super) placed: Placed,
    /// The pieces it takes of each dish.
    pub(super) needs: Box<[(Print, u64)]>,
    /// When it says that it was placed, in microseconds since 1970.
    pub(super) at_us: i64,
}

/// An entry of the ledger, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// Of all its postings; zero in a book that is in order.
    pub(super) all_minor: i64,
    /// Of those that concern the gateway.
    pub(super) gateway_minor: i64,
}

/// What is known of one order.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    pub(super) placed: Option<Placed>,
    /// The statuses that topics tell.
    pub(super) told: Statuses,
    /// When, by rank, in microseconds since 1970.
    pub(super) at_us: [i64; Status::ALL.len()],
    /// `order_confirmed`: the payment.
    pub(super) payment: Option<Print>,
    /// `order_declined`: why.
    pub(super) reason: Option<DeclineReason>,
    /// True if a topic told something of it after the tables were read.
    pub(super) moved: bool,
    /// The order book.
    pub(super) book: Option<Status>,
    pub(super) history: Statuses,
    pub(super) facts: Statuses,
    /// Mails recorded.
    pub(super) mails: Mails,
    /// Mails that the mail service may have set aside.
    pub(super) dead_mails: Mails,
    /// The payment row.
    pub(super) paid: Option<PaymentState>,
    /// `order_refunded`: the refund, and minor units.
    pub(super) refund: Option<(Print, i64)>,
    /// True if the facts know of a refund.
    pub(super) refund_fact: bool,
    /// The payment row's refund.
    pub(super) refund_row: Option<Print>,
    /// What the ledger says of its capture, and of its refund.
    pub(super) capture_entry: Option<Sums>,
    pub(super) refund_entry: Option<Sums>,
    /// When it was begun, in microseconds since 1970.
    pub(super) attempted_us: i64,
    /// The pieces it takes of each dish.
    pub(super) needs: Box<[(Print, u64)]>,
    /// Captures that are as they should be.
    pub(super) captures: u8,
    /// Given back by the gateway, in minor units.
    pub(super) refunded_minor: i64,
}

/// Everything that was read.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    pub(super) orders: BTreeMap<OrderId, Order>,
    /// What does not fit and was seen while reading.
    pub(super) findings: Vec<Finding>,
    /// Orders that no topic knew when a table or the gateway named them, with who did.
    pub(super) strays: BTreeSet<(String, &'static str)>,
    pub(super) dead_letters: Vec<DeadLetter>,
    pub(super) unreadable: Vec<Unreadable>,
    pub(super) ranges: Ranges,
    /// Offsets without a record of which the brokers do not tell whether there was one.
    pub(super) unexplained: u64,
    /// Later records of something known, by topic.
    pub(super) duplicates: BTreeMap<&'static str, u64>,
    /// Records of `order_details` that tell of a known id something else.
    pub(super) others: HashMap<OrderId, Vec<Placing>>,
    /// E-mail addresses and the keyed hashes that stand for them in facts.
    pub(super) customers: HashMap<Print, Print>,
    pub(super) figures: Figures,
    pub(super) stock: Stock,
    /// The tables were read; what topics tell now came later.
    pub(super) is_late: bool,
    /// Money at the gateway: intents with a capture.
    pub(super) captures: u64,
    /// Given back, by intent, in minor units.
    pub(super) refunds: HashMap<String, i64>,
}

impl Order {
    /// When it reached a status, if a topic tells so.
    pub(super) fn at_us(&self, status: Status) -> Option<i64> {
        let at = usize::try_from(status.rank()).ok().and_then(|rank| self.at_us.get(rank));
        at.copied().filter(|_| self.told.has(status))
    }

    /// Notes that it reached a status; answers false if another time was told before.
    pub(super) fn reach(&mut self, status: Status, at_us: i64) -> bool {
        if let Some(known) = self.at_us(status) {
            return known == at_us;
        }
        self.told.add(status);
        let place = usize::try_from(status.rank()).ok().and_then(|rank| self.at_us.get_mut(rank));
        if let Some(place) = place {
            *place = at_us;
        }
        true
    }

    /// Takes a record of `order_details` for the order.
    pub(super) fn is_placed_as(&mut self, placing: Placing) {
        let Placing { placed, needs, at_us } = placing;
        (self.placed, self.needs) = (Some(placed), needs);
        self.told.add(Status::Placed);
        self.at_us[0] = at_us;
    }

    /// True if topics tell how its payment ended.
    pub(super) fn is_decided(&self) -> bool {
        self.told.has(Status::Confirmed) || self.told.has(Status::Declined)
    }
}

impl Evidence {
    /// The order of a row, or nothing if it is unknown: `source` is remembered for that.
    pub(super) fn known(
        &mut self,
        id: &str,
        source: &'static str,
    ) -> Option<(OrderId, &mut Order)> {
        let known = id.parse().ok().filter(|id| self.orders.contains_key(id));
        if known.is_none() {
            self.strays.insert((id.to_owned(), source));
        }
        known.and_then(|id| Some((id, self.orders.get_mut(&id)?)))
    }

    /// Notes what contradicts what is known, whatever is still under way.
    pub(super) fn wrong(&mut self, id: &impl Display, problem: impl Into<String>) {
        self.findings.push(Finding::new(id.to_string(), problem, None));
    }

    /// Notes what is wrong unless `group` is still at work.
    pub(super) fn late(&mut self, id: &impl Display, problem: impl Into<String>, group: Group) {
        self.findings.push(Finding::new(id.to_string(), problem, Some(group)));
    }
}
