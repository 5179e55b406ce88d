//! Does the stock add up? What was ever added to a dish, less what orders hold, is what its level
//! says; orders hold what they were placed for, as long as their payments say so; and the last
//! level that was published is the level.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::{
    ids::{ChangeId, OrderId},
    payment::{DeclineReason, PaymentState},
    stock::{Needs, Reservation, StockChange, StockLevel},
};
use jiff::Timestamp;
use sql::{LevelRow, ReservationRow, StockHistoryRow};

use super::{
    evidence::{Evidence, Order, Print, print},
    finding::{Finding, Group},
};

/// The names of the sources, as people read them.
pub(super) const RESERVATIONS: &str = "the reservations";
const HISTORY: &str = "the stock history";
const STOCK: &str = "the stock";

/// Clocks of two instances differ, and a transaction takes its time: whether an order met a dish
/// that was counted is known only if this lies between them.
const SURELY_US: i64 = 30_000_000;
/// A level that has not been published for so long will not be.
const PUBLISHED_WITHIN_US: i64 = 60_000_000;

/// The last record of a dish.
#[derive(Debug)]
struct Told {
    on_hand: Option<u32>,
    version: i64,
    /// The greatest version of any record.
    newest: i64,
    late: bool,
}

/// A moment in the history of a dish.
#[derive(Debug)]
struct Moment {
    version: i64,
    is_counted: bool,
    done_us: i64,
}

/// What was read of the stock, by dish.
#[derive(Debug, Default)]
pub(super) struct Stock {
    told: BTreeMap<String, Told>,
    levels: BTreeMap<String, LevelRow>,
    added: BTreeMap<String, i64>,
    held: BTreeMap<String, i64>,
    moments: HashMap<Print, Vec<Moment>>,
    /// What staff asked for; by id, with what was said under it.
    asked: BTreeMap<ChangeId, (String, HashSet<Print>)>,
    done: HashSet<ChangeId>,
    /// Which orders hold, or held, pieces of which dish.
    reserved: HashSet<(OrderId, Print)>,
}

/// What an order takes, kept small.
pub(super) fn small(needs: &Needs) -> Box<[(Print, u64)]> {
    needs.iter().map(|(dish, pieces)| (print(&dish.to_string()), *pieces)).collect()
}

fn what(name: &str, amount: Option<i64>) -> Print {
    print(&(name, amount))
}

impl Evidence {
    pub(super) fn stock_level(&mut self, level: &StockLevel) {
        let (on_hand, version, late) = (level.on_hand, level.version, self.is_late);
        let dish = level.dish.to_string();
        let newest = self.stock.told.get(&dish).map_or(version, |told| told.newest.max(version));
        self.stock.told.insert(dish, Told { on_hand, version, newest, late });
    }

    pub(super) fn stock_change(&mut self, change: &StockChange) {
        // What came after the tables were read may not be in them.
        if !self.is_late {
            let entry = self.stock.asked.entry(change.id);
            let entry = entry.or_insert_with(|| (change.dish.to_string(), HashSet::new()));
            entry.1.insert(what(change.change.name(), change.change.amount()));
        }
    }

    pub(super) fn level_row(&mut self, row: LevelRow) {
        self.stock.levels.insert(format!("{}/{}", row.restaurant_id, row.item_id), row);
    }

    pub(super) fn stock_history_row(&mut self, row: &StockHistoryRow) {
        let dish = format!("{}/{}", row.restaurant_id, row.item_id);
        let (version, done_us) = (row.version, row.done_us);
        let moment = Moment { version, is_counted: row.on_hand.is_some(), done_us };
        self.stock.moments.entry(print(&dish)).or_default().push(moment);
        *self.stock.added.entry(dish.clone()).or_default() += row.added;
        let Ok(id) = row.change_id.parse() else {
            return self.wrong(&dish, format!("has a change {:?} in {HISTORY}", row.change_id));
        };
        self.stock.done.insert(id);
        let asked = self.stock.asked.get(&id);
        let same = |(of, said): &(String, HashSet<Print>)| {
            *of == dish && said.contains(&what(&row.what, row.amount))
        };
        if asked.is_some_and(|asked| !same(asked)) {
            self.wrong(&dish, format!("was changed by {id} otherwise than stock_changes says"));
        }
    }

    /// Reservations come after payments.
    pub(super) fn reservation_row(&mut self, row: &ReservationRow) {
        let dish = format!("{}/{}", row.restaurant_id, row.item_id);
        let state = row.state.parse::<Reservation>().ok();
        if state != Some(Reservation::Released) {
            *self.stock.held.entry(dish.clone()).or_default() += row.quantity;
        }
        let Some((id, order)) = self.known(&row.order_id, RESERVATIONS) else { return };
        let needed = order.needs.iter().find(|(of, _)| *of == print(&dish)).map(|(_, n)| *n);
        let (paid, reason) = (order.paid, order.reason);
        let placed = order.placed.is_some();
        self.stock.reserved.insert((id, print(&dish)));
        if placed && needed != u64::try_from(row.quantity).ok() {
            let pieces = row.quantity;
            self.wrong(
                &id,
                format!("took {pieces} of {dish}, which is not what it was placed for"),
            );
        }
        if reason == Some(DeclineReason::OutOfStock) {
            self.wrong(&id, format!("was declined as out_of_stock, and took {dish} all the same"));
        }
        let Some(paid) = paid else {
            return self.late(&id, format!("took {dish} without a payment"), Group::TRANSACTIONS);
        };
        if !state.is_some_and(|state| fits(state, paid)) {
            let told = format!("has {dish} {:?}, but its payment is {paid}", row.state);
            self.wrong(&id, told);
        }
    }
}

