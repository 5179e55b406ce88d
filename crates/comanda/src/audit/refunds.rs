//! Refunds, each told apart by its id: those of parts in topics and tables, and all that the gateway
//! has.

use std::collections::{BTreeMap, HashMap};

use domain::{
    ids::OrderId,
    payment::{PaymentState, Refund, RefundKey},
    payment_method::MethodKind,
    ports::MailKind,
};
use jiff::Timestamp;
use sql::{PaymentRow, RefundRow};
use stripe::ListedRefund;

use super::{
    books::GATEWAY,
    evidence::{Evidence, Fingerprint, Order, Sums, fingerprint},
    finding::{Finding, Group},
    ledger::LEDGER,
    reconcile::Problem,
    tables::{FACTS, PAYMENTS},
};

/// How long a refund that was made at the gateway is on its way to its order, in seconds: three
/// lists of the gateway's refunds.
const ON_ITS_WAY_S: i64 = 15 * 60;
/// The name of the table in findings.
const REFUNDS: &str = "the refunds";

/// A refund of a part, as each source has it.
#[derive(Debug, Default)]
pub(super) struct Part {
    row: Option<PartRow>,
    /// The gateway's id and the amount in `order_refunded`.
    published: Option<(Fingerprint, i64)>,
    /// Whether `order_payments` has that it failed.
    has_failed_in_topic: bool,
    /// The ledger's entry.
    pub(super) entry: Option<Sums>,
    /// The amount in the facts.
    pub(super) fact: Option<i64>,
    pub(super) has_mail: bool,
}

#[derive(Clone, Copy, Debug)]
struct PartRow {
    amount_minor: i64,
    state: PartState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PartState {
    Reserved,
    /// With the gateway's refund.
    Booked(Fingerprint),
    Failed,
}

/// What a payment row says about refunds, in minor units.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RefundSums {
    reserved: i64,
    booked: i64,
    /// What was left when the order was cancelled, if that was refunded.
    pub(super) rest: Option<i64>,
}

impl RefundSums {
    pub(super) fn of(row: &PaymentRow) -> Self {
        let rest = row.refund_id.as_ref().map(|_| row.refund_minor.unwrap_or(row.amount_minor));
        Self { reserved: row.parts_reserved_minor, booked: row.parts_booked_minor, rest }
    }
}

/// The refunds of parts by their keys.
type Parts = BTreeMap<RefundKey, Part>;

/// All refunds.
#[derive(Debug, Default)]
pub(super) struct Refunds {
    parts: BTreeMap<OrderId, Parts>,
    /// Refunds at the gateway by intent, until the order of the intent is known.
    by_intent: HashMap<String, Vec<ListedRefund>>,
    by_order: HashMap<OrderId, Vec<ListedRefund>>,
}

impl Refunds {
    pub(super) fn part(&mut self, order: OrderId, key: RefundKey) -> &mut Part {
        self.parts.entry(order).or_default().entry(key).or_default()
    }

    /// Makes the refunds of an intent those of its order.
    pub(super) fn assign(&mut self, intent: &str, order: Option<OrderId>) {
        let refunds = self.by_intent.remove(intent);
        if let Some((refunds, order)) = refunds.zip(order) {
            self.by_order.entry(order).or_default().extend(refunds);
        }
    }

    /// Refunds of intents that took no money.
    pub(super) fn stray_findings(&self) -> impl Iterator<Item = Finding> {
        self.by_intent.iter().map(|(intent, refunds)| {
            let minor: i64 = refunds.iter().map(|refund| refund.amount_minor).sum();
            let problem = format!("{GATEWAY} refund {minor} minor units that were never captured");
            Finding::new(intent, problem, None)
        })
    }

    /// Until when a refund of an order that no table has is on its way, in microseconds since 1970.
    pub(super) fn on_its_way_until(&self, id: OrderId, order: &Order) -> Option<i64> {
        let unbooked = self.unbooked(id, order);
        let newest = unbooked.iter().map(|refund| refund.created_s).max()?;
        Some((newest + ON_ITS_WAY_S) * 1_000_000)
    }

    /// The gateway's refunds of an order that no table has.
    fn unbooked(&self, id: OrderId, order: &Order) -> Vec<&ListedRefund> {
        let mut booked = self.booked(id, order);
        let at_gateway = self.by_order.get(&id).into_iter().flatten();
        at_gateway.filter(|made| booked.remove(&fingerprint(&made.id)).is_none()).collect()
    }

