//! One event of each type, from fixed values.

#![allow(dead_code, reason = "each test file uses some of it")]
#![allow(clippy::unwrap_used, reason = "a test may stop at once")]

use std::sync::LazyLock;

use domain::{
    fixtures,
    hours::Pause,
    ids::{ChangeId, RequestId},
    kitchen::{Action, Request, Requester},
    language::Language,
    menu::{Dietary, Menu},
    money::Currency,
    number::OrderNumber,
    order::Order,
    payment::{
        DeclineReason, DisputeId, IntentId, LinePieces, Refund, RefundId, RefundPart,
        RefundRequest, Refunder,
    },
    payment_method::{CapturePoint, PaymentMethod},
    restaurant::{CashRules, Restaurant},
    status::{Status, StatusChange},
    stock::{Change, StockChange, StockLevel},
    tax::Prices,
};
use events::{
    OutgoingRecord, Record, Topic,
    menu::{HoursBody, MenuBody, RestaurantBody, encode_menu, encode_restaurant},
    order_confirmed::{self, Verified},
    order_declined, order_details,
    order_payments::{self, PaymentEvent, PaymentNews},
    order_progress, order_refunded, order_requests, stock_changes, stock_levels,
};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

/// A time in seconds after the fixed order was placed.
pub(crate) fn at(seconds: i64) -> Timestamp {
    fixtures::rich_order().placed_at + jiff::SignedDuration::from_secs(seconds)
}

pub(crate) fn record(event: &OutgoingRecord, topic: Topic) -> Record {
    Record::delivered(event, topic, 0, 7)
}

pub(crate) fn request() -> Request {
    Request {
        id: RequestId(Uuid::from_u128(0x0199_b1b4_0000_7000_8000_0000_0000_00aa)),
        order_id: fixtures::rich_order().id,
        action: Action::Accept,
        by: Requester::Kitchen,
        at: at(30),
        ready_in_min: Some(25),
        reason: None,
    }
}

/// A request by the restaurant to reject the same order.
pub(crate) fn rejection() -> Request {
    Request {
        action: Action::Reject,
        ready_in_min: None,
        reason: Some("Ofen kaputt: \"leider\" 🙏".parse().unwrap()),
        ..request()
    }
}

pub(crate) fn change() -> StatusChange {
    StatusChange {
        order_id: fixtures::rich_order().id,
        status: Status::Accepted,
        at: at(31),
        reason: None,
        ready_by: Some(at(1_531)),
        number: None,
    }
}

/// The status change that follows from the rejection.
pub(crate) fn cancellation() -> StatusChange {
    let reason = rejection().reason.map(|note| note.to_string());
    StatusChange { status: Status::Cancelled, reason, ready_by: None, ..change() }
}

pub(crate) fn payment_event() -> PaymentEvent {
    let order = fixtures::rich_order();
    let news = PaymentNews::ActionRequired { expires_at: at(602) };
    PaymentEvent { order_id: order.id, amount: order.total(), at: at(2), news }
}

pub(crate) fn refund() -> Refund {
    Refund {
        id: RefundId("re_3Nabc".into()),
        amount_minor: fixtures::rich_order().totals.total_minor,
        at: at(61),
        reason: "The oven is broken".parse().unwrap(),
        part: None,
        by: None,
        refunded_total_minor: None,
        lines: Vec::new(),
    }
}

/// The refund of what a refund of a part has left of a cancelled order.
pub(crate) fn rest_refund() -> Refund {
    Refund {
        amount_minor: 2_105,
        by: Some(Refunder::Kitchen),
        refunded_total_minor: Some(fixtures::rich_order().totals.total_minor),
        ..refund()
    }
}

