//! The state that two runs must agree on.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    facts::FactName,
    ids::{ChangeId, OrderId},
    payment::DeclineReason,
    status::Status,
    stock::{Dish, Reservation},
};
use events::Record;

use super::{World, lock};

/// The end of a run. Times, attempts and the numbering of intents are left out: a run with a fault
/// takes longer and may leave an unconfirmed intent behind, which moves no money.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub captures: BTreeMap<OrderId, u32>,
    pub refunds: BTreeMap<OrderId, u32>,
    /// By order and entry: the sum of the postings and their number.
    pub ledger: BTreeMap<(OrderId, String), (i64, usize)>,
    pub payments: BTreeMap<OrderId, (&'static str, i64, Option<DeclineReason>)>,
    pub book: BTreeMap<OrderId, (Status, bool, Vec<Status>)>,
    pub decisions: usize,
    pub facts: BTreeMap<(OrderId, FactName), (i64, u64)>,
    pub stock: BTreeMap<Dish, (Option<u32>, i64)>,
    pub changes: BTreeMap<ChangeId, (Dish, i64)>,
    pub reservations: BTreeMap<(OrderId, Dish), (u32, Reservation)>,
    pub mails_recorded: BTreeSet<(OrderId, String)>,
    pub mails_taken: BTreeSet<String>,
    /// By topic and event id.
    pub events: BTreeSet<(&'static str, String)>,
}

impl State {
    pub(super) fn of(world: &World) -> Self {
        let rows = lock(&world.tables.rows);
        let pieces = |items: &[domain::facts::Sold]| items.iter().map(|sold| sold.quantity).sum();
        Self {
            captures: world.gateway.captures(),
            refunds: world.gateway.refunds(),
            ledger: (rows.ledger.iter())
                .map(|(key, sides)| {
                    (key.clone(), (sides.iter().map(|side| side.amount_minor).sum(), sides.len()))
                })
                .collect(),
            payments: (rows.payments.iter())
                .map(|(id, p)| (*id, (p.state.name(), p.amount.minor, p.reason)))
                .collect(),
            book: (rows.book.iter())
                .map(|(id, row)| {
                    let history = row.history.keys().copied().collect();
                    (*id, (row.standing.status, row.order.is_some(), history))
                })
                .collect(),
            decisions: rows.decisions.len(),
            facts: (rows.facts.iter())
                .map(|(key, fact)| (key.clone(), (fact.amount_minor(), pieces(&fact.sale.items))))
                .collect(),
            stock: (rows.stock.iter())
                .map(|(dish, row)| (dish.clone(), (row.level.on_hand(), row.level.version)))
                .collect(),
            changes: rows.changes.clone(),
            reservations: rows.reservations.clone(),
            mails_recorded: rows.mails.clone(),
            mails_taken: world.mailer.taken().into_iter().map(|mail| mail.message_id).collect(),
            events: distinct(&world.log.all()).into_keys().collect(),
        }
    }
}

/// Records by topic and event id. The same event written twice must be the same bytes.
pub fn distinct(records: &[Record]) -> BTreeMap<(&'static str, String), Record> {
    let mut distinct: BTreeMap<_, Record> = BTreeMap::new();
    for record in records {
        let id = record.header("ce_id").unwrap_or("none").to_owned();
        let first = distinct.entry((record.topic.name(), id)).or_insert_with(|| record.clone());
        assert_eq!(first.payload, record.payload, "an event was published again, changed");
        assert_eq!(first.headers, record.headers, "an event was published again, changed");
        assert_eq!(first.key, record.key, "an event was published again, changed");
    }
    distinct
}
