//! What the page of an order, and the board, say about its money.

use domain::{
    kitchen::Requester,
    order::{Fulfilment, Order, OrderParts},
    payment::{Hold, PaymentState},
    ports::OrderView,
    status::Status,
};

use crate::{
    build::{board_with, page_of_order},
    sample,
};

/// A sample order of 31.10, in one of the ways of payment.
fn order(method: &str, is_delivery: bool) -> Order {
    let mut parts: OrderParts = (*sample::order(2, 9, true)).clone();
    if !is_delivery {
        parts.fulfilment = Fulfilment::Pickup;
        parts.totals.total_minor -= parts.totals.delivery_fee_minor;
        parts.totals.delivery_fee_minor = 0;
    }
    parts.payment_method = method.parse().unwrap();
    Order::try_from(parts).unwrap()
}

fn view(order: &Order, status: Status, reason: Option<&str>, state: PaymentState) -> OrderView {
    let mut view = sample::view(order.clone(), status, reason);
    view.payment = Some(sample::payment(&view, state));
    view
}

fn page(order: &Order, status: Status, state: PaymentState) -> String {
    page_of_order(&view(order, status, None, state), None)
}

/// The same with money that the bank held.
fn held_page(status: Status, reason: Option<&str>, state: PaymentState) -> String {
    let mut view = view(&order("pm_card_visa", true), status, reason, state);
    let hold = Hold { at: sample::now(), capture_before: None };
    view.payment.as_mut().unwrap().hold = Some(hold);
    page_of_order(&view, None)
}

fn total(order: &Order) -> String {
    format!("€{}.{:02}", order.totals.total_minor / 100, order.totals.total_minor % 100)
}

/// Asserts that a page has texts and lacks others.
fn assert_says(page: &str, has: &[&str], lacks: &[&str]) {
    for text in has {
        assert!(page.contains(text), "{text} is missing in {page}");
    }
    for text in lacks {
        assert!(!page.contains(text), "{text} is in {page}");
    }
}

const RECEIPT: &str = "data-print";
const PAID: &str = "Paid by card";

#[test]
fn a_confirmed_order_is_not_called_paid_while_its_money_is_held() {
    let sum = total(&order("pm_card_visa", true));
    let held = format!("Your bank holds {sum}. It is taken only when the restaurant accepts");
    let mark = format!("{sum} held on your card");
    let lifts = format!("No money is taken: your bank releases the {sum}.");
    let page = held_page(Status::Confirmed, None, PaymentState::Authorized);
    let has = ["Confirmed. Bella Napoli is looking at your order.", &held, &mark, &lifts];
    assert_says(&page, &has, &["Paid", RECEIPT, "back to your card"]);

    let accepted = held_page(Status::Accepted, None, PaymentState::Captured);
    assert_says(&accepted, &[PAID, RECEIPT], &["held on your card", "Your bank holds"]);
}

#[test]
fn money_that_was_held_is_released_without_a_refund() {
    let sum = total(&order("pm_card_visa", true));
    let released = format!("Your bank may show the {sum} as reserved");
    for state in [PaymentState::Void, PaymentState::Authorized] {
        let page = held_page(Status::Cancelled, Some("No oven"), state);
        let has = ["No money was taken.", &released, "No money was taken</p>"];
        assert_says(&page, &has, &[PAID, RECEIPT, "back to your card", "held on"]);
        assert_eq!(page.contains("data-live="), state == PaymentState::Authorized);
    }
    let never_held = page(&order("pm_card_visa", true), Status::Cancelled, PaymentState::Void);
    assert_says(&never_held, &["No money was taken."], &["reserved"]);
}

#[test]
fn a_payment_that_failed_after_all_is_not_blamed_on_the_restaurant() {
    let page = held_page(Status::Cancelled, Some(Requester::PAYMENT_FAILED), PaymentState::Void);
    let has = ["Your payment could not be completed", "No money was taken.", "Order again"];
    assert_says(&page, &has, &["did not answer", "had to cancel", "<blockquote"]);
}

