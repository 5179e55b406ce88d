//! Checks the stock: the pieces ever added to a dish, less those that orders hold, are its level;
//! orders hold what they were placed for, as long as their payments say so; and the last published
//! level is the level.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::{
    ids::{ChangeId, OrderId},
    payment::{DeclineReason, PaymentState},
    stock::{Needs, Reservation, StockChange, StockLevel},
};
use jiff::Timestamp;
use sql::{LevelRow, ReservationRow, StockHistoryRow};

use super::{
    evidence::{Evidence, Fingerprint, Order, fingerprint},
    finding::{Finding, Group},
};

/// The names of the sources in findings.
pub(super) const RESERVATIONS: &str = "the reservations";
const HISTORY: &str = "the stock history";
const STOCK: &str = "the stock";

/// An order surely met a counted dish if counting began at least this long before it: clocks of
/// instances differ, and transactions take time. In microseconds.
const SURELY_COUNTED_US: i64 = 30_000_000;
/// A level that is still unpublished after this time is a finding. In microseconds.
const PUBLISH_TIMEOUT_US: i64 = 60_000_000;

/// The last published level of a dish.
#[derive(Debug)]
struct PublishedLevel {
    on_hand: Option<u32>,
    version: i64,
    /// The greatest version of all records.
    newest: i64,
    is_late: bool,
}

/// A change in the history of a dish.
#[derive(Debug)]
struct HistoryEntry {
    version: i64,
    is_counted: bool,
    done_us: i64,
}

/// The stock in all sources, by dish.
#[derive(Debug, Default)]
pub(super) struct Stock {
    published: BTreeMap<String, PublishedLevel>,
    levels: BTreeMap<String, LevelRow>,
    added: BTreeMap<String, i64>,
    held: BTreeMap<String, i64>,
    history: HashMap<Fingerprint, Vec<HistoryEntry>>,
    /// Changes that staff requested, by id: the dish, and a fingerprint of each change.
    requested: BTreeMap<ChangeId, (String, HashSet<Fingerprint>)>,
    done: HashSet<ChangeId>,
    /// Orders that hold or held pieces of a dish.
    reserved: HashSet<(OrderId, Fingerprint)>,
}

/// The pieces that an order takes of each dish.
pub(super) fn fingerprints(needs: &Needs) -> Box<[(Fingerprint, u64)]> {
    needs.iter().map(|(dish, pieces)| (fingerprint(&dish.to_string()), *pieces)).collect()
}

fn change_fingerprint(name: &str, amount: Option<i64>) -> Fingerprint {
    fingerprint(&(name, amount))
}

impl Evidence {
    pub(super) fn add_stock_level(&mut self, level: &StockLevel) {
        let (on_hand, version, is_late) = (level.on_hand, level.version, self.is_late);
        let dish = level.dish.to_string();
        let newest =
            self.stock.published.get(&dish).map_or(version, |last| last.newest.max(version));
        self.stock.published.insert(dish, PublishedLevel { on_hand, version, newest, is_late });
    }

    pub(super) fn add_stock_change(&mut self, change: &StockChange) {
        // Later changes may not be in the tables.
        if !self.is_late {
            let entry = self.stock.requested.entry(change.id);
            let entry = entry.or_insert_with(|| (change.dish.to_string(), HashSet::new()));
            entry.1.insert(change_fingerprint(change.change.name(), change.change.amount()));
        }
    }

    pub(super) fn add_level_row(&mut self, row: LevelRow) {
        self.stock.levels.insert(format!("{}/{}", row.restaurant_id, row.item_id), row);
    }