/// A refund of a part for pieces, and one that was made at the gateway.
pub(crate) fn part_refunds() -> [Refund; 2] {
    let of_lines = Refund {
        amount_minor: 1_100,
        reason: "One pizza was cold".parse().unwrap(),
        part: Some(refund_request().key),
        by: Some(Refunder::Kitchen),
        refunded_total_minor: Some(1_100),
        lines: pieces(),
        ..refund()
    };
    let at_gateway = Refund {
        amount_minor: 500,
        part: Some("re_3Nabc".parse().unwrap()),
        by: Some(Refunder::Gateway),
        refunded_total_minor: Some(1_600),
        lines: Vec::new(),
        ..of_lines.clone()
    };
    [of_lines, at_gateway]
}

fn pieces() -> Vec<LinePieces> {
    vec![LinePieces { line: 0, quantity: 1 }]
}

/// A request for a refund of pieces.
pub(crate) fn refund_request() -> RefundRequest {
    RefundRequest {
        key: request().id.to_string().parse().unwrap(),
        order_id: fixtures::rich_order().id,
        part: RefundPart::Lines(pieces()),
        reason: "One pizza was cold".parse().unwrap(),
        by: Refunder::Kitchen,
        person: Some("Zoë 山田 O'Brien".parse().unwrap()),
        at: at(60),
    }
}

/// A request for a refund of an amount by a tool.
pub(crate) fn amount_request() -> RefundRequest {
    RefundRequest { part: RefundPart::Amount(500), person: None, ..refund_request() }
}

pub(crate) fn stock_change() -> StockChange {
    StockChange {
        id: ChangeId(Uuid::from_u128(0x0199_b1b4_0000_7000_8000_0000_0000_00bb)),
        dish: "bella-napoli/tiramisu".parse().unwrap(),
        change: Change::Delta(-3),
        reason: Some("dropped „3“ 🍰".parse().unwrap()),
        by: "staff".parse().unwrap(),
        at: at(90),
    }
}

pub(crate) fn stock_level() -> StockLevel {
    StockLevel {
        dish: "bella-napoli/tiramisu".parse().unwrap(),
        on_hand: Some(12),
        version: 4,
        at: at(91),
    }
}

pub(crate) fn restaurant() -> Restaurant {
    Restaurant {
        tagline: Some("Pizza e basta — 🍕".parse().unwrap()),
        capture: None,
        ..fixtures::restaurant()
    }
}

pub(crate) fn menu() -> Menu {
    let mut categories = fixtures::menu().categories().to_vec();
    let dish = &mut categories[0].items[0];
    dish.description = Some("Tomato, mozzarella \"fior di latte\"".parse().unwrap());
    dish.allergens = vec!["gluten".parse().unwrap(), "milk".parse().unwrap()];
    dish.stock = Some(40);
    Menu::new(categories).unwrap()
}

/// The same with opening hours and a pause.
pub(crate) fn restaurant_with_hours() -> Restaurant {
    let hours = json!({
        "tuesday": [{"from": "11:30", "until": "14:30"}, {"from": "18:00", "until": "02:00"}],
        "saturday": [{"from": "00:00", "until": "00:00"}],
        "exceptions": [
            {"date": "2026-12-24", "spans": [{"from": "11:00", "until": "15:00"}]},
            {"date": "2026-12-25", "spans": []},
        ],
    });
    let hours: HoursBody = serde_json::from_value(hours).unwrap();
    Restaurant {
        opening_hours: Some(hours.check().unwrap()),
        pause: Some(Pause::Until(at(1_800))),
        ..restaurant()
    }
}

/// The same with its currency.
pub(crate) fn menu_in_francs() -> Menu {
    menu().priced_in(Some(Currency::CHF))
}

/// The same with dietary labels, and an option that adds an allergen.
pub(crate) fn menu_with_dietary() -> Menu {
    let mut categories = menu().categories().to_vec();
    let dish = &mut categories[0].items[0];
    dish.dietary = vec![Dietary::Vegetarian, Dietary::Spicy];
    dish.option_groups[0].options[0].allergens = vec!["milk".parse().unwrap()];
    Menu::new(categories).unwrap()
}

/// The same with tax rules.
pub(crate) fn restaurant_with_tax() -> Restaurant {
    Restaurant { tax: Some(fixtures::tax_rules(Prices::Inclusive)), ..restaurant() }
}

