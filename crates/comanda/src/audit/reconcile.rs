//! The comparison: pure, so that every kind of difference has a test.

use std::collections::BTreeMap;

use domain::{payment::PaymentState, status::Status};

/// Everything that was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Evidence {
    /// By order id.
    pub(super) orders: BTreeMap<String, Order>,
    /// Records nobody could handle.
    pub(super) dead_letters: Vec<DeadLetter>,
    /// Figures that do not equal their facts: (name, by the facts, by the aggregates).
    pub(super) figures_off: Vec<(String, i64, i64)>,
    /// Money at the gateway that names no order: (intent, minor units).
    pub(super) nameless_captures: Vec<(String, i64)>,
}

/// A dead letter.
#[derive(Clone, Debug)]
pub(super) struct DeadLetter {
    /// Where it lies.
    pub(super) topic: String,
    /// Where it came from: topic, partition and offset.
    pub(super) origin: String,
    /// Why.
    pub(super) reason: String,
}

/// What each part says of one order.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    /// `order_details`: the total, in minor units.
    pub(super) placed_minor: Option<i64>,
    /// `order_confirmed`: payment id and total.
    pub(super) confirmed: Option<(String, i64)>,
    /// `order_confirmed` told two different things.
    pub(super) confirmed_twice: bool,
    /// `order_declined` has it.
    pub(super) is_declined: bool,
    /// The gateway's captures: intent and minor units.
    pub(super) captures: Vec<(String, i64)>,
    /// The tables.
    pub(super) row: Option<Row>,
}

/// What the tables say.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) status: Option<Status>,
    pub(super) payment: Option<PaymentState>,
    pub(super) payment_minor: Option<i64>,
    pub(super) intent: Option<String>,
    pub(super) counted_placed: bool,
    pub(super) counted_confirmed: bool,
}

/// One thing that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    /// The order id, or the name of a figure.
    pub(super) subject: String,
    /// What is wrong.
    pub(super) problem: String,
}

/// Everything that does not fit; nothing if all parts agree.
pub(super) fn reconcile(evidence: &Evidence) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (id, order) in &evidence.orders {
        for problem in problems(order) {
            differences.push(Difference { subject: id.clone(), problem });
        }
    }
    for (name, facts, figures) in &evidence.figures_off {
        let problem = format!("the facts say {facts}, the figures say {figures}");
        differences.push(Difference { subject: name.clone(), problem });
    }
    for (intent, minor) in &evidence.nameless_captures {
        let problem = format!("the gateway took {minor} minor units for no order");
        differences.push(Difference { subject: intent.clone(), problem });
    }
    differences
}

fn problems(order: &Order) -> Vec<String> {
    let mut found = Vec::new();
    let mut check = |fits: bool, problem: String| {
        if !fits {
            found.push(problem);
        }
    };
    let Some(placed) = order.placed_minor else {
        return vec!["is known, but order_details has no such order".to_owned()];
    };
    check(!order.confirmed_twice, "order_confirmed tells two different payments".into());
    match (&order.confirmed, order.is_declined) {
        (Some(_), true) => check(false, "is both confirmed and declined".into()),
        (None, false) => check(false, "has no outcome: neither confirmed nor declined".into()),
        _ => {}
    }
    let taken: Vec<_> = order.captures.iter().filter(|(_, minor)| *minor > 0).collect();
    match &order.confirmed {
        Some((payment_id, total)) => {
            check(*total == placed, format!("was placed for {placed} and confirmed for {total}"));
            let once = taken.len() == 1 && taken[0].0 == *payment_id && taken[0].1 == placed;
            check(
                once,
                format!(
                    "should be captured once, {payment_id} for {placed}; the gateway has {taken:?}"
                ),
            );
        }
        None => {
            check(taken.is_empty(), format!("is not confirmed, but the gateway took {taken:?}"));
        }
    }
    check_row(order, placed, &mut check);
    found
}

