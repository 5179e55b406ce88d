//! The important parts of each page.

use std::collections::HashMap;

use domain::{
    cart::CartError,
    kitchen::Requester,
    payment::{DeclineReason, PaymentState},
    status::Status,
    text::TextError,
    violation::Violation,
};
use ui::{
    CartView,
    pages::{CardSetup, CheckoutNotice, CheckoutPage, KitchenNotice, OrderNotice},
};

use crate::{
    build::{cart_line, checkout_of, kitchen_of, kitchen_with, menu_of, order_of, order_with},
    sample,
};

#[test]
fn a_sold_out_dish_is_shown_with_the_reason_and_cannot_be_added() {
    let (_, menu) = sample::town().remove(0);
    let left = HashMap::from([("funghi".parse().unwrap(), 0)]);
    let page = menu_of(&menu, &left, &[cart_line("funghi", &[])]);
    assert!(page.contains("Sold out today") && page.contains("Funghi"));
    let sheet = page.split("id=\"f-funghi\"").nth(1).unwrap().split("</dialog>").next().unwrap();
    assert!(sheet.contains("Sold out today") && !sheet.contains("type=\"submit\""), "{sheet}");
    assert!(page.contains("please remove it"));
}

#[test]
fn cart_rows_keep_the_index_of_their_line() {
    let (_, menu) = sample::town().remove(0);
    let lines = [cart_line("unicorn", &[]), cart_line("tiramisu", &[])];
    let cart = CartView::new(&menu, &HashMap::new(), &lines);
    assert_eq!(cart.rows.len(), 2);
    assert!(cart.rows[0].line.is_none() && cart.rows[0].problems.len() == 1);
    assert_eq!(cart.rows[1].label, "Tiramisu");
    assert_eq!(cart.subtotal_minor(), 1300);
    assert!(!cart.is_orderable());
}

#[test]
fn checkout_tells_errors_at_the_field_and_keeps_what_was_typed() {
    let page = checkout_of(|page| {
        page.entered.email = "ada@".into();
        page.violations = vec![
            Violation::new("customer.email", TextError::Email),
            Violation::new("lines[0].quantity", CartError::Quantity),
        ];
    });
    assert!(page.contains("id=\"email-error\">E-mail must be an address such as ada@example.com."));
    assert!(page.contains("aria-describedby=\"email-hint email-error\""));
    assert!(page.contains("value=\"ada@\""));
    assert!(page.contains("The quantity must be 1 to 99."));
    assert!(page.contains("2 things need"));
    assert!(page.contains("name=\"key\" value=\"key-1\""));
}

#[test]
fn the_button_says_the_sum_of_every_choice() {
    // Two large margheritas are 25.00; delivery is 2.50; ten percent of tip are 2.50.
    let page = checkout_of(|page| {
        let line = cart_line("margherita", &["large"]);
        let menu = sample::town().remove(0).1;
        page.cart = CartView::new(&menu, &HashMap::new(), &[line]);
    });
    assert!(page.contains("sum-p0\">Pay €25.00<"), "{page}");
    assert!(page.contains("sum-d0\">Pay €27.50<"));
    assert!(page.contains("sum-d2\">Pay €30.00<"));
    assert!(!checkout_of(|page| page.test_gateway = false).contains("Test card"));
}

const CARD: CardSetup<'_> = CardSetup {
    publishable_key: "pk_live_1",
    script: "https://pay.example/stripe.js",
    capture: "automatic",
    script_amount: |money| Some(money.minor * 100),
};