/// The same with rules for capture and cash.
pub(crate) fn restaurant_with_cash() -> Restaurant {
    Restaurant {
        capture: Some(CapturePoint::AtAcceptance),
        cash: CashRules { is_allowed: true, limit_minor: Some(5_000) },
        ..restaurant()
    }
}

/// The same with its legal entity, its address, and a business day of its own.
pub(crate) fn restaurant_with_seller() -> Restaurant {
    Restaurant {
        business_day_starts: "06:30".parse().unwrap(),
        legal: Some(fixtures::legal()),
        address: Some(fixtures::address()),
        ..restaurant()
    }
}

/// The same with a dish that names its rates.
pub(crate) fn menu_with_tax() -> Menu {
    let mut categories = menu().categories().to_vec();
    let dish = &mut categories[0].items[0];
    dish.tax = Some("goods".parse().unwrap());
    dish.tax_delivery = Some("food".parse().unwrap());
    Menu::new(categories).unwrap()
}

/// Events that differ from those of [`all_events`] in an optional field, with the suffix of their
/// golden file.
pub(crate) fn more_events() -> Vec<(&'static str, OutgoingRecord)> {
    let order = fixtures::rich_order();
    let cancelled = order_progress::encode_progress(&order, &cancellation(), Requester::Kitchen);
    let open = restaurant_with_hours();
    vec![
        ("language", order_details::encode_placed(&italian_order(), "7d1a54127b222502")),
        ("sealed", sealed()),
        ("taxed", order_details::encode_placed(&taxed(Prices::Inclusive), "7d1a54127b222502")),
        ("tax_added", order_details::encode_placed(&taxed(Prices::Exclusive), "7d1a54127b222502")),
        (
            "not_verified",
            order_declined::encode_declined(&order, DeclineReason::NotVerified, at(2)),
        ),
        ("seller", order_details::encode_placed(&order_with_seller(), "7d1a54127b222502")),
        ("numbered", order_confirmed::encode_confirmed(&order, number(), captured(), at(2))),
        (
            "numbered",
            order_progress::encode_progress(
                &order,
                &StatusChange { number: number(), ..change() },
                Requester::Kitchen,
            ),
        ),
        ("numbered", order_refunded::encode_refunded(&order, number(), &refund())),
        ("rest", order_refunded::encode_refunded(&order, number(), &rest_refund())),
        ("part", order_refunded::encode_refunded(&order, number(), &part_refunds()[0])),
        ("at_gateway", order_refunded::encode_refunded(&order, number(), &part_refunds()[1])),
        ("refund", order_requests::encode_refund_request(&refund_request())),
        ("refund_amount", order_requests::encode_refund_request(&amount_request())),
        ("authorized", order_confirmed::encode_confirmed(&order, None, authorized(), at(2))),
        ("cash", order_confirmed::encode_confirmed(&cash_order(), None, Verified::Due, at(2))),
        ("held", order_details::encode_placed(&held_order(), "7d1a54127b222502")),
        ("reject", order_requests::encode_request(&rejection())),
        ("cancelled", cancelled),
        ("hours", encode_restaurant(&open.id, &RestaurantBody::from(&open), at(0))),
        ("tax", encode_restaurant(&open.id, &RestaurantBody::from(&restaurant_with_tax()), at(0))),
        (
            "seller",
            encode_restaurant(&open.id, &RestaurantBody::from(&restaurant_with_seller()), at(0)),
        ),
        (
            "cash",
            encode_restaurant(&open.id, &RestaurantBody::from(&restaurant_with_cash()), at(0)),
        ),
        ("tax", encode_menu(&open.id, &MenuBody::from(&menu_with_tax()), at(0))),
        ("currency", encode_menu(&open.id, &MenuBody::from(&menu_in_francs()), at(0))),
        ("dietary", encode_menu(&open.id, &MenuBody::from(&menu_with_dietary()), at(0))),
    ]
}

