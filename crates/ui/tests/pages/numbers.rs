//! Wherever people say which order it is, its number comes first; the receipt says who sold.

use domain::{language::Language, payment::PaymentState, status::Status};

use crate::{
    build::{board_of, kitchen_of, menu_of, order_of, read_in},
    sample,
};

/// The number of the sample's order.
fn number() -> String {
    let view = sample::view(sample::order(2, 9, true), Status::Confirmed, None);
    view.number().unwrap().to_string()
}

#[test]
fn the_order_page_calls_a_confirmed_order_by_its_number() {
    for (language, called) in [(Language::En, "Order"), (Language::It, "Ordine")] {
        read_in(language);
        let called = format!("{called} {}", number());
        let page = order_of(Status::Preparing, None, Some(PaymentState::Captured));
        assert!(page.contains(&format!("class=\"order-number\">{called}<")), "{page}");
        assert!(page.contains(&format!("class=\"slip-number\">{called}<")), "{page}");
        assert!(page.contains(&format!("<title>{called} · ")), "{page}");
        for status in [Status::Placed, Status::Declined] {
            assert!(!order_of(status, None, None).contains(&called), "{status}");
        }
    }
}

#[test]
fn a_receipt_says_who_sold_and_what_it_is_not() {
    let texts = [
        (Language::En, ["Tax ID IT 01234567890", "Not a fiscal document"]),
        (Language::It, ["P. IVA IT 01234567890", "Documento non fiscale"]),
    ];
    for (language, [tax_id, not_fiscal]) in texts {
        read_in(language);
        let receipt = order_of(Status::Completed, None, Some(PaymentState::Captured));
        let sold = receipt.split("class=\"sold-by\"").nth(1).unwrap();
        let sold = sold.split("</div>").next().unwrap();
        let who = ["Bella Napoli S.r.l.", "Via dei Tribunali 12, 80138 Napoli NA", "REA NA-123456"];
        for fact in who.into_iter().chain([tax_id, not_fiscal]) {
            assert!(sold.contains(fact), "{fact}: {sold}");
        }
        let unpaid = order_of(Status::Placed, None, None);
        assert!(!unpaid.contains("sold-by") && !unpaid.contains(not_fiscal), "no receipt yet");
    }
}

#[test]
fn the_menu_says_who_sells() {
    let (_, menu) = sample::town().remove(0);
    let page = menu_of(&menu, &std::collections::HashMap::new(), &[]);
    assert!(page.contains("Bella Napoli S.r.l.") && page.contains("80138 Napoli NA"), "{page}");
}

#[test]
fn the_board_calls_orders_by_their_number() {
    let page = kitchen_of(Status::Preparing, 1);
    let number = number();
    assert!(page.contains(&format!("<h3 aria-label=\"Order {number}\">{number}</h3>")), "{page}");
    assert!(!page.contains("· Bella Napoli"), "the board of one restaurant need not name it");
    let past = sample::view(sample::order(3, 1, false), Status::Completed, None).number().unwrap();
    assert!(page.contains(&format!("<strong>{past}</strong>")), "{page}");
    // Two restaurants may have an order of one number.
    let all = board_of(None, Status::Preparing, 1, None);
    assert_eq!(all.matches("· Bella Napoli").count(), 2, "{all}");
}
