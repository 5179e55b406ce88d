//! The comparison: pure, so that every kind of difference has a test.
//!
//! Something that is missing is a difference unless work in progress explains it: the group that
//! does that work has records to read, or the order moved while the audit read. Such an order is
//! *open*. What contradicts itself is a difference in any case.

use std::collections::{BTreeMap, BTreeSet};

use domain::{kitchen::Action, order::Fulfilment, payment::PaymentState, status::Status};
use jiff::Timestamp;

use super::{
    books::GATEWAY,
    evidence::{Evidence, Order, Statuses},
    finding::{Finding, Group, Lag, Open, Verdict},
    ledger, mails,
    tables::{BOOK, FACTS, HISTORY, PAYMENTS},
};
use crate::register::{ANALYTICS, groups};

/// Judges all there is.
pub(super) fn reconcile(evidence: &mut Evidence, lag: &Lag, now: Timestamp) -> Verdict {
    let mut findings = std::mem::take(&mut evidence.findings);
    for (id, order) in &evidence.orders {
        for (problem, waits_for) in problems(order) {
            findings.push(Finding::new(id.to_string(), problem, waits_for));
        }
    }
    findings.extend(evidence.dropped());
    findings.extend(evidence.lost(&groups().collect::<Vec<_>>()));
    findings.extend(strays(evidence));
    findings.extend(evidence.figures.findings());
    let (of_stock, waiting) = evidence.stock.findings(&evidence.orders, now);
    findings.extend(of_stock);
    for (intent, minor) in &evidence.refunds {
        let problem = format!("{GATEWAY} give back {minor} minor units that were never taken");
        findings.push(Finding::new(intent, problem, None));
    }
    let mut verdict = judge(evidence, findings, lag, now);
    verdict.unsettled += waiting;
    verdict
}

/// Judges figures alone: facts against topics and ledger, aggregates against facts.
pub(super) fn reconcile_figures(evidence: &mut Evidence, lag: &Lag, now: Timestamp) -> Verdict {
    let mut findings = std::mem::take(&mut evidence.findings);
    for (id, order) in &evidence.orders {
        let mut found = Vec::new();
        facts(order, &mut found);
        booked(order, &mut found);
        let found = found.into_iter();
        findings.extend(found.map(|(problem, waits)| Finding::new(id.to_string(), problem, waits)));
    }
    findings.extend(strays(evidence));
    findings.extend(evidence.figures.findings());
    findings.extend(evidence.lost(&[ANALYTICS]));
    judge(evidence, findings, lag, now)
}