#[test]
fn cash_is_due_until_it_is_collected() {
    let (brought, fetched) = (order("cash", true), order("cash", false));
    let (to_courier, at_counter) = (total(&brought), total(&fetched));
    let to_courier = format!("You pay {to_courier} in cash to the courier, at your door.");
    let at_counter = format!("You pay {at_counter} in cash at Bella Napoli, when you collect");
    let under_way = [Status::Confirmed, Status::Accepted, Status::Preparing, Status::Ready];
    for status in under_way {
        let mark = format!("To pay in cash: {}", total(&fetched));
        let page = page(&fetched, status, PaymentState::Due);
        assert_says(&page, &[&at_counter, &mark], &["Paid", RECEIPT, "card"]);
    }
    let page_of = |status| page(&brought, status, PaymentState::Due);
    assert_says(&page_of(Status::OutForDelivery), &[&to_courier], &["Paid"]);
    assert_says(&page_of(Status::Placed), &["We have your order.<"], &["checking the payment"]);
    assert!(page_of(Status::Completed).contains("data-live="), "the collection follows");
    let collected = page(&brought, Status::Completed, PaymentState::Collected);
    assert_says(&collected, &["Paid in cash", RECEIPT], &["To pay", "You pay", "data-live="]);
}

#[test]
fn a_cancelled_order_in_cash_has_nothing_to_pay() {
    let cash = order("cash", true);
    let confirmed = page(&cash, Status::Confirmed, PaymentState::Due);
    assert_says(&confirmed, &["You have nothing to pay.", "Yes, cancel it"], &["to your card"]);
    for state in [PaymentState::Due, PaymentState::Void] {
        let page = page(&cash, Status::Cancelled, state);
        assert_says(&page, &["You have nothing to pay."], &["To pay in cash", "No money", "card"]);
    }
    let returned = page(&cash, Status::Cancelled, PaymentState::Refunded);
    assert_says(&returned, &["was given back to you in cash", "Given back in cash"], &["card"]);
}

#[test]
fn captured_money_goes_back_when_the_customer_cancels() {
    let page = page(&order("pm_card_visa", true), Status::Confirmed, PaymentState::Captured);
    assert_says(&page, &[" goes back to your card.", PAID], &["held"]);
}

fn board(view: OrderView) -> String {
    board_with(Some("bella-napoli"), view, None, 1)
}

#[test]
fn the_board_says_what_is_due_in_cash_and_the_last_button_collects_it() {
    let order = order("cash", true);
    let sum = total(&order);
    let (cash, button) = (format!("Cash {sum} at hand-over"), format!("cash {sum} received"));
    for status in [Status::Confirmed, Status::Preparing, Status::Ready] {
        let page = board(view(&order, status, None, PaymentState::Due));
        assert_says(&page, &[&cash], &[&button, "Paid in cash"]);
    }
    let last = view(&order, Status::OutForDelivery, None, PaymentState::Due);
    let without_row = OrderView { payment: None, ..last.clone() };
    for view in [last, without_row] {
        let collects = format!("Handed over, {button}");
        assert_says(
            &board(view),
            &[&cash, &collects, "/complete\""],
            &["type=\"submit\">Handed over<"],
        );
    }
    let by_card = crate::money::order("pm_card_visa", true);
    let page = board(view(&by_card, Status::OutForDelivery, None, PaymentState::Captured));
    assert_says(&page, &["Handed over", "/complete\""], &["Cash", "received"]);
}

#[test]
fn a_payment_that_failed_is_told_to_the_kitchen() {
    let order = order("pm_card_visa", true);
    let mut failed = view(&order, Status::Accepted, None, PaymentState::Void);
    failed.payment.as_mut().unwrap().capture_failed_at = Some(sample::now());
    assert_says(&board(failed.clone()), &["The payment failed. Do not cook it"], &[]);
    failed.payment.as_mut().unwrap().captured_at = Some(sample::now());
    assert_says(&board(failed), &[], &["The payment failed"]);
}
