//! Pages of sample data.

use std::collections::HashSet;

use domain::{
    cart::CartLine,
    ids::ItemId,
    menu::Menu,
    payment::{Payment, PaymentState},
    status::Status,
};
use ui::{CartView, Staff, pages};

use crate::sample;

pub(crate) const STAFF: Staff = Staff { mailbox: true };
pub(crate) const HOSTILE: &str = "<script>alert('x')</script>\" onload=\"y";

pub(crate) fn cart_line(id: &str, options: &[&str]) -> CartLine {
    CartLine {
        item_id: id.parse().unwrap(),
        quantity: 2,
        options: options.iter().map(|o| o.parse().unwrap()).collect(),
        note: Some(HOSTILE.parse().unwrap()),
    }
}

pub(crate) fn menu_of(menu: &Menu, sold_out: &HashSet<ItemId>, lines: &[CartLine]) -> String {
    let mut restaurant = sample::town().remove(0).0;
    restaurant.name = HOSTILE.parse().unwrap();
    let cart = CartView::new(menu, sold_out, lines);
    let refused = None;
    let page = pages::MenuPage { restaurant: &restaurant, menu, sold_out, cart, refused };
    pages::menu(&page).into_string()
}

pub(crate) fn hostile_menu() -> Menu {
    let row = format!("# {HOSTILE}\n{HOSTILE} | 950 | gluten | e | {HOSTILE}");
    sample::menu(&row)
}

pub(crate) fn checkout_of(change: impl FnOnce(&mut pages::CheckoutPage<'_>)) -> String {
    let (restaurant, menu) = sample::town().remove(0);
    let lines = [cart_line("margherita", &["regular"])];
    let mut page = pages::CheckoutPage {
        restaurant: &restaurant,
        cart: CartView::new(&menu, &HashSet::new(), &lines),
        key: "key-1",
        entered: pages::Entered::default(),
        violations: vec![],
        notice: None,
        test_gateway: true,
        replaces: None,
    };
    change(&mut page);
    pages::checkout(&page).into_string()
}

pub(crate) fn order_of(
    status: Status,
    reason: Option<&str>,
    payment: Option<PaymentState>,
) -> String {
    let mut view = sample::view(sample::order(2, 9, true), status, reason);
    view.payment = payment.map(|state| Payment {
        order_id: view.order_id,
        amount: view.order.as_ref().unwrap().total(),
        state,
        intent: None,
        attempts: 1,
        placed_at: sample::now(),
        decided_at: None,
        reason: None,
        cancellation: None,
        refund_attempts: 0,
        refund: None,
        refunded_at: None,
    });
    let retry = "/checkout?restaurant=bella-napoli".to_owned();
    let page = pages::OrderPage { view: &view, restaurant: None, now: sample::now(), retry };
    pages::order(&page).into_string()
}

pub(crate) fn kitchen_of(status: Status, minutes_ago: i64) -> String {
    let (_, menu) = sample::town().remove(0);
    let view = sample::view(sample::order(2, minutes_ago, true), status, None);
    pages::kitchen(&pages::KitchenPage {
        restaurants: &[pages::RestaurantChoice {
            id: "bella-napoli".parse().unwrap(),
            name: HOSTILE.into(),
        }],
        selected: Some("bella-napoli".parse().unwrap()),
        tickets: vec![pages::Ticket { view: &view, menu: Some(&menu) }],
        now: sample::now(),
        notice: Some(HOSTILE.into()),
        staff: STAFF,
    })
    .into_string()
}