    pub(super) fn add_stock_history_row(&mut self, row: &StockHistoryRow) {
        let dish = format!("{}/{}", row.restaurant_id, row.item_id);
        let (version, done_us) = (row.version, row.done_us);
        let entry = HistoryEntry { version, is_counted: row.on_hand.is_some(), done_us };
        self.stock.history.entry(fingerprint(&dish)).or_default().push(entry);
        *self.stock.added.entry(dish.clone()).or_default() += row.added;
        let Ok(id) = row.change_id.parse() else {
            return self.add_contradiction(
                &dish,
                format!("has a change {:?} in {HISTORY}", row.change_id),
            );
        };
        self.stock.done.insert(id);
        let requested = self.stock.requested.get(&id);
        let same = |(of, changes): &(String, HashSet<Fingerprint>)| {
            *of == dish && changes.contains(&change_fingerprint(&row.what, row.amount))
        };
        if requested.is_some_and(|requested| !same(requested)) {
            self.add_contradiction(
                &dish,
                format!("was changed by {id} otherwise than stock_changes says"),
            );
        }
    }

    /// Adds a reservation. All payments must have been added.
    pub(super) fn add_reservation_row(&mut self, row: &ReservationRow) {
        let dish = format!("{}/{}", row.restaurant_id, row.item_id);
        let state = row.state.parse::<Reservation>().ok();
        if state != Some(Reservation::Released) {
            *self.stock.held.entry(dish.clone()).or_default() += row.quantity;
        }
        let Some((id, order)) = self.find_order(&row.order_id, RESERVATIONS) else { return };
        let needed = order.needs.iter().find(|(of, _)| *of == fingerprint(&dish)).map(|(_, n)| *n);
        let (paid, reason) = (order.paid, order.reason);
        let placed = order.placed.is_some();
        self.stock.reserved.insert((id, fingerprint(&dish)));
        if placed && needed != u64::try_from(row.quantity).ok() {
            let pieces = row.quantity;
            self.add_contradiction(
                &id,
                format!("took {pieces} of {dish}, which is not what it was placed for"),
            );
        }
        if reason == Some(DeclineReason::OutOfStock) {
            self.add_contradiction(&id, format!("was declined as out_of_stock, but took {dish}"));
        }
        let Some(paid) = paid else {
            return self.add_unfinished(
                &id,
                format!("took {dish} without a payment"),
                Group::TRANSACTIONS,
            );
        };
        if !state.is_some_and(|state| is_consistent(state, paid)) {
            let last = format!("has {dish} {:?}, but its payment is {paid}", row.state);
            self.add_contradiction(&id, last);
        }
    }
}

/// Whether a reservation may have this state while the payment has that one.
fn is_consistent(state: Reservation, paid: PaymentState) -> bool {
    // A cancellation after the payment decides whether the dish can be sold again.
    let given_back = matches!(paid, PaymentState::RefundPending | PaymentState::Refunded);
    state == Reservation::of(paid) || (given_back && state == Reservation::Sold)
}

/// True if the order stands, whether its money was taken or not.
const fn is_sold(paid: PaymentState) -> bool {
    matches!(
        paid,
        PaymentState::Captured
            | PaymentState::Authorized
            | PaymentState::Due
            | PaymentState::Collected
            | PaymentState::PartlyRefunded
    )
}

impl Stock {
    /// The findings, and the number of levels that are still to be published.
    pub(super) fn find_problems(
        &self,
        orders: &BTreeMap<OrderId, Order>,
        now: Timestamp,
    ) -> (Vec<Finding>, u64) {
        let mut found = Vec::new();
        let dishes: BTreeSet<_> =
            self.levels.keys().chain(self.added.keys()).chain(self.held.keys()).collect();
        for dish in dishes {
            self.check_sum(dish, &mut found);
        }
        for (id, (dish, _)) in self.requested.iter().filter(|(id, _)| !self.done.contains(id)) {
            let problem = format!("was to be changed by {id}, which is not in {HISTORY}");
            found.push(Finding::new(dish, problem, Some(Group::TRANSACTIONS)));
        }
        self.find_unreserved(orders, &mut found);
        let waiting = self.check_published(now, &mut found);
        (found, waiting)
    }

