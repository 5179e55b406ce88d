//! The comparison. It is pure, so that every kind of difference has a test.
//!
//! Something that is missing is a difference unless work in progress explains it: the group that
//! does that work has records to read, or the order changed while the audit read. Such an order is
//! *open*. A contradiction is always a difference.

use std::collections::{BTreeMap, BTreeSet};

use domain::{kitchen::Action, order::Fulfilment, payment::PaymentState, status::Status};
use jiff::Timestamp;

use super::{
    books::GATEWAY,
    evidence::{Evidence, Order, Statuses},
    finding::{Finding, Group, Lag, OpenOrder, Verdict},
    held, ledger, mails,
    scope::Scope,
    tables::{BOOK, FACTS, HISTORY, PAYMENTS},
};
use crate::register::{ANALYTICS, groups};

/// Compares all sources.
pub(super) fn reconcile(evidence: &mut Evidence, lag: &Lag, now: Timestamp) -> Verdict {
    let mut findings = std::mem::take(&mut evidence.findings);
    for (id, order) in &evidence.orders {
        for (problem, waits_for) in find_problems(order, evidence.scope) {
            findings.push(Finding::new(id.to_string(), problem, waits_for));
        }
    }
    findings.extend(evidence.dropped_records());
    findings.extend(evidence.open_ranges(&groups().collect::<Vec<_>>()));
    let mut waiting = 0;
    // Sums need every order, and older captures were not read.
    if !evidence.scope.is_partial() {
        findings.extend(stray_findings(evidence));
        findings.extend(evidence.figures.take_findings());
        let of_stock;
        (of_stock, waiting) = evidence.stock.find_problems(&evidence.orders, now);
        findings.extend(of_stock);
        for (intent, minor) in &evidence.refunds {
            let problem = format!("{GATEWAY} refund {minor} minor units that were never captured");
            findings.push(Finding::new(intent, problem, None));
        }
    }
    let mut verdict = sort_findings(evidence, findings, lag, now);
    verdict.unsettled += waiting;
    verdict
}

/// Compares the figures alone: facts with topics and ledger, aggregates with facts.
pub(super) fn reconcile_figures(evidence: &mut Evidence, lag: &Lag, now: Timestamp) -> Verdict {
    let mut findings = std::mem::take(&mut evidence.findings);
    for (id, order) in &evidence.orders {
        let mut found = Vec::new();
        check_facts(order, &mut found);
        check_ledger(order, &mut found);
        let found = found.into_iter();
        findings.extend(found.map(|(problem, waits)| Finding::new(id.to_string(), problem, waits)));
    }
    findings.extend(stray_findings(evidence));
    findings.extend(evidence.figures.take_findings());
    findings.extend(evidence.open_ranges(&[ANALYTICS]));
    sort_findings(evidence, findings, lag, now)
}

/// Checks that sales and refunds in the facts are captures and refunds in the ledger.
fn check_ledger(order: &Order, found: &mut Vec<Problem>) {
    let Some(placed) = order.placed else { return };
    let has_entry = order.capture_entry.is_some() || order.collection_entry.is_some();
    // Held money and cash are in the ledger once they are taken.
    let is_taken =
        order.facts.has(Status::Confirmed) && (order.held.is_taken_in_topics() || has_entry);
    let entries = [
        ("confirmed", is_taken, order.capture_entry.or(order.collection_entry)),
        ("refunded", order.has_refund_fact, order.refund_entry),
    ];
    for (what, counted, entry) in entries {
        let booked = entry.map(|sums| sums.money_minor.abs());
        match (counted, booked) {
            (true, None) => {
                let problem = format!("is {what} in {FACTS}, which is not in the ledger");
                found.push((problem, Some(Group::TRANSACTIONS)));
            }
            (false, Some(_)) if what == "confirmed" && order.is_refunded_after_decline() => {}
            (false, Some(_)) => {
                let problem = format!("is {what} in the ledger, which is not in {FACTS}");
                // The entry is written before the event, and the event before the fact.
                let by = if order.is_decided() { Group::ANALYTICS } else { Group::TRANSACTIONS };
                found.push((problem, Some(by)));
            }
            (true, Some(minor)) if minor != placed.total.minor => {
                let problem = format!(
                    "is {what} with {minor} minor units in the ledger, not {}",
                    placed.total
                );
                found.push((problem, None));
            }
            _ => {}
        }
    }
}

