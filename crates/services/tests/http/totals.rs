//! An order costs what its customer was shown, or is not placed.

use axum::http::{Method, StatusCode, header};
use domain::fixtures;
use events::menu::MenuBody;
use serde_json::{Value, json};

use super::shop::{Answer, Shop, assert_problem, good, request};

fn expecting(total_minor: impl Into<Value>) -> Value {
    let mut body = good();
    body["expected_total_minor"] = total_minor.into();
    body
}

/// What the good order comes to.
async fn total_of(shop: &Shop) -> i64 {
    let placed = shop.order(good().to_string(), None).await;
    placed.json()["total_minor"].as_i64().unwrap()
}

#[tokio::test]
async fn another_total_than_expected_is_refused_with_the_current_one() {
    let shop = Shop::open();
    let total = total_of(&shop).await;
    let before = shop.published();
    for wrong in [total - 1, total + 1, 0, -total, i64::MIN, i64::MAX] {
        let answer = shop.order(expecting(wrong).to_string(), Some("k1")).await;
        assert_problem(&answer, 409, "an unexpected total");
        let body = answer.json();
        assert!(body["type"].as_str().unwrap().ends_with("/problems/total_changed"), "{body}");
        assert_eq!((&body["total_minor"], &body["currency"]), (&json!(total), &json!("EUR")));
    }
    assert_eq!(shop.published(), before, "nothing is placed");
    // Its key is still unused.
    let placed = shop.order(expecting(total).to_string(), Some("k1")).await;
    assert_eq!(placed.status, StatusCode::ACCEPTED);
    assert_eq!(placed.json()["total_minor"], json!(total));
}

#[tokio::test]
async fn an_expectation_is_no_part_of_the_request_under_a_key() {
    let shop = Shop::open();
    let total = total_of(&shop).await;
    let first = shop.order(expecting(total).to_string(), Some("k1")).await;
    for again in [good(), expecting(Value::Null), expecting(total), expecting(total + 600)] {
        assert_eq!(shop.order(again.to_string(), Some("k1")).await, first);
    }
}

#[tokio::test]
async fn an_expectation_is_a_whole_number() {
    let shop = Shop::open();
    for wrong in [json!("2200"), json!(22.5), json!([2200]), json!(1e30)] {
        let answer = shop.order(expecting(wrong.clone()).to_string(), None).await;
        assert_problem(&answer, 400, &wrong.to_string());
    }
}

#[tokio::test]
async fn less_than_the_gateway_charges_is_refused() {
    let shop = Shop::open();
    let mut menu = MenuBody::from(&fixtures::menu());
    let put = async |minor: i64| {
        menu.categories[0].items[0].price_minor = minor;
        menu.categories[0].items[0].option_groups.clear();
        let body = serde_json::to_string(&menu).unwrap();
        let path = "/api/restaurants/bella-napoli/menu";
        assert_eq!(shop.staff(Method::PUT, path, body).await.status, StatusCode::OK);
    };
    let mut body = good();
    body["lines"] = json!([{"item_id": "margherita", "quantity": 1}]);
    let (mut put, before) = (put, shop.published());
    put(49).await;
    let answer = shop.order(body.to_string(), None).await;
    assert_problem(&answer, 422, "49 cents");
    assert!(answer.body.contains("must come to at least €0.50"), "{}", answer.body);
    assert_eq!(shop.published(), before + 1, "only the menu");
    put(50).await;
    assert_eq!(shop.order(body.to_string(), None).await.status, StatusCode::ACCEPTED);
}

const FORM: &str = "restaurant=bella-napoli&key=k1&name=Ada&email=ada%40example.com&phone=\
    &address=1+Via+Roma&payment_method=pm_card_visa";

async fn post(shop: &Shop, path: &str, cookie: &str, form: &str) -> Answer {
    let form_type = ("content-type", "application/x-www-form-urlencoded");
    let headers = [form_type, ("cookie", cookie), ("sec-fetch-site", "same-origin")];
    shop.send(request(Method::POST, path, &headers, form.to_owned())).await
}

#[tokio::test]
async fn the_page_shows_both_totals_and_asks_again() {
    let shop = Shop::open();
    let item = "item_id=margherita&quantity=2&option=extra-cheese&option=";
    let answer = post(&shop, "/r/bella-napoli/cart", "", item).await;
    let cookie = answer.header(header::SET_COOKIE).split(';').next().unwrap().to_owned();
    let fee = fixtures::restaurant().delivery_fee_minor.unwrap();
    // The page showed a subtotal of 18.00; the dishes come to 22.00 by now.
    for (kind, shown, now) in [("pickup", 1_900, 2_300), ("delivery", 1_900 + fee, 2_300 + fee)] {
        let form = format!(
            "{FORM}&fulfilment={kind}&tip_minor=100&pickup_sum_minor=1800&delivery_sum_minor={}",
            1_800 + fee
        );
        let before = shop.published();
        let answer = post(&shop, "/checkout", &cookie, &form).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.body);
        assert_eq!(shop.published(), before);
        for minor in [shown, now] {
            let amount = format!("€{}.{:02}", minor / 100, minor % 100);
            assert!(answer.body.contains(&amount), "{kind}: {amount}");
        }
        // Sent as the page shows it now, it is placed; the key is the same.
        assert!(answer.body.contains(r#"name="key" value="k1""#));
        assert!(answer.body.contains(r#"name="pickup_sum_minor" value="2200""#));
    }
    let agreed = format!(
        "{FORM}&fulfilment=delivery&tip_minor=100&pickup_sum_minor=2200&delivery_sum_minor={}",
        2_200 + fee
    );
    let placed = post(&shop, "/checkout", &cookie, &agreed).await;
    assert_eq!(placed.status, StatusCode::SEE_OTHER, "{}", placed.body);
}