#[test]
fn a_card_is_entered_in_fields_of_the_payment_gateway() {
    let page = checkout_of(|page| (page.card, page.test_gateway) = (Some(CARD), false));
    for part in [
        "data-card=\"pk_live_1\"",
        "data-script=\"https://pay.example/stripe.js\"",
        "data-capture=\"automatic\"",
        "data-currency=\"eur\"",
        // Two margheritas are 19.00, and delivery is 2.50.
        "name=\"pickup_sum_minor\" value=\"1900\" data-amount=\"190000\"",
        "name=\"delivery_sum_minor\" value=\"2150\" data-amount=\"215000\"",
        "value=\"100\" data-amount=\"10000\"",
        "Paying by card needs JavaScript",
        "We never see its number.",
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    assert!(!page.contains("name=\"payment_method\""), "no token is typed: {page}");
    assert!(!page.contains("Test mode") && !page.contains("Test card"));
    let for_tests = checkout_of(|page| page.card = Some(CARD));
    assert!(for_tests.contains("Test mode, no money moves."));
    let without_script = for_tests.split("<noscript>").nth(1).unwrap();
    assert!(without_script.split("</noscript>").next().unwrap().contains("pm_card_visa"));
}

#[test]
fn a_shop_that_takes_no_cards_says_so() {
    let page = checkout_of(|page| page.test_gateway = false);
    assert!(page.contains("We cannot take cards at the moment"), "{page}");
    assert!(page.contains("type=\"submit\" disabled"), "{page}");
    assert!(!page.contains("name=\"payment_method\""), "{page}");
}

#[test]
fn a_wrong_payment_is_told_at_the_card() {
    let error = |change: fn(&mut CheckoutPage<'_>)| {
        let page = checkout_of(|page| {
            page.card = Some(CARD);
            change(page);
        });
        let error = page.split("id=\"card-error\" role=\"alert\"").nth(1).unwrap();
        error.split("</div>").next().unwrap().to_owned()
    };
    assert!(!error(|_| {}).contains("<p"));
    let missing = error(|page| {
        page.violations = vec![Violation::new("payment_method", TextError::PaymentMethod)];
    });
    assert!(missing.contains("Check your card") && !missing.contains("token"), "{missing}");
    let cash = error(|page| {
        page.violations = vec![Violation::new("payment_method", CartError::NoCash)];
    });
    assert!(cash.contains("does not take cash"), "{cash}");
    let declined = error(|page| {
        page.notice = Some(CheckoutNotice::Declined(DeclineReason::InsufficientFunds));
    });
    assert!(declined.contains("does not have enough money on it. Try another card."));
    let sold_out = error(|page| {
        page.notice = Some(CheckoutNotice::Declined(DeclineReason::OutOfStock));
    });
    assert!(!sold_out.contains("<p"), "another card does not help: {sold_out}");
}

#[test]
fn an_order_tells_its_story() {
    assert!(
        order_of(Status::Preparing, None, None).contains("is preparing your order, ready about")
    );
    let declined = order_of(Status::Declined, Some(DeclineReason::OutOfStock.name()), None);
    assert!(declined.contains("A dish ran out") && declined.contains("No money was taken"));
    assert!(declined.contains("Change the order"));
    assert!(!declined.contains("data-live="), "nothing follows a final status");
    let cancelled = order_of(Status::Cancelled, None, Some(PaymentState::RefundPending));
    assert!(cancelled.contains("on its way back"));
    assert!(order_of(Status::Placed, None, None).contains("/events\""));
}

#[test]
fn a_cancelled_order_says_who_and_why_and_where_the_money_is() {
    let page_of = |by: Option<&str>, state| order_of(Status::Cancelled, by, Some(state));
    let by_customer = page_of(Requester::Customer.usual_reason(), PaymentState::Captured);
    assert!(by_customer.contains("You cancelled this order."), "{by_customer}");
    assert!(by_customer.contains(" is on its way back to your card"));
    assert!(!by_customer.contains("<blockquote"), "nobody is quoted to themselves");
    let timed_out = page_of(Requester::Timer.usual_reason(), PaymentState::Refunded);
    assert!(timed_out.contains("Bella Napoli did not answer in time, so we cancelled"));
    assert!(timed_out.contains(" was given back to your card") && !timed_out.contains("<blockq"));
    let rejected = page_of(Some("The oven is broken"), PaymentState::Void);
    assert!(rejected.contains("Bella Napoli had to cancel your order."));
    assert!(rejected.contains("\u{201c}The oven is broken\u{201d}"));
    assert!(rejected.contains("No money was taken") && rejected.contains("Order again"));
    // While the payment is not settled, the page promises nothing about the money.
    let early = page_of(Requester::Customer.usual_reason(), PaymentState::Unknown);
    assert!(early.contains("Nothing is charged. Should your bank be faster"));
}

#[test]
fn an_order_can_be_cancelled_until_it_is_accepted() {
    for status in Status::ALL {
        let page = order_of(*status, None, None);
        let offered = page.contains("/cancel\"") && page.contains("Yes, cancel it");
        assert_eq!(offered, *status <= Status::Confirmed, "{status}");
    }
    let late = |status| order_with(status, None, None, Some(OrderNotice::TooLate));
    assert!(late(Status::Preparing).contains("It was too late to cancel: Bella Napoli"));
    assert!(!late(Status::Cancelled).contains("too late"), "it was not");
    let asked = |status| order_with(status, None, None, Some(OrderNotice::Asked));
    assert!(asked(Status::Confirmed).contains("You asked to cancel"));
    assert!(!asked(Status::Accepted).contains("You asked to cancel"), "it is decided");
}

#[test]
fn a_ticket_can_be_rejected_with_a_reason_until_it_is_handed_over() {
    for status in [Status::Confirmed, Status::Preparing, Status::OutForDelivery] {
        let page = kitchen_of(status, 1);
        assert!(page.contains("/reject\"") && page.contains("Reject the order"), "{status}");
        assert!(page.contains("value=\"We cannot deliver to this address\""), "it is brought");
        assert!(page.contains("name=\"words\" maxlength=\"500\""));
    }
}

#[test]
fn the_slip_of_a_paid_order_is_a_receipt() {
    let paid = order_of(Status::Completed, None, Some(PaymentState::Captured));
    assert!(paid.contains("Paid by card") && paid.contains("data-print"), "{paid}");
    assert!(paid.contains("again=1\">Order this again"), "{paid}");
    let refunded = order_of(Status::Cancelled, None, Some(PaymentState::Refunded));
    assert!(refunded.contains("Given back to the card") && !refunded.contains("Paid by card"));
    assert!(!refunded.contains("data-live="), "nothing follows");
    let on_its_way = order_of(Status::Cancelled, None, Some(PaymentState::RefundPending));
    assert!(on_its_way.contains("data-live="), "the money does");
    let unpaid = order_of(Status::Placed, None, None);
    assert!(!unpaid.contains("Paid by card") && !unpaid.contains("data-print"));
    let way = paid.split("id=\"travel\"").nth(1).unwrap();
    assert!(way.contains("<code>order_progress</code>") && way.contains(" ms</td>"), "{way}");
}

#[test]
fn a_ticket_has_one_action_and_says_how_late_it_is() {
    let fresh = kitchen_of(Status::Confirmed, 1);
    assert!(fresh.contains("/accept\"") && fresh.contains("name=\"minutes\""));
    assert!(fresh.contains("data-ticket") && fresh.contains("slip ticket fine"));
    let accepted = kitchen_of(Status::Accepted, 1);
    assert!(!accepted.contains("data-ticket"), "somebody has accepted it");
    let late = kitchen_of(Status::Preparing, 40);
    assert!(late.contains("/ready\"") && late.contains("slip ticket late"));
    assert!(late.contains("min late") && !late.contains("data-ticket"));
    assert!(late.contains("ALLERGIC TO NUTS") && late.contains("Contains mustard"));
    let actions =
        late.matches("class=\"do\"").count() + late.matches("class=\"do gentle\"").count();
    assert_eq!(actions, 1, "one thing to do");
}

#[test]
fn a_dish_is_sold_out_with_one_touch_and_back_with_another() {
    let page = kitchen_of(Status::Confirmed, 1);
    let forms = |to: &str| page.matches(&format!("name=\"to\" value=\"{to}\"")).count();
    assert!(page.contains("Diavola is sold out") && page.contains("4 left"));
    assert!(forms("sold-out") > 1, "from the list and from the slip");
    assert_eq!(forms("unlimited"), 1, "what has run out can be sold again");

    let dish = || "bella-napoli/diavola".parse().unwrap();
    let page_of = |notice| kitchen_with(Status::Confirmed, 1, Some(notice));
    let counted = page_of(KitchenNotice::SoldOut(dish(), Some(4)));
    assert!(counted.contains("Nobody can order it now.") && counted.contains("value=\"4\""));
    let uncounted = page_of(KitchenNotice::SoldOut(dish(), None));
    assert_eq!(uncounted.matches("value=\"unlimited\"").count(), 2, "undo, and the list");
    let made_up = KitchenNotice::SoldOut("bella-napoli/unicorn".parse().unwrap(), None);
    assert!(!page_of(made_up).contains("class=\"notice"), "only what is on the menu is named");
}

#[test]
fn money_for_a_declined_order_is_on_its_way_back_or_there() {
    let page_of = |payment| order_of(Status::Declined, Some("card_declined"), Some(payment));
    let page = page_of(PaymentState::RefundPending);
    assert!(page.contains("is on its way back to your card"), "{page}");
    assert!(page.contains("data-live"), "the refund is pushed");
    assert!(page_of(PaymentState::Refunded).contains("was given back to your card"));
    for taken in [PaymentState::RefundPending, PaymentState::Refunded] {
        assert!(!page_of(taken).contains("No money was taken"));
    }
    let page = page_of(PaymentState::Declined);
    assert!(page.contains("No money was taken") && !page.contains("data-live"));
}
