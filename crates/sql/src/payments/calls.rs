//! Helpers for calls that share a statement.

use std::collections::{BTreeMap, HashMap};

use domain::{ids::OrderId, payment::Payment};

use crate::{
    Failure, Row,
    failure::corrupt,
    rows::{self, PAYMENT_COLUMNS},
};

/// The first call for each order, sorted by order: a statement can change a row only once.
pub(crate) fn dedup_by_order<T>(calls: &[T], id: impl Fn(&T) -> OrderId) -> Vec<&T> {
    dedup_by_order_preferring(calls, id, |_| true)
}

/// The first preferred call for each order, or its first call if there is none.
pub(super) fn dedup_by_order_preferring<T>(
    calls: &[T],
    id: impl Fn(&T) -> OrderId,
    is_preferred: impl Fn(&T) -> bool,
) -> Vec<&T> {
    let mut sorted = BTreeMap::new();
    for call in calls {
        let kept = sorted.entry(id(call)).or_insert(call);
        if !is_preferred(kept) && is_preferred(call) {
            *kept = call;
        }
    }
    sorted.into_values().collect()
}

/// The rows that a statement returned, in the order of the calls.
pub(crate) fn payments_by_call<T>(
    found: &[Row],
    calls: &[T],
    id: impl Fn(&T) -> OrderId,
) -> Result<Vec<Payment>, Failure> {
    let mut stored = HashMap::with_capacity(found.len());
    for row in found {
        let payment = rows::payment(row)?;
        stored.insert(payment.order_id, payment);
    }
    let answer = |id| stored.get(&id).cloned().ok_or(id);
    let answer = |call| answer(id(call)).map_err(|id| corrupt(format!("no payment row of {id}")));
    calls.iter().map(answer).collect()
}

/// An update of the payment rows of a batch. A plain `UPDATE` may lock rows in any order, so they
/// are first locked in the order of their keys, and then updated from their current values.
pub(crate) fn update_sql(set: &str) -> String {
    format!(
        "WITH p AS (SELECT payments.order_id AS id, r.* FROM {{rows}}
                    JOIN payments ON payments.order_id = r.order_id
                    ORDER BY payments.order_id {{for_update}})
         UPDATE payments SET {set} FROM p WHERE payments.order_id = p.id
         RETURNING {PAYMENT_COLUMNS}"
    )
}