/// What is counted as sold is what the ledger has taken, and what is counted as refunded is what it
/// has given back.
fn booked(order: &Order, found: &mut Vec<Problem>) {
    let Some(placed) = order.placed else { return };
    let entries = [
        ("confirmed", order.facts.has(Status::Confirmed), order.capture_entry),
        ("refunded", order.refund_fact, order.refund_entry),
    ];
    for (what, counted, entry) in entries {
        let booked = entry.map(|sums| sums.gateway_minor.abs());
        match (counted, booked) {
            (true, None) => {
                let problem = format!("is {what} in {FACTS}, and the ledger knows nothing of it");
                found.push((problem, Some(Group::TRANSACTIONS)));
            }
            (false, Some(_)) => {
                let problem = format!("is {what} in the ledger, which is not in {FACTS}");
                // The event follows the entry, and the count the event.
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

/// Tells differences from what is only open.
fn judge(evidence: &Evidence, findings: Vec<Finding>, lag: &Lag, now: Timestamp) -> Verdict {
    let mut verdict = Verdict::default();
    let mut open = BTreeMap::<String, Open>::new();
    let any_moved = evidence.orders.values().any(|order| order.moved);
    for finding in findings {
        let order = finding.subject.parse().ok().and_then(|id| evidence.orders.get(&id));
        let moved = order.map_or(any_moved, |order| order.moved);
        let at_work = |group| moved || lag.get(&group).is_some_and(|records| *records > 0);
        match (finding.waits_for.filter(|group| at_work(*group)), order) {
            (None, _) => verdict.differences.push(finding),
            (Some(_), None) => verdict.unsettled += 1,
            (Some(group), Some(order)) => {
                let since = order.at_us(Status::Placed).unwrap_or_else(|| now.as_microsecond());
                let for_s = (now.as_microsecond() - since).div_euclid(1_000_000);
                let entry = open.entry(finding.subject);
                entry.or_insert(Open { for_s, waits_for: BTreeSet::new() }).waits_for.insert(group);
            }
        }
    }
    verdict.differences.sort_by(|a, b| a.subject.cmp(&b.subject));
    verdict.open = open.into_iter().collect();
    verdict.open.sort_by_key(|(_, open)| std::cmp::Reverse(open.for_s));
    verdict
}

/// Rows and payments of orders that no topic knows, also not by now.
fn strays(evidence: &Evidence) -> impl Iterator<Item = Finding> {
    let unknown = evidence
        .strays
        .iter()
        .filter(|(id, _)| !id.parse().is_ok_and(|id| evidence.orders.contains_key(&id)));
    unknown.map(|(id, source)| {
        let problem = format!("is in {source}, but no topic knows such an order");
        Finding::new(id, problem, None)
    })
}

/// What is wrong, and the group whose work in progress would explain it.
pub(super) type Problem = (String, Option<Group>);

fn problems(order: &Order) -> Vec<Problem> {
    let mut found = Vec::new();
    if order.placed.is_none() {
        let told = order.told.last().unwrap_or(Status::Placed);
        found.push((format!("is {told} in its topic, but order_details has no such order"), None));
        return found;
    }
    outcome(order, &mut found);
    walk(order, &mut found);
    money(order, &mut found);
    book(order, &mut found);
    facts(order, &mut found);
    found.extend(mails::mails(order));
    found
}

fn outcome(order: &Order, found: &mut Vec<Problem>) {
    match (order.told.has(Status::Confirmed), order.told.has(Status::Declined)) {
        (true, true) => found.push(("is both confirmed and declined".into(), None)),
        (false, false) => found.push((
            "has no outcome: neither confirmed nor declined".into(),
            Some(Group::TRANSACTIONS),
        )),
        _ => {}
    }
}

/// Every step must follow from one that the kitchen could take it from.
fn walk(order: &Order, found: &mut Vec<Problem>) {
    // Which address makes no difference.
    let way = match "-".parse() {
        Ok(address) if order.placed.is_some_and(|placed| placed.delivery) => {
            Fulfilment::Delivery { address }
        }
        _ => Fulfilment::Pickup,
    };
    let leads = |from: Status, to| Action::ALL.iter().any(|a| a.target(from, &way) == Some(to));
    for status in Status::ALL.iter().copied().filter(|status| order.told.has(*status)) {
        let legal = match status {
            Status::Placed | Status::Confirmed | Status::Declined | Status::Cancelled => true,
            _ => Status::ALL.iter().any(|from| order.told.has(*from) && leads(*from, status)),
        };
        if !legal {
            let problem = format!("is {status}, but was never where that step begins");
            // The step before may stand in a topic that was read earlier.
            found.push((problem, Some(Group::ORDERS)));
        }
    }
    let worked =
        order.told.without(Statuses::default()).any(|s| s.rank() > 1 && s < Status::Declined);
    if worked && order.told.has(Status::Declined) {
        found.push(("is declined, and was worked on all the same".into(), None));
    }
}

fn money(order: &Order, found: &mut Vec<Problem>) {
    let waits = Some(Group::TRANSACTIONS);
    let Some(placed) = order.placed else { return };
    let Some(state) = order.paid else {
        found.push((format!("is not in {PAYMENTS}"), waits));
        return;
    };
    let taken = [PaymentState::Captured, PaymentState::RefundPending, PaymentState::Refunded];
    let refused = [PaymentState::Declined, PaymentState::Void];
    if order.told.has(Status::Confirmed) {
        if !taken.contains(&state) {
            found.push((format!("is confirmed, but its payment is {state}"), waits));
        }
        if order.captures != 1 {
            let n = order.captures;
            let problem = format!(
                "is confirmed, but {GATEWAY} hold its payment of {} {n} times",
                placed.total
            );
            found.push((problem, None));
        }
    } else if order.told.has(Status::Declined) && !refused.contains(&state) {
        found.push((format!("is declined, but its payment is {state}"), waits));
    }
    let given_back = match state {
        PaymentState::Refunded => order.refunded_minor == placed.total.minor,
        PaymentState::RefundPending => true,
        _ => order.refunded_minor == 0,
    };
    ledger::entries(order, &placed, state, found);
    ledger::refund(order, &placed, state, found);
    if !given_back {
        let minor = order.refunded_minor;
        let problem =
            format!("has a payment that is {state}, but {GATEWAY} give back {minor} minor units");
        found.push((problem, waits));
    }
}

fn book(order: &Order, found: &mut Vec<Problem>) {
    let waits = Some(Group::ORDERS);
    match (order.book, order.told.last()) {
        (None, _) => found.push((format!("is not in {BOOK}"), waits)),
        (Some(book), Some(told)) if book != told => {
            // Whoever writes the row publishes the event afterwards.
            let by = if order.is_decided() { Group::ORDERS } else { Group::TRANSACTIONS };
            let waits = if book > told { by } else { Group::ORDERS };
            found.push((format!("is {book} in {BOOK}, and {told} in its topic"), Some(waits)));
        }
        _ => {}
    }
    compare(HISTORY, order.history, order.told, Group::ORDERS, found);
}

fn facts(order: &Order, found: &mut Vec<Problem>) {
    compare(FACTS, order.facts, order.told, Group::ANALYTICS, found);
    let waits = Some(Group::ANALYTICS);
    match (order.refund.is_some(), order.refund_fact) {
        (true, false) => found.push((format!("is refunded, which is not in {FACTS}"), waits)),
        (false, true) => {
            found.push((format!("is refunded in {FACTS}, which no topic tells"), waits));
        }
        _ => {}
    }
}

fn compare(source: &str, has: Statuses, told: Statuses, group: Group, found: &mut Vec<Problem>) {
    for status in told.without(has) {
        found.push((format!("is {status}, which is not in {source}"), Some(group)));
    }
    for status in has.without(told) {
        found.push((format!("is {status} in {source}, which no topic tells"), Some(group)));
    }
}