    /// The amounts that the gateway must have, by its ids.
    fn booked(&self, id: OrderId, order: &Order) -> BTreeMap<Fingerprint, i64> {
        let by_hand = order.held.row.method == Some(MethodKind::Cash);
        let parts = self.parts.get(&id).into_iter().flat_map(BTreeMap::values);
        let part = |part: &Part| match part.row? {
            PartRow { amount_minor, state: PartState::Booked(id) } => Some((id, amount_minor)),
            _ => None,
        };
        let rest = order.refund_row.zip(order.refund_sums.rest);
        parts.filter(|_| !by_hand).filter_map(part).chain(rest).collect()
    }
}

impl Evidence {
    /// Adds a refund at the gateway. All are added before the first capture.
    pub(super) fn add_refund(&mut self, refund: ListedRefund) {
        self.refunds.by_intent.entry(refund.intent_id.clone()).or_default().push(refund);
    }

    pub(super) fn add_part_published(&mut self, id: OrderId, key: RefundKey, refund: &Refund) {
        let published = (fingerprint(&refund.id.0), refund.amount_minor);
        let part = self.refunds.part(id, key);
        match part.published.replace(published) {
            None => {}
            Some(before) if before == published => {
                let topic = events::Topic::OrderRefunded.name();
                *self.duplicates.entry(topic).or_default() += 1;
            }
            Some(_) => self.add_contradiction(&id, "has a refund that is two different ones"),
        }
    }

    pub(super) fn add_part_failed(&mut self, id: OrderId, key: RefundKey) {
        self.refunds.part(id, key).has_failed_in_topic = true;
    }

    pub(super) fn add_refund_row(&mut self, row: &RefundRow) {
        let Some((id, _)) = self.find_order(&row.order_id, REFUNDS) else { return };
        let Ok(key) = row.refund_key.parse() else {
            let problem = format!("has a refund {:?}, which is no key", row.refund_key);
            return self.add_contradiction(&id, problem);
        };
        let state = match (&row.gateway_id, row.booked_us, row.failed_us) {
            (Some(gateway), Some(_), _) => PartState::Booked(fingerprint(gateway)),
            (_, _, Some(_)) => PartState::Failed,
            _ => PartState::Reserved,
        };
        let amount_minor = row.amount_minor;
        self.refunds.part(id, key).row = Some(PartRow { amount_minor, state });
    }
}

/// Checks that each refund of a part is the same everywhere, that all of them come to no more than
/// was taken, and that the gateway has them and no others.
pub(super) fn find_problems(
    refunds: &Refunds,
    (id, order): (OrderId, &Order),
    now: Timestamp,
    found: &mut Vec<Problem>,
) {
    let (Some(placed), Some(state)) = (order.placed, order.paid) else { return };
    let mut sums = RefundSums { rest: order.refund_sums.rest, ..RefundSums::default() };
    for (key, part) in refunds.parts.get(&id).into_iter().flatten() {
        check_part(order, key, part, found);
        match part.row {
            Some(PartRow { amount_minor, state: PartState::Reserved }) => {
                sums.reserved += amount_minor;
            }
            Some(PartRow { amount_minor, state: PartState::Booked(_) }) => {
                sums.booked += amount_minor;
            }
            _ => {}
        }
    }
    let stored = order.refund_sums;
    if (stored.reserved, stored.booked) != (sums.reserved, sums.booked) {
        found.push((format!("has other sums in {PAYMENTS} than in {REFUNDS}"), None));
    }
    let returned = sums.booked + sums.rest.unwrap_or(0);
    let total = placed.total.minor;
    if returned + sums.reserved > total {
        let problem = format!("has refunds of {returned} minor units, of {total} that were taken");
        found.push((problem, None));
    }
    let fits = match state {
        PaymentState::PartlyRefunded => sums.reserved == 0 && (1..total).contains(&returned),
        PaymentState::Refunded => returned == total,
        PaymentState::RefundPending => true,
        _ => returned + sums.reserved == 0,
    };
    if !fits {
        let problem =
            format!("has a payment that is {state}, and refunds of {returned} minor units");
        found.push((problem, None));
    }
    check_gateway(refunds, (id, order), now, found);
}

