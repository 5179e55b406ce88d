//! Money that is held, or due in cash: nothing is called paid before it is.

use domain::{fixtures, order::Order, payment::PaymentState, payment_method::CapturePoint};

use super::{LINK, cancelled, changed, confirmed, in_cash, on_its_way, paid, pickup, ready};
use crate::email::letters::{CancelledBy, Occasion, OrderMoney, Settlement, write_mail};

fn at_acceptance() -> Order {
    changed(|parts| parts.seller.capture = CapturePoint::AtAcceptance)
}

fn text(order: &Order, occasion: &Occasion) -> String {
    write_mail(order, None, occasion, LINK).text
}

/// Asserts that a text has parts and lacks others.
fn assert_says(text: &str, has: &[&str], lacks: &[&str]) {
    for part in has {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
    for part in lacks {
        assert!(!text.to_lowercase().contains(part), "{part:?} is in {text}");
    }
}

#[test]
fn held_money_is_not_called_paid() {
    let order = fixtures::rich_order();
    let held = [
        "Your order is confirmed.",
        "Your bank holds €32.05.",
        "taken only when Trattoria",
        "Held on your card: €32.05\n",
        "Payment reference: pi_3OaBcD\n",
        "Total, held on your card: €32.05\n",
    ];
    let receipt = ["paid", "receipt", "fiscal"];
    assert_says(&text(&order, &confirmed(Settlement::Held)), &held, &receipt);
    let fetched = text(&pickup(), &ready(Settlement::Held));
    assert_says(&fetched, &["Say your name, and take it."], &["paid"]);
}

#[test]
fn cash_is_asked_for_until_it_is_collected() {
    let (brought, fetched) = (fixtures::rich_order(), pickup());
    let card = ["card", "paid:", "receipt", "reference", "fiscal"];
    let to_courier = ["have €32.05 in cash ready for the courier", "To pay in cash: €32.05\n"];
    for occasion in [confirmed(Settlement::Due), on_its_way(Settlement::Due)] {
        assert_says(&text(&brought, &occasion), &to_courier, &card);
    }
    let at_counter =
        ["bring €29.55 in cash when you collect it", "Total, to pay in cash: €29.55\n"];
    assert_says(&text(&fetched, &confirmed(Settlement::Due)), &at_counter, &card);
    let now = ["Say your name, pay €29.55 in cash, and take it.", "To pay in cash: €29.55\n"];
    assert_says(&text(&fetched, &ready(Settlement::Due)), &now, &card);
}

#[test]
fn a_receipt_follows_when_the_money_is_taken() {
    let card = [
        "has accepted your order, and it is paid.",
        "Paid: Sunday 22 November 2026, 13:05\n",
        "Payment reference: pi_3\n",
        "Receipt of Trattoria",
        "Total, paid: €32.05\n",
        "Not a fiscal document.",
    ];
    assert_says(&text(&fixtures::rich_order(), &paid(Some("pi_3"))), &card, &["held on"]);
    let cash = ["You paid €32.05 in cash.", "Receipt of", "Total, paid in cash: €32.05\n"];
    assert_says(&text(&in_cash(), &paid(None)), &cash, &["card", "reference", "to pay"]);
}

#[test]
fn what_was_not_taken_is_not_refunded() {
    let by = CancelledBy::Restaurant;
    let released = text(&fixtures::rich_order(), &cancelled(by, OrderMoney::Released));
    let reserved = ["No money was taken.", "may show the amount as reserved for a few days"];
    assert_says(&released, &reserved, &["refund", "back to you"]);
    let cash = text(&in_cash(), &cancelled(by, OrderMoney::NothingDue));
    assert_says(&cash, &["You have nothing to pay."], &["refund", "card", "taken"]);
}

#[test]
fn a_failed_payment_is_not_blamed_on_the_restaurant() {
    let failed = Occasion::Cancelled {
        by: CancelledBy::PaymentFailed,
        reason: Some("The payment failed after the order was accepted".to_owned()),
        paid: OrderMoney::Released,
    };
    let told = text(&fixtures::rich_order(), &failed);
    let has = ["Your payment could not be completed", "No money was taken."];
    assert_says(&told, &has, &["did not answer", "had to cancel", "> "]);
}

#[test]
fn the_settlement_follows_from_the_payment_state() {
    let (at_order, at_acceptance, cash) = (fixtures::rich_order(), at_acceptance(), in_cash());
    for state in PaymentState::ALL {
        let expected = match state.name() {
            "captured" | "refund_pending" | "partly_refunded" | "refunded" | "collected" => {
                [Settlement::Paid, Settlement::Paid, Settlement::Paid]
            }
            "due" => [Settlement::Due, Settlement::Due, Settlement::Due],
            "authorized" => [Settlement::Held, Settlement::Held, Settlement::Due],
            _ => [Settlement::Paid, Settlement::Held, Settlement::Due],
        };
        let settlement = |order: &Order| Settlement::new(order, Some(*state));
        assert_eq!([&at_order, &at_acceptance, &cash].map(settlement), expected, "{state}");
    }
    let unknown = [&at_order, &at_acceptance, &cash].map(|order| Settlement::new(order, None));
    assert_eq!(unknown, [Settlement::Paid, Settlement::Held, Settlement::Due]);
}

#[test]
fn money_that_was_held_or_due_is_released_or_not_owed() {
    let (at_order, at_acceptance, cash) = (fixtures::rich_order(), at_acceptance(), in_cash());
    let money = |order: &Order, state| OrderMoney::new(order, state);
    for state in [PaymentState::Void, PaymentState::Authorized] {
        assert_eq!(money(&at_order, Some(state)), OrderMoney::Nothing, "{state}");
        assert_eq!(money(&at_acceptance, Some(state)), OrderMoney::Released, "{state}");
    }
    let declined = Some(PaymentState::Declined);
    assert_eq!(money(&at_acceptance, declined), OrderMoney::Nothing, "the bank held nothing");
    for state in [None, Some(PaymentState::Due), Some(PaymentState::Void)] {
        assert_eq!(money(&cash, state), OrderMoney::NothingDue, "{state:?}");
    }
    assert_eq!(money(&at_acceptance, None), OrderMoney::NotKnown);
    assert_eq!(money(&at_acceptance, Some(PaymentState::Captured)), OrderMoney::GoesBack);
}
