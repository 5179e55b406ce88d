//! The books, held against the payments and the topics.

use domain::{
    payment::{Account, Entry, PaymentState},
    status::Status,
};
use sql::LedgerRow;

use super::{
    evidence::{Evidence, Order, Placed, Sums},
    finding::Group,
    reconcile::Problem,
};

/// The books, as people read them.
pub(super) const LEDGER: &str = "the ledger";

impl Evidence {
    pub(super) fn ledger_row(&mut self, row: &LedgerRow) {
        let Some((id, order)) = self.known(&row.order_id, LEDGER) else { return };
        let currency = order.placed.map(|placed| placed.total.currency);
        let entry = match row.entry.parse() {
            Ok(Entry::Capture) => &mut order.capture_entry,
            Ok(Entry::Refund) => &mut order.refund_entry,
            Err(_) => {
                let told = format!("has an entry {:?} in {LEDGER}, which is none", row.entry);
                return self.wrong(&id, told);
            }
        };
        let sums = entry.get_or_insert_default();
        sums.all_minor += row.amount_minor;
        if row.account.parse() == Ok(Account::Gateway) {
            sums.gateway_minor += row.amount_minor;
        }
        if currency.is_some_and(|currency| currency.code() != row.currency) {
            self.wrong(&id, format!("is in another currency in {LEDGER} than in order_details"));
        }
    }
}

/// Every movement of money stands in the books, once, and comes to zero.
pub(super) fn entries(
    order: &Order,
    placed: &Placed,
    state: PaymentState,
    found: &mut Vec<Problem>,
) {
    let total = placed.total.minor;
    let captured = state.was_captured();
    let refunded = state == PaymentState::Refunded;
    let checks = [
        ("capture", order.capture_entry, captured, total),
        ("refund", order.refund_entry, refunded, -total),
    ];
    for (name, entry, expected, gateway_minor) in checks {
        let problem = match (entry, expected) {
            (None, false) => continue,
            (Some(sums), true) if sums == Sums { all_minor: 0, gateway_minor } => continue,
            (None, true) => format!("has no entry of its {name} in {LEDGER}"),
            (Some(_), false) => format!("is {state}, and has an entry of a {name} in {LEDGER}"),
            (Some(sums), true) => format!(
                "has a {name} in {LEDGER} of {} minor units at the gateway that is out of balance \
                 by {}",
                sums.gateway_minor, sums.all_minor
            ),
        };
        // Written with the payment row, so no work in progress explains it.
        found.push((problem, None));
    }
}

/// A cancelled order keeps no money, and what is given back is told.
pub(super) fn refund(
    order: &Order,
    placed: &Placed,
    state: PaymentState,
    found: &mut Vec<Problem>,
) {
    let waits = Some(Group::TRANSACTIONS);
    let cancelled = order.told.has(Status::Cancelled);
    match (cancelled, state) {
        (true, PaymentState::Captured) => {
            found.push(("is cancelled, and its money is kept".into(), waits));
        }
        (_, PaymentState::RefundPending) => {
            found.push(("has money that is still to be given back".into(), waits));
        }
        (false, PaymentState::Refunded | PaymentState::Void) => {
            let problem = format!("has a payment that is {state}, but no topic tells why");
            found.push((problem, Some(Group::ORDERS)));
        }
        _ => {}
    }
    match (order.refund, state) {
        (None, PaymentState::Refunded) => {
            found.push(("got its money back, which order_refunded does not tell".into(), waits));
        }
        (Some((id, minor)), PaymentState::Refunded) => {
            if order.refund_row != Some(id) || minor != placed.total.minor {
                let told = "got another refund than order_refunded tells";
                found.push((told.to_owned(), None));
            }
        }
        (Some(_), _) => {
            let problem = format!("is refunded in its topic, but its payment is {state}");
            found.push((problem, waits));
        }
        (None, _) => {}
    }
}