    fn check_sum(&self, dish: &str, found: &mut Vec<Finding>) {
        let of = |sums: &BTreeMap<String, i64>| sums.get(dish).copied().unwrap_or(0);
        let (added, held) = (of(&self.added), of(&self.held));
        let Some(level) = self.levels.get(dish) else {
            let problem = format!("is not in {STOCK}, though {added} were added and {held} taken");
            return found.push(Finding::new(dish, problem, None));
        };
        let counted = level.counted;
        if counted != added - held {
            let problem = format!(
                "has {counted} pieces in {STOCK}, but {added} were added and orders hold {held}"
            );
            found.push(Finding::new(dish, problem, None));
        }
        if level.on_hand.is_some_and(|left| left != counted || left < 0) {
            let left = level.on_hand.unwrap_or_default();
            let problem = format!("offers {left} of {counted} pieces in {STOCK}");
            found.push(Finding::new(dish, problem, None));
        }
    }

    /// Finds paid orders without a reservation of a dish that was counted at the time.
    fn find_unreserved(&self, orders: &BTreeMap<OrderId, Order>, found: &mut Vec<Finding>) {
        let since = |history: &Vec<HistoryEntry>| {
            let uncounted = history.iter().filter(|m| !m.is_counted).map(|m| m.version).max();
            let later = |m: &&HistoryEntry| uncounted.is_none_or(|version| m.version > version);
            history.iter().filter(later).min_by_key(|m| m.version).map(|m| m.done_us)
        };
        let since: HashMap<_, _> =
            self.history.iter().filter_map(|(dish, m)| Some((*dish, since(m)?))).collect();
        if since.is_empty() {
            return;
        }
        for (id, order) in orders.iter().filter(|(_, o)| o.paid.is_some_and(is_sold)) {
            let counted = |(dish, _): &&(Fingerprint, u64)| {
                since.get(dish).is_some_and(|since| since + SURELY_COUNTED_US < order.attempted_us)
            };
            let missing = order.needs.iter().filter(counted);
            for _ in missing.filter(|(dish, _)| !self.reserved.contains(&(*id, *dish))) {
                let problem = format!("is paid, and a dish of it is not in {RESERVATIONS}");
                found.push(Finding::new(id.to_string(), problem, None));
            }
        }
    }

    fn check_published(&self, now: Timestamp, found: &mut Vec<Finding>) -> u64 {
        let mut waiting = 0;
        for (dish, level) in self.levels.iter().filter(|(_, level)| level.version > 0) {
            let version = level.version;
            let is_recorded = level.published_version >= version;
            let mut add = |problem: String, waits| found.push(Finding::new(dish, problem, waits));
            match self.published.get(dish) {
                Some(last) if last.version == version => {
                    if last.on_hand.map(i64::from) != level.on_hand {
                        let (last, has) =
                            (level_text(last.on_hand.map(i64::from)), level_text(level.on_hand));
                        add(format!("is published with {last}, and {STOCK} has {has}"), None);
                    }
                }
                Some(last) if last.version > version => {
                    if !last.is_late {
                        let last = last.version;
                        add(format!("is published as version {last}; {STOCK} has {version}"), None);
                    }
                }
                _ if !is_recorded && now.as_microsecond() - level.at_us < PUBLISH_TIMEOUT_US => {
                    waiting += 1;
                }
                last => {
                    let last_version = last.map_or(0, |last| last.version);
                    let newest = last.map_or(0, |last| last.newest);
                    let problem = format!(
                        "has version {version} in {STOCK}; the last one published is \
                         {last_version}, the greatest {newest}"
                    );
                    add(problem, Some(Group::TRANSACTIONS));
                }
            }
        }
        let unknown = self.published.iter().filter(|(dish, _)| !self.levels.contains_key(*dish));
        for (dish, _) in unknown.filter(|(_, last)| !last.is_late) {
            found.push(Finding::new(dish, format!("is published, but not in {STOCK}"), None));
        }
        waiting
    }
}

fn level_text(level: Option<i64>) -> String {
    level.map_or_else(|| "no limit".to_owned(), |left| format!("{left} pieces"))
}