/// The payment of an order whose money was captured.
fn captured() -> Verified<'static> {
    static INTENT: LazyLock<IntentId> = LazyLock::new(|| IntentId("pi_3Nabc".into()));
    Verified::Captured(&INTENT)
}

fn authorized() -> Verified<'static> {
    let Verified::Captured(intent) = captured() else { return Verified::Due };
    Verified::Authorized(intent)
}

/// News of money that was held or due.
pub(crate) fn later_payments() -> [PaymentEvent; 6] {
    let (refund, dispute) = (refund_request().key, DisputeId("dp_3Nabc".into()));
    let later = [
        PaymentNews::Captured,
        PaymentNews::Released,
        PaymentNews::CaptureFailed,
        PaymentNews::Collected,
        PaymentNews::RefundFailed { refund, reason: "The charge is disputed".into() },
        PaymentNews::Disputed { dispute, reason: "product_not_received".into() },
    ];
    later.map(|news| PaymentEvent { news, ..payment_event() })
}

/// The number of an order.
pub(crate) fn number() -> Option<OrderNumber> {
    OrderNumber::try_from(42).ok()
}

/// The order of a restaurant with its legal entity, its address, and a business day of its own.
pub(crate) fn order_with_seller() -> Order {
    let mut parts = (*fixtures::rich_order()).clone();
    let restaurant = restaurant_with_seller();
    parts.seller.business_day_starts = restaurant.business_day_starts;
    (parts.seller.legal, parts.seller.address) = (restaurant.legal, restaurant.address);
    Order::try_from(parts).unwrap()
}

/// An order whose money is captured at acceptance.
pub(crate) fn held_order() -> Order {
    let mut parts = (*fixtures::rich_order()).clone();
    parts.seller.capture = CapturePoint::AtAcceptance;
    Order::try_from(parts).unwrap()
}

/// An order that is paid in cash.
pub(crate) fn cash_order() -> Order {
    let mut parts = (*fixtures::rich_order()).clone();
    parts.payment_method = PaymentMethod::Cash;
    Order::try_from(parts).unwrap()
}

/// An order with taxes.
pub(crate) fn taxed(prices: Prices) -> Order {
    fixtures::taxed(&fixtures::rich_order(), prices)
}

/// An order as published by a storefront, with its seal.
fn sealed() -> OutgoingRecord {
    let seal = "0d1b7c9a54127b2225027d1a54127b222502f3a1";
    let event = order_details::encode_placed(&fixtures::rich_order(), "7d1a54127b222502");
    event.with_header(order_details::SEAL_HEADER, seal)
}

/// The order of a customer with language Italian.
pub(crate) fn italian_order() -> Order {
    let mut parts = (*fixtures::rich_order()).clone();
    parts.customer.language = Language::It;
    Order::try_from(parts).unwrap()
}

/// Every event that Comanda publishes.
pub(crate) fn all_events() -> Vec<OutgoingRecord> {
    let (order, restaurant) = (fixtures::rich_order(), restaurant());
    let later = later_payments();
    let later = later.map(|event| order_payments::encode_payment(&order, event.news, event.at));
    let mut all = vec![
        order_details::encode_placed(&order, "7d1a54127b222502"),
        order_confirmed::encode_confirmed(&order, None, captured(), at(2)),
        order_declined::encode_declined(&order, DeclineReason::InsufficientFunds, at(2)),
        order_requests::encode_request(&request()),
        order_payments::encode_payment(&order, payment_event().news, payment_event().at),
        order_refunded::encode_refunded(&order, None, &refund()),
        order_progress::encode_progress(&order, &change(), Requester::Kitchen),
        encode_restaurant(&restaurant.id, &RestaurantBody::from(&restaurant), at(0)),
        encode_menu(&restaurant.id, &MenuBody::from(&menu()), at(0)),
        stock_changes::encode_change(&stock_change()),
        stock_levels::encode_level(&stock_level()),
    ];
    all.extend(later);
    all
}
