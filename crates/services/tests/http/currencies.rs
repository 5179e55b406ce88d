//! A restaurant changes its currency, and says what becomes of its prices.

use axum::http::{Method, StatusCode, header};
use domain::{fixtures, money::Currency};
use events::menu::{MenuBody, encode_menu};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::shop::{Answer, Shop, assert_problem};

const RESTAURANT: &str = "/api/restaurants/bella-napoli";

/// A change to another currency.
async fn put(shop: &Shop, currency: &str, query: &str) -> Answer {
    let body = json!({
        "name": "Bella Napoli", "currency": currency, "time_zone": "Europe/Rome",
        "delivery_fee_minor": 250,
    });
    shop.staff(Method::PUT, &format!("{RESTAURANT}{query}"), body.to_string()).await
}

/// The price of the first dish, in minor units; `None` without a menu.
async fn price(shop: &Shop) -> Option<i64> {
    let menu: Value = shop.get(&format!("{RESTAURANT}/menu")).await.json();
    menu["categories"][0]["items"][0]["price_minor"].as_i64()
}

fn menu_records(shop: &Shop) -> usize {
    shop.log().read(&[events::Topic::Menu]).len()
}

#[tokio::test]
async fn nothing_changes_without_an_answer() {
    let shop = Shop::open();
    let before = (price(&shop).await, menu_records(&shop));
    let answer = put(&shop, "JPY", "").await;
    assert_problem(&answer, 409, "prices=convert");
    assert!(answer.body.contains("/problems/prices_undecided"), "{}", answer.body);
    for (query, field) in [
        ("?prices=guess", "prices"),
        ("?prices=convert", "rate"),
        ("?prices=convert&rate=-1", "rate"),
        ("?prices=convert&rate=999999999", "rate"),
    ] {
        assert_problem(&put(&shop, "JPY", query).await, 422, field);
    }
    assert_eq!((price(&shop).await, menu_records(&shop)), before);
}

#[tokio::test]
async fn prices_keep_their_numbers_or_are_converted() {
    let shop = Shop::open();
    let cents = price(&shop).await.unwrap();
    let answer = put(&shop, "JPY", "?prices=convert&rate=160").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(price(&shop).await, Some(cents * 160 / 100));
    // To a currency with three decimals, and once more the same.
    for _ in 0..2 {
        let answer = put(&shop, "KWD", "?prices=keep").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        assert_eq!(price(&shop).await, Some(cents * 160 / 100 * 1_000));
    }
    // Without a change of currency, nothing is asked.
    assert_eq!(put(&shop, "KWD", "").await.status, StatusCode::OK);
    let mut menu = serde_json::to_value(MenuBody::from(&fixtures::menu())).unwrap();
    menu["currency"] = json!("EUR");
    let path = format!("{RESTAURANT}/menu");
    let other = shop.staff(Method::PUT, &path, menu.to_string()).await;
    assert_problem(&other, 422, "must be the restaurant's, KWD");
}

#[tokio::test]
async fn a_restaurant_without_prices_is_not_asked() {
    let shop = Shop::open();
    let body = json!({"name": "New", "currency": "USD", "time_zone": "Europe/Rome"});
    let path = "/api/restaurants/no-menu-yet";
    assert_eq!(shop.staff(Method::PUT, path, body.to_string()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn nothing_is_sold_while_menu_and_restaurant_differ() {
    let shop = Shop::open();
    let menu = fixtures::menu().priced_in(Some(Currency::JPY));
    let id = "bella-napoli".parse().unwrap();
    let event = encode_menu(&id, &MenuBody::from(&menu), shop.world.clock.now());
    shop.log().append(&event);
    assert_eq!(shop.get(&format!("{RESTAURANT}/menu")).await.status, StatusCode::NOT_FOUND);
    // A change that was cut off is repeated: the prices are not converted again.
    let answer = put(&shop, "JPY", "?prices=convert&rate=160").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(price(&shop).await, Some(menu.categories()[0].items[0].price_minor));
}

#[tokio::test]
async fn the_settings_ask_and_take_the_answer() {
    let shop = Shop::open();
    let ada = shop.hire("ada@example.com", "owner", &["bella-napoli"]).await;
    let cookie = shop.session_of(&ada).await;
    let path = "/backoffice/r/bella-napoli/settings";
    let page = shop.with_cookie(Method::GET, path, &cookie, "").await.body;
    assert!(!page.contains("What becomes of the prices?"));
    let (_, rest) = page.split_once("name=\"version\" value=\"").unwrap();
    let version = rest.split('"').next().unwrap();
    let settings = [
        ("version", version),
        ("name", "Bella Napoli"),
        ("currency", "JPY"),
        ("time_zone", "Europe/Rome"),
        ("accept_within", "10"),
        ("preparation", "20"),
        ("delivers", "on"),
        ("delivery_fee", "2.50"),
        ("minimum_order", "0.00"),
        ("always_open", "on"),
        ("do", "save"),
    ];
    let send = async |more: &[(&str, &str)]| {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs = settings.iter().chain(more);
        let pairs = pairs.map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        shop.with_cookie(Method::POST, path, &cookie, body).await
    };
    let asked = send(&[]).await;
    assert_eq!(asked.status, StatusCode::CONFLICT);
    assert!(asked.body.contains("What becomes of the prices?"), "{}", asked.body);
    assert!(asked.body.contains("€12.50 becomes ¥13"), "{}", asked.body);
    let wrong = send(&[("prices", "convert"), ("rate", "much")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("such as 1.0845"), "{}", wrong.body);
    let cents = price(&shop).await.unwrap();
    let saved = send(&[("prices", "convert"), ("rate", "160")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    assert_eq!(saved.header(header::LOCATION), format!("{path}?said=saved"));
    assert_eq!(price(&shop).await, Some(cents * 160 / 100));
    let page = shop.with_cookie(Method::GET, path, &cookie, "").await.body;
    assert!(page.contains("name=\"delivery_fee\" value=\"400\""), "{page}");
}