/// Separates differences from open orders and unsettled findings.
fn sort_findings(
    evidence: &Evidence,
    findings: Vec<Finding>,
    lag: &Lag,
    now: Timestamp,
) -> Verdict {
    let mut verdict = Verdict::default();
    let mut open = BTreeMap::<String, OpenOrder>::new();
    let any_moved = evidence.orders.values().any(|order| order.has_moved);
    for finding in findings {
        let id = finding.subject.parse().ok();
        let order = id.and_then(|id| evidence.orders.get(&id));
        // No group is at work while a bank waits, and the gateway may know the outcome already.
        let waits = id.and_then(|id| evidence.waiting.get(&id));
        let waits = waits.is_some_and(|until_us| now.as_microsecond() < *until_us);
        let has_moved = waits || order.map_or(any_moved, |order| order.has_moved);
        let at_work = |group| has_moved || lag.get(&group).is_some_and(|records| *records > 0);
        match (finding.waits_for.filter(|group| at_work(*group)), order) {
            (None, _) => verdict.differences.push(finding),
            (Some(_), None) => verdict.unsettled += 1,
            (Some(group), Some(order)) => {
                let since = order.at_us(Status::Placed).unwrap_or_else(|| now.as_microsecond());
                let for_s = (now.as_microsecond() - since).div_euclid(1_000_000);
                let entry = open.entry(finding.subject);
                entry
                    .or_insert(OpenOrder { for_s, waits_for: BTreeSet::new() })
                    .waits_for
                    .insert(group);
            }
        }
    }
    verdict.differences.sort_by(|a, b| a.subject.cmp(&b.subject));
    verdict.open = open.into_iter().collect();
    verdict.open.sort_by_key(|(_, open)| std::cmp::Reverse(open.for_s));
    verdict
}

/// Rows and captures whose order is in no topic, even after the second reading.
fn stray_findings(evidence: &Evidence) -> impl Iterator<Item = Finding> {
    let unknown = evidence
        .strays
        .iter()
        .filter(|(id, _)| !id.parse().is_ok_and(|id| evidence.orders.contains_key(&id)));
    unknown.map(|(id, source)| {
        let problem = format!("is in {source}, but the order is in no topic");
        Finding::new(id, problem, None)
    })
}

/// A problem, and the group whose work in progress would explain it.
pub(super) type Problem = (String, Option<Group>);

fn find_problems(order: &Order, scope: Scope) -> Vec<Problem> {
    let mut found = Vec::new();
    if order.placed.is_none() {
        let reached = order.reached.last().unwrap_or(Status::Placed);
        found.push((
            format!("is {reached} in its topic, but order_details has no such order"),
            None,
        ));
        return found;
    }
    check_outcome(order, &mut found);
    check_steps(order, &mut found);
    check_money(order, &mut found);
    if !scope.without_gateway {
        check_gateway(order, &mut found);
    }
    check_book(order, &mut found);
    check_facts(order, &mut found);
    found.extend(mails::find_problems(order));
    found
}

fn check_outcome(order: &Order, found: &mut Vec<Problem>) {
    match (order.reached.has(Status::Confirmed), order.reached.has(Status::Declined)) {
        (true, true) => found.push(("is both confirmed and declined".into(), None)),
        (false, false) => found.push((
            "has no outcome: neither confirmed nor declined".into(),
            Some(Group::TRANSACTIONS),
        )),
        _ => {}
    }
}

/// Checks that a legal step led to every status.
fn check_steps(order: &Order, found: &mut Vec<Problem>) {
    // The address does not matter.
    let way = match "-".parse() {
        Ok(address) if order.placed.is_some_and(|placed| placed.is_delivery) => {
            Fulfilment::Delivery { address }
        }
        _ => Fulfilment::Pickup,
    };
    let leads = |from: Status, to| Action::ALL.iter().any(|a| a.target(from, &way) == Some(to));
    for status in Status::ALL.iter().copied().filter(|status| order.reached.has(*status)) {
        let legal = match status {
            Status::Placed | Status::Confirmed | Status::Declined | Status::Cancelled => true,
            _ => Status::ALL.iter().any(|from| order.reached.has(*from) && leads(*from, status)),
        };
        if !legal {
            let problem = format!("is {status}, but never had a status that leads there");
            // The status before may have been published in a topic that was already read.
            found.push((problem, Some(Group::ORDERS)));
        }
    }
    let worked =
        order.reached.without(Statuses::default()).any(|s| s.rank() > 1 && s < Status::Declined);
    if worked && order.reached.has(Status::Declined) {
        found.push(("is declined, but was prepared".into(), None));
    }
}

