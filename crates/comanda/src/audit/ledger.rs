//! The ledger, compared with payments and topics.

use domain::{
    payment::{LedgerAccount, LedgerEntry, PaymentState},
    status::Status,
};
use sql::LedgerRow;

use super::{
    evidence::{Evidence, Order, PlacedOrder, Sums},
    finding::Group,
    reconcile::Problem,
};

/// The name of the ledger in findings.
pub(super) const LEDGER: &str = "the ledger";

impl Evidence {
    pub(super) fn add_ledger_row(&mut self, row: &LedgerRow) {
        let Some((id, order)) = self.find_order(&row.order_id, LEDGER) else { return };
        let currency = order.placed.map(|placed| placed.total.currency);
        let entry = match row.entry.parse() {
            Ok(LedgerEntry::Capture) => &mut order.capture_entry,
            Ok(LedgerEntry::Collection) => &mut order.collection_entry,
            Ok(LedgerEntry::Refund) => &mut order.refund_entry,
            Ok(LedgerEntry::PartRefund(key)) => &mut self.refunds.part(id, key).entry,
            Err(_) => {
                let problem = format!("has an entry {:?} in {LEDGER}, which is none", row.entry);
                return self.add_contradiction(&id, problem);
            }
        };
        let sums = entry.get_or_insert_default();
        sums.all_minor += row.amount_minor;
        let account = row.account.parse::<LedgerAccount>();
        if account.is_ok_and(|account| account.holds_money()) {
            sums.money_minor += row.amount_minor;
        }
        if currency.is_some_and(|currency| currency.code() != row.currency) {
            self.add_contradiction(
                &id,
                format!("is in another currency in {LEDGER} than in order_details"),
            );
        }
    }
}

/// Checks that every movement of money has one ledger entry, and that it balances.
pub(super) fn check_entries(
    order: &Order,
    placed: &PlacedOrder,
    state: PaymentState,
    found: &mut Vec<Problem>,
) {
    let total = placed.total.minor;
    let (captured, collected) = (order.held.row.is_captured, order.held.row.is_collected);
    let rest = order.refund_sums.rest;
    let checks = [
        ("capture", order.capture_entry, captured, total),
        ("collection", order.collection_entry, collected, total),
        ("refund", order.refund_entry, rest.is_some(), -rest.unwrap_or(0)),
    ];
    for (name, entry, expected, money_minor) in checks {
        let problem = match (entry, expected) {
            (None, false) => continue,
            (Some(sums), true) if sums == Sums { all_minor: 0, money_minor } => continue,
            (None, true) => format!("has no entry of its {name} in {LEDGER}"),
            (Some(_), false) => format!("is {state}, and has an entry of a {name} in {LEDGER}"),
            (Some(sums), true) => format!(
                "has a {name} in {LEDGER} of {} minor units that is out of balance by {}",
                sums.money_minor, sums.all_minor
            ),
        };
        // Written with the payment row, so no work in progress explains it.
        found.push((problem, None));
    }
}

/// Checks that the money of a cancelled order is refunded, and that each refund is published.
pub(super) fn check_refund(order: &Order, state: PaymentState, found: &mut Vec<Problem>) {
    let waits = Some(Group::TRANSACTIONS);
    let cancelled = order.reached.has(Status::Cancelled);
    match (cancelled, state) {
        (true, PaymentState::Captured | PaymentState::PartlyRefunded) => {
            found.push(("is cancelled, but not refunded".into(), waits));
        }
        (_, PaymentState::RefundPending) => {
            found.push(("has a refund pending".into(), waits));
        }
        (false, PaymentState::Refunded)
            if order.is_refunded_after_decline() || order.refund_row.is_none() => {}
        (false, PaymentState::Refunded | PaymentState::Void) => {
            let problem = format!("has a payment that is {state}, for which no topic has a reason");
            found.push((problem, Some(Group::ORDERS)));
        }
        _ => {}
    }
    match (order.refund, order.refund_row) {
        (None, Some(_)) => {
            found.push(("is refunded, which is not in order_refunded".into(), waits));
        }
        (Some((id, minor)), Some(row)) if row != id || Some(minor) != order.refund_sums.rest => {
            found.push(("has another refund than order_refunded".to_owned(), None));
        }
        (Some(_), None) => {
            let problem = format!("is refunded in its topic, but its payment is {state}");
            found.push((problem, waits));
        }
        _ => {}
    }
}