fn check_row(order: &Order, placed: i64, check: &mut impl FnMut(bool, String)) {
    let Some(row) = &order.row else {
        check(false, "is not in the database".into());
        return;
    };
    check(row.status.is_some(), "is not in the order book".into());
    check(row.counted_placed, "is not counted as placed".into());
    let status = row.status.unwrap_or(Status::Placed);
    if let Some((payment_id, _)) = &order.confirmed {
        let paid = [PaymentState::Captured, PaymentState::RefundPending, PaymentState::Refunded];
        check(
            status >= Status::Confirmed && status != Status::Declined,
            format!("is confirmed, but {status} in the order book"),
        );
        let state = row.payment.map_or("missing", PaymentState::name);
        check(
            row.payment.is_some_and(|s| paid.contains(&s)),
            format!("is confirmed, but its payment is {state}"),
        );
        check(
            row.payment_minor == Some(placed),
            format!("has a payment of {:?} instead of {placed}", row.payment_minor),
        );
        check(
            row.intent.as_ref() == Some(payment_id),
            format!("was confirmed with {payment_id}, but its row has {:?}", row.intent),
        );
        check(row.counted_confirmed, "is confirmed, but not counted as confirmed".into());
    } else {
        check(!row.counted_confirmed, "is counted as confirmed, but is not".into());
    }
    if order.is_declined {
        check(status == Status::Declined, format!("is declined, but {status} in the order book"));
        let refused = [PaymentState::Declined, PaymentState::Void];
        check(
            row.payment.is_some_and(|s| refused.contains(&s)),
            "is declined, but its payment is not".into(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Spoil = Box<dyn Fn(&mut Order)>;

    fn confirmed() -> Order {
        Order {
            placed_minor: Some(2450),
            confirmed: Some(("pi_1".into(), 2450)),
            captures: vec![("pi_1".into(), 2450)],
            row: Some(Row {
                status: Some(Status::Ready),
                payment: Some(PaymentState::Captured),
                payment_minor: Some(2450),
                intent: Some("pi_1".into()),
                counted_placed: true,
                counted_confirmed: true,
            }),
            ..Order::default()
        }
    }

    fn declined() -> Order {
        Order {
            placed_minor: Some(2450),
            is_declined: true,
            captures: vec![("pi_2".into(), 0)],
            row: Some(Row {
                status: Some(Status::Declined),
                payment: Some(PaymentState::Declined),
                payment_minor: Some(2450),
                intent: Some("pi_2".into()),
                counted_placed: true,
                counted_confirmed: false,
            }),
            ..Order::default()
        }
    }

    #[test]
    fn agreement_is_clean() {
        assert_eq!(problems(&confirmed()), [] as [String; 0]);
        assert_eq!(problems(&declined()), [] as [String; 0]);
    }

    #[test]
    fn every_kind_of_difference_is_seen() {
        let row = |change: fn(&mut Row)| move |o: &mut Order| change(o.row.as_mut().unwrap());
        let spoil: Vec<(&str, Spoil)> = vec![
            ("no such order", Box::new(|o| o.placed_minor = None)),
            (
                "no outcome",
                Box::new(|o| {
                    o.confirmed = None;
                    o.captures.clear();
                }),
            ),
            ("two different", Box::new(|o| o.confirmed_twice = true)),
            ("both", Box::new(|o| o.is_declined = true)),
            ("captured once", Box::new(|o| o.captures.push(("pi_9".into(), 2450)))),
            ("captured once", Box::new(|o| o.captures.clear())),
            ("captured once", Box::new(|o| o.captures[0].1 = 2400)),
            ("gateway took", Box::new(|o| o.confirmed = None)),
            ("confirmed for", Box::new(|o| o.placed_minor = Some(1))),
            ("not in the database", Box::new(|o| o.row = None)),
            ("not in the order book", Box::new(row(|r| r.status = None))),
            ("placed in the order book", Box::new(row(|r| r.status = Some(Status::Placed)))),
            ("payment is unknown", Box::new(row(|r| r.payment = Some(PaymentState::Unknown)))),
            ("has a payment of", Box::new(row(|r| r.payment_minor = Some(1)))),
            ("its row has", Box::new(row(|r| r.intent = None))),
            ("not counted as confirmed", Box::new(row(|r| r.counted_confirmed = false))),
            ("not counted as placed", Box::new(row(|r| r.counted_placed = false))),
        ];
        for (expected, spoil) in spoil {
            let mut order = confirmed();
            spoil(&mut order);
            let found = problems(&order);
            assert!(found.iter().any(|p| p.contains(expected)), "{expected}: {found:?}");
        }
    }

    #[test]
    fn a_declined_order_costs_nothing() {
        let mut order = declined();
        order.captures[0].1 = 2450;
        assert!(problems(&order)[0].contains("gateway took"));
    }
}