fn check_money(order: &Order, found: &mut Vec<Problem>) {
    let waits = Some(Group::TRANSACTIONS);
    let Some(placed) = order.placed else { return };
    let Some(state) = order.paid else {
        found.push((format!("is not in {PAYMENTS}"), waits));
        return;
    };
    let is_refused = matches!(state, PaymentState::Declined | PaymentState::Void)
        || order.is_refunded_after_decline();
    if order.reached.has(Status::Confirmed) {
        if !held::may_be_confirmed(&order.held, state) {
            found.push((format!("is confirmed, but its payment is {state}"), waits));
        }
        held::find_problems(order, state, found);
    } else if order.reached.has(Status::Declined) && !is_refused {
        found.push((format!("is declined, but its payment is {state}"), waits));
    }
    ledger::check_entries(order, &placed, state, found);
    ledger::check_refund(order, &placed, state, found);
}

/// Checks that the gateway has captured, holds and has refunded what the payment row says.
fn check_gateway(order: &Order, found: &mut Vec<Problem>) {
    let waits = Some(Group::TRANSACTIONS);
    let Some((placed, state)) = order.placed.zip(order.paid) else { return };
    if order.reached.has(Status::Confirmed) {
        let (n, total) = (order.captures, placed.total);
        if n != u8::from(order.held.row.is_captured) {
            let problem =
                format!("is confirmed, but {GATEWAY} have its payment of {total} {n} times");
            // A capture is stored after the gateway has made it.
            let by = waits.filter(|_| n == 1 && state == PaymentState::Authorized);
            found.push((problem, by));
        }
        held::check_holds(order, state, found);
    }
    let given_back = match state {
        PaymentState::Refunded => order.refunded_minor == placed.total.minor,
        PaymentState::RefundPending => true,
        _ => order.refunded_minor == 0,
    };
    if !given_back {
        let minor = order.refunded_minor;
        let problem =
            format!("has a payment that is {state}, but {GATEWAY} refund {minor} minor units");
        found.push((problem, waits));
    }
}

fn check_book(order: &Order, found: &mut Vec<Problem>) {
    let waits = Some(Group::ORDERS);
    match (order.book, order.reached.last()) {
        (None, _) => found.push((format!("is not in {BOOK}"), waits)),
        (Some(book), Some(reached)) if book != reached => {
            // The event is published after the row is written.
            let by = if order.is_decided() { Group::ORDERS } else { Group::TRANSACTIONS };
            let waits = if book > reached { by } else { Group::ORDERS };
            found.push((format!("is {book} in {BOOK}, and {reached} in its topic"), Some(waits)));
        }
        _ => {}
    }
    compare_statuses(HISTORY, order.history, order.reached, Group::ORDERS, found);
}

fn check_facts(order: &Order, found: &mut Vec<Problem>) {
    compare_statuses(FACTS, order.facts, order.reached, Group::ANALYTICS, found);
    let waits = Some(Group::ANALYTICS);
    match (order.refund.is_some(), order.has_refund_fact) {
        (true, false) => found.push((format!("is refunded, which is not in {FACTS}"), waits)),
        (false, true) => {
            found.push((format!("is refunded in {FACTS}, which is in no topic"), waits));
        }
        _ => {}
    }
}

fn compare_statuses(
    source: &str,
    has: Statuses,
    reached: Statuses,
    group: Group,
    found: &mut Vec<Problem>,
) {
    for status in reached.without(has) {
        found.push((format!("is {status}, which is not in {source}"), Some(group)));
    }
    for status in has.without(reached) {
        found.push((format!("is {status} in {source}, which is in no topic"), Some(group)));
    }
}
