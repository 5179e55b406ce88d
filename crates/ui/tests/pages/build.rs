//! Pages of sample data.

use std::{cell::Cell, collections::HashMap};

use domain::{
    cart::CartLine,
    ids::ItemId,
    language::Language,
    menu::{Menu, MenuFilter},
    payment::PaymentState,
    ports::OrderView,
    restaurant::{CashRules, Restaurant},
    status::Status,
};
use ui::{CartView, Reader, Staff, pages};

use crate::sample;

thread_local! {
    static LANG: Cell<Language> = const { Cell::new(Language::En) };
}

/// From now on this test builds pages in another language.
pub(crate) fn read_in(lang: Language) {
    LANG.set(lang);
}

pub(crate) fn reader() -> Reader {
    Reader { lang: LANG.get(), here: format!("/{HOSTILE}") }
}

pub(crate) const STAFF: Staff = Staff::anybody(true);
pub(crate) const HOSTILE: &str = "<script>alert('x')</script>\" onload=\"y";

pub(crate) fn cart_line(id: &str, options: &[&str]) -> CartLine {
    CartLine {
        item_id: id.parse().unwrap(),
        quantity: 2,
        options: options.iter().map(|o| o.parse().unwrap()).collect(),
        note: Some(HOSTILE.parse().unwrap()),
    }
}

pub(crate) fn menu_of(menu: &Menu, left: &HashMap<ItemId, u32>, lines: &[CartLine]) -> String {
    let mut restaurant = sample::town().remove(0).0;
    restaurant.name = HOSTILE.parse().unwrap();
    let cart = CartView::new(menu, left, lines);
    let page = pages::MenuPage {
        reader: reader(),
        restaurant: &restaurant,
        menu,
        left,
        wanted: MenuFilter::default(),
        cart,
        refused: None,
        now: sample::now(),
    };
    pages::menu(&page).into_string()
}

pub(crate) fn hostile_menu() -> Menu {
    let row = format!("# {HOSTILE}\n{HOSTILE} | 950 | gluten | e | {HOSTILE}");
    sample::menu(&row)
}

/// The checkout of a restaurant that takes cards only.
pub(crate) fn checkout_of(change: impl FnOnce(&mut pages::CheckoutPage<'_>)) -> String {
    checkout_at(|restaurant| restaurant.cash = CashRules::default(), change)
}

/// The checkout of a changed restaurant, whose dishes come to 19.00 and delivery to 2.50.
pub(crate) fn checkout_at(
    adapt: impl FnOnce(&mut Restaurant),
    change: impl FnOnce(&mut pages::CheckoutPage<'_>),
) -> String {
    let (mut restaurant, menu) = sample::town().remove(0);
    adapt(&mut restaurant);
    let lines = [cart_line("margherita", &["regular"])];
    let mut page = pages::CheckoutPage {
        reader: reader(),
        restaurant: &restaurant,
        open: true,
        cart: CartView::new(&menu, &HashMap::new(), &lines),
        delivery_tax: None,
        pickup_tax: None,
        key: "key-1",
        entered: pages::Entered::default(),
        violations: vec![],
        notice: None,
        card: None,
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
    order_with(status, reason, payment, None)
}

pub(crate) fn order_with(
    status: Status,
    reason: Option<&str>,
    payment: Option<PaymentState>,
    notice: Option<pages::OrderNotice>,
) -> String {
    let mut view = sample::view(sample::order(2, 9, true), status, reason);
    view.payment = payment.map(|state| sample::payment(&view, state));
    page_of_order(&view, notice)
}

/// The page of an order with any payment.
pub(crate) fn page_of_order(view: &OrderView, notice: Option<pages::OrderNotice>) -> String {
    let retry = "/checkout?restaurant=bella-napoli&replaces=1".to_owned();
    let again = "/checkout?restaurant=bella-napoli&again=1".to_owned();
    let page = pages::OrderPage {
        reader: reader(),
        hops: &sample::hops(view),
        view,
        restaurant: None,
        now: sample::now(),
        retry,
        again,
        authenticate_until: None,
        notice,
        refunds: &[],
        may_refund: false,
    };
    pages::order(&page).into_string()
}

pub(crate) fn kitchen_of(status: Status, minutes_ago: i64) -> String {
    kitchen_with(status, minutes_ago, None)
}

pub(crate) fn kitchen_with(
    status: Status,
    minutes_ago: i64,
    notice: Option<pages::KitchenNotice>,
) -> String {
    board_of(Some("bella-napoli"), status, minutes_ago, notice)
}

/// The board of one restaurant, or of all.
pub(crate) fn board_of(
    selected: Option<&str>,
    status: Status,
    minutes_ago: i64,
    notice: Option<pages::KitchenNotice>,
) -> String {
    let view = sample::view(sample::order(2, minutes_ago, true), status, None);
    board_with(selected, view, notice, minutes_ago)
}

/// The board with one open order.
pub(crate) fn board_with(
    selected: Option<&str>,
    view: OrderView,
    notice: Option<pages::KitchenNotice>,
    minutes_ago: i64,
) -> String {
    let (restaurant, menu) = &sample::town()[0];
    let past = sample::view(sample::order(3, minutes_ago, false), Status::Completed, None);
    let left = [("tiramisu", 0), ("diavola", 4)];
    pages::kitchen(&pages::KitchenPage {
        reader: reader(),
        restaurants: &[pages::RestaurantChoice {
            id: "bella-napoli".parse().unwrap(),
            name: HOSTILE.into(),
        }],
        selected: selected.map(|id| id.parse().unwrap()),
        open_orders: &[view],
        handed_over: &[past],
        pantries: vec![pages::Pantry {
            restaurant,
            menu,
            left: left.map(|(item, n)| (item.parse().unwrap(), n)).into(),
        }],
        now: sample::now(),
        notice,
        staff: STAFF,
    })
    .into_string()
}