/// True if pieces may be in this state while the payment is in that one.
fn fits(state: Reservation, paid: PaymentState) -> bool {
    // Who cancels after the payment decides whether the dish can be sold again.
    let given_back = matches!(paid, PaymentState::RefundPending | PaymentState::Refunded);
    state == Reservation::of(paid) || (given_back && state == Reservation::Sold)
}

impl Stock {
    /// What does not fit, and how many levels have yet to be published.
    pub(super) fn findings(
        &self,
        orders: &BTreeMap<OrderId, Order>,
        now: Timestamp,
    ) -> (Vec<Finding>, u64) {
        let mut found = Vec::new();
        let dishes: BTreeSet<_> =
            self.levels.keys().chain(self.added.keys()).chain(self.held.keys()).collect();
        for dish in dishes {
            self.sum(dish, &mut found);
        }
        for (id, (dish, _)) in self.asked.iter().filter(|(id, _)| !self.done.contains(id)) {
            let problem = format!("was to be changed by {id}, which is not in {HISTORY}");
            found.push(Finding::new(dish, problem, Some(Group::TRANSACTIONS)));
        }
        self.unreserved(orders, &mut found);
        let waiting = self.published(now, &mut found);
        (found, waiting)
    }

    fn sum(&self, dish: &str, found: &mut Vec<Finding>) {
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

    /// Orders that were paid and took nothing of a dish that was counted when they came.
    fn unreserved(&self, orders: &BTreeMap<OrderId, Order>, found: &mut Vec<Finding>) {
        let since = |moments: &Vec<Moment>| {
            let uncounted = moments.iter().filter(|m| !m.is_counted).map(|m| m.version).max();
            let later = |m: &&Moment| uncounted.is_none_or(|version| m.version > version);
            moments.iter().filter(later).min_by_key(|m| m.version).map(|m| m.done_us)
        };
        let since: HashMap<_, _> =
            self.moments.iter().filter_map(|(dish, m)| Some((*dish, since(m)?))).collect();
        if since.is_empty() {
            return;
        }
        for (id, order) in orders.iter().filter(|(_, o)| o.paid == Some(PaymentState::Captured)) {
            let counted = |(dish, _): &&(Print, u64)| {
                since.get(dish).is_some_and(|since| since + SURELY_US < order.attempted_us)
            };
            let missing = order.needs.iter().filter(counted);
            for _ in missing.filter(|(dish, _)| !self.reserved.contains(&(*id, *dish))) {
                let problem = format!("is paid, and a dish of it is not in {RESERVATIONS}");
                found.push(Finding::new(id.to_string(), problem, None));
            }
        }
    }

    fn published(&self, now: Timestamp, found: &mut Vec<Finding>) -> u64 {
        let mut waiting = 0;
        for (dish, level) in self.levels.iter().filter(|(_, level)| level.version > 0) {
            let version = level.version;
            let is_noted = level.published_version >= version;
            let mut tell = |problem: String, waits| found.push(Finding::new(dish, problem, waits));
            match self.told.get(dish) {
                Some(told) if told.version == version => {
                    if told.on_hand.map(i64::from) != level.on_hand {
                        let (told, has) = (said(told.on_hand.map(i64::from)), said(level.on_hand));
                        tell(format!("is published with {told}, and {STOCK} has {has}"), None);
                    }
                }
                Some(told) if told.version > version => {
                    if !told.late {
                        let told = told.version;
                        tell(
                            format!("is published as version {told}; {STOCK} has {version}"),
                            None,
                        );
                    }
                }
                _ if !is_noted && now.as_microsecond() - level.at_us < PUBLISHED_WITHIN_US => {
                    waiting += 1;
                }
                told => {
                    let last = told.map_or(0, |told| told.version);
                    let newest = told.map_or(0, |told| told.newest);
                    let problem = format!(
                        "has version {version} in {STOCK}; the last one published is {last}, the \
                         greatest {newest}"
                    );
                    tell(problem, Some(Group::TRANSACTIONS));
                }
            }
        }
        let unknown = self.told.iter().filter(|(dish, _)| !self.levels.contains_key(*dish));
        for (dish, _) in unknown.filter(|(_, told)| !told.late) {
            found.push(Finding::new(dish, format!("is published, but not in {STOCK}"), None));
        }
        waiting
    }
}

fn said(level: Option<i64>) -> String {
    level.map_or_else(|| "no limit".to_owned(), |left| format!("{left} pieces"))
}