/// Compares what is booked with what the gateway refunded.
fn check_gateway(
    refunds: &Refunds,
    (id, order): (OrderId, &Order),
    now: Timestamp,
    found: &mut Vec<Problem>,
) {
    let waits = Some(Group::TRANSACTIONS);
    let mut booked = refunds.booked(id, order);
    for made in refunds.by_order.get(&id).into_iter().flatten() {
        let (name, minor) = (&made.id, made.amount_minor);
        match booked.remove(&fingerprint(name)) {
            Some(ours) if ours == minor => {}
            Some(ours) => {
                let problem =
                    format!("has {name} of {ours} minor units, and {GATEWAY} one of {minor}");
                found.push((problem, None));
            }
            None => {
                let is_ours = order.paid == Some(PaymentState::RefundPending);
                let is_young = now.as_second() < made.created_s.saturating_add(ON_ITS_WAY_S);
                let problem = format!("{GATEWAY} refund {minor} minor units by {name}, unbooked");
                found.push((problem, waits.filter(|_| is_ours || is_young)));
            }
        }
    }
    for minor in booked.values() {
        found.push((format!("{GATEWAY} lack a refund of {minor} minor units"), None));
    }
}

fn check_part(order: &Order, key: &RefundKey, part: &Part, found: &mut Vec<Problem>) {
    let waits = Some(Group::TRANSACTIONS);
    let is_moved = part.published.is_some() || part.entry.is_some() || part.fact.is_some();
    let booked = match part.row {
        Some(PartRow { amount_minor, state: PartState::Booked(gateway) }) => {
            Some((gateway, amount_minor))
        }
        Some(PartRow { state: PartState::Reserved, .. }) => {
            found.push((format!("has a refund pending: {key}"), waits));
            None
        }
        Some(PartRow { state: PartState::Failed, .. }) => {
            if !part.has_failed_in_topic {
                let problem = format!("has a refund {key} that failed, not in order_payments");
                found.push((problem, waits));
            }
            None
        }
        None => None,
    };
    let Some((gateway, amount_minor)) = booked else {
        if is_moved {
            // The row may have been read before.
            let waits = waits.filter(|_| order.has_moved);
            found.push((format!("has a refund {key} that is not booked in {REFUNDS}"), waits));
        }
        return;
    };
    match part.published {
        None => found.push((format!("has a refund {key}, not in order_refunded"), waits)),
        Some(published) if published == (gateway, amount_minor) => {}
        Some(_) => {
            found.push((format!("has another refund {key} than order_refunded"), None));
        }
    }
    let money_minor = -amount_minor;
    if part.entry != Some(Sums { all_minor: 0, money_minor }) {
        found.push((format!("has a refund {key} of {amount_minor} that {LEDGER} lacks"), None));
    }
    check_followers(order, key, part, found);
}

/// Checks the facts and the mail about a refund that is published.
fn check_followers(order: &Order, key: &RefundKey, part: &Part, found: &mut Vec<Problem>) {
    let Some((_, amount_minor)) = part.published else { return };
    match part.fact {
        None => found.push((format!("has a refund {key}, not in {FACTS}"), Some(Group::ANALYTICS))),
        Some(fact) if fact == amount_minor => {}
        Some(_) => found.push((format!("has another refund {key} in {FACTS}"), None)),
    }
    if !part.has_mail && !order.dead_mails.has(MailKind::Refunded) {
        let problem = format!("has a refund {key}, and got no mail about it");
        found.push((problem, Some(Group::EMAIL)));
    }
}

/// Checks that refunds in the ledger are refunds in the facts.
pub(super) fn check_figures(refunds: &Refunds, id: OrderId, found: &mut Vec<Problem>) {
    for (key, part) in refunds.parts.get(&id).into_iter().flatten() {
        let booked = part.entry.map(|sums| -sums.money_minor);
        match (booked, part.fact) {
            (Some(booked), Some(fact)) if booked == fact => {}
            (Some(_), Some(_)) => found.push((format!("has another refund {key} in {FACTS}"), None)),
            (Some(_), None) => {
                let by = match part.published {
                    Some(_) => Group::ANALYTICS,
                    None => Group::TRANSACTIONS,
                };
                found.push((format!("has a refund {key}, not in {FACTS}"), Some(by)));
            }
            (None, Some(_)) => {
                let problem = format!("has a refund {key} in {FACTS}, not in {LEDGER}");
                found.push((problem, Some(Group::TRANSACTIONS)));
            }
            (None, None) => {}
        }
    }
}
