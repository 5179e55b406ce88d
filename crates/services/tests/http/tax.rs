//! Tax: set by the owner, shown and charged exactly, and kept with the order.

use axum::http::{Method, StatusCode, header};
use domain::fixtures;
use events::{
    Topic,
    menu::{MenuBody, RestaurantBody, encode_menu},
    order_details,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::shop::{Answer, Shop, assert_problem, good, request};

const RESTAURANT: &str = "/api/restaurants/bella-napoli";

async fn put(shop: &Shop, path: &str, body: &Value) -> Answer {
    shop.staff(Method::PUT, path, body.to_string()).await
}

/// The restaurant with these tax rules.
fn with_tax(tax: Value) -> Value {
    let mut body = serde_json::to_value(RestaurantBody::from(&fixtures::restaurant())).unwrap();
    body["tax"] = tax;
    body
}

fn rules(prices: &str, percent: &str) -> Value {
    json!({
        "prices": prices,
        "rates": [
            {"id": "food", "name": "Food tax", "percent": percent},
            {"id": "goods", "name": "Goods tax", "percent": "22"},
        ],
        "default": "food",
    })
}

/// A shop with tax rules, where margheritas that are delivered are goods.
async fn open(prices: &str) -> Shop {
    let shop = Shop::open();
    let answer = put(&shop, RESTAURANT, &with_tax(rules(prices, "10"))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let mut menu = serde_json::to_value(MenuBody::from(&fixtures::menu())).unwrap();
    menu["categories"][0]["items"][0]["tax_delivery"] = json!("goods");
    let answer = put(&shop, &format!("{RESTAURANT}/menu"), &menu).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    shop
}

/// Places an order and returns what is published of it.
async fn place(shop: &Shop, body: &Value) -> Value {
    let answer = shop.order(body.to_string(), None).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    let order_id = answer.json()["order_id"].as_str().unwrap().to_owned();
    // By its key: the log has a number of partitions, and no order among them.
    let records = shop.log().read(&[Topic::OrderDetails]);
    let record = records.iter().find(|r| r.key == order_id.as_bytes()).unwrap();
    assert!(order_details::decode_order(record).is_ok());
    serde_json::from_slice(record.payload.as_deref().unwrap()).unwrap()
}

fn delivered() -> Value {
    let mut body = good();
    body["fulfilment"] = json!({"kind": "delivery", "address": "1 Via Roma"});
    body
}

#[tokio::test]
async fn prices_can_contain_the_tax() {
    let shop = open("inclusive").await;
    let order = place(&shop, &good()).await;
    assert_eq!(order["total_minor"], 2_200);
    assert_eq!(order["tax_minor"], Value::Null);
    let food = json!([{"id": "food", "name": "Food tax", "percent": "10", "net_minor": 2_000,
                       "tax_minor": 200}]);
    assert_eq!(order["taxes"], food);
    assert_eq!(order["lines"][0]["tax"], "food");
    // Delivered, dishes and fee are goods: 24.50 contain 4.42.
    let order = place(&shop, &delivered()).await;
    assert_eq!(order["total_minor"], 2_450);
    let goods = json!([{"id": "goods", "name": "Goods tax", "percent": "22", "net_minor": 2_008,
                        "tax_minor": 442}]);
    assert_eq!(order["taxes"], goods);
}

#[tokio::test]
async fn tax_can_be_added_to_prices() {
    let shop = open("exclusive").await;
    let order = place(&shop, &good()).await;
    assert_eq!((&order["tax_minor"], &order["total_minor"]), (&json!(220), &json!(2_420)));
    let mut body = delivered();
    body["expected_total_minor"] = json!(2_450);
    let answer = shop.order(body.to_string(), None).await;
    assert_problem(&answer, 409, "the total without tax");
    assert_eq!(answer.json()["total_minor"], 2_989);
}

#[tokio::test]
async fn the_checkout_shows_the_tax_and_sends_its_total() {
    let shop = open("exclusive").await;
    let form_type = ("content-type", "application/x-www-form-urlencoded");
    let send = async |path: &str, cookie: &str, form: &str| {
        let headers = [form_type, ("cookie", cookie), ("sec-fetch-site", "same-origin")];
        shop.send(request(Method::POST, path, &headers, form.to_owned())).await
    };
    let item = "item_id=margherita&quantity=2&option=extra-cheese&option=";
    let answer = send("/r/bella-napoli/cart", "", item).await;
    let cookie = answer.header(header::SET_COOKIE).split(';').next().unwrap().to_owned();
    let page = shop
        .send(request(Method::GET, "/checkout?restaurant=bella-napoli", &[("cookie", &cookie)], ""))
        .await;
    for shown in ["Food tax", "€2.20", "€24.20", "Goods tax", "€5.39", "€29.89"] {
        assert!(page.body.contains(shown), "{shown}");
    }
    let hidden = |name: &str| {
        let (_, rest) = page.body.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let names = ["key", "delivery_sum_minor", "pickup_sum_minor"];
    let form = "restaurant=bella-napoli&name=Ada&email=ada%40example.com&phone=&tip_minor=0\
        &payment_method=pm_card_visa&fulfilment=delivery&address=1+Via+Roma";
    let parts = names.map(|name| format!("{name}={}", hidden(name)));
    let form = format!("{form}&{}", parts.join("&"));
    let placed = send("/checkout", &cookie, &form).await;
    assert_eq!(placed.status, StatusCode::SEE_OTHER, "{}", placed.body);
}

#[tokio::test]
async fn every_rate_that_a_dish_names_exists() {
    let shop = open("inclusive").await;
    let before = shop.published();
    let mut fewer = rules("inclusive", "10");
    fewer["rates"].as_array_mut().unwrap().pop();
    let answer = put(&shop, RESTAURANT, &with_tax(fewer)).await;
    assert_problem(&answer, 422, "goods are used");
    assert!(answer.body.contains("items[0].tax_delivery: goods is no"), "{}", answer.body);
    let mut menu = serde_json::to_value(MenuBody::from(&fixtures::menu())).unwrap();
    menu["categories"][0]["items"][0]["tax"] = json!("wine");
    let answer = put(&shop, &format!("{RESTAURANT}/menu"), &menu).await;
    assert_problem(&answer, 422, "wine");
    assert!(answer.body.contains("categories[0].items[0].tax"), "{}", answer.body);
    assert_eq!(shop.published(), before);
}

/// A pause is urgent: a menu that another writer has published must not prevent it.
#[tokio::test]
async fn a_pause_is_never_refused_for_the_menu() {
    let shop = open("inclusive").await;
    let mut menu = MenuBody::from(&fixtures::menu());
    menu.categories[0].items[0].tax = Some("wine".to_owned());
    let id = "bella-napoli".parse().unwrap();
    shop.log().append(&encode_menu(&id, &menu, Timestamp::UNIX_EPOCH));
    while !shop.get(&format!("{RESTAURANT}/menu")).await.body.contains("wine") {
        tokio::task::yield_now().await;
    }
    let mut restaurant = with_tax(rules("inclusive", "10"));
    restaurant["paused"] = json!(true);
    assert_eq!(put(&shop, RESTAURANT, &restaurant).await.status, StatusCode::OK);
    restaurant["tax"] = rules("inclusive", "4");
    assert_problem(&put(&shop, RESTAURANT, &restaurant).await, 422, "new rules must fit");
}

#[tokio::test]
async fn rules_must_fit_the_menu_that_is_there() {
    let shop = Shop::open();
    let mut menu = serde_json::to_value(MenuBody::from(&fixtures::menu())).unwrap();
    menu["categories"][0]["items"][0]["tax"] = json!("wine");
    // Without rules, a dish may name any rate.
    let answer = put(&shop, &format!("{RESTAURANT}/menu"), &menu).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let answer = put(&shop, RESTAURANT, &with_tax(rules("inclusive", "10"))).await;
    assert_problem(&answer, 422, "wine");
}

#[tokio::test]
async fn wrong_rules_are_refused_by_field() {
    let shop = Shop::open();
    let before = shop.published();
    let long = format!("1.{}", "0".repeat(30));
    for percent in ["1e9", "-1", "10,5", &long, "100.1", "", "10 %"] {
        let answer = put(&shop, RESTAURANT, &with_tax(rules("inclusive", percent))).await;
        assert_problem(&answer, 422, percent);
        assert!(answer.body.contains("tax.rates[0].percent"), "{}", answer.body);
    }
    let cases = [
        ("/prices", json!("net"), 400),
        ("/rates/0/percent", json!(10), 400),
        ("/rates", json!([]), 422),
        ("/rates/1/id", json!("food"), 422),
        ("/rates/1/id", json!("proportional"), 422),
        ("/rates/1/name", json!("a\nb"), 422),
        ("/default", json!("wine"), 422),
        ("/delivery", json!("wine"), 422),
        ("/colour", json!("red"), 400),
    ];
    for (field, value, status) in cases {
        let mut tax = rules("inclusive", "10");
        match tax.pointer_mut(field) {
            Some(place) => *place = value,
            None => tax[&field[1..]] = value,
        }
        assert_problem(&put(&shop, RESTAURANT, &with_tax(tax)).await, status, field);
    }
    assert_eq!(shop.published(), before);
}
