//! An Idempotency-Key makes a repeated request the same order.

use axum::http::{StatusCode, header};
use domain::ids::OrderId;
use events::{Topic, order_details};
use serde_json::json;
use services::transactions::Transactions;

use super::{
    common::{Fault, How, When, run},
    shop::{Running, Shop, assert_problem, good},
};

fn orders(shop: &Shop) -> Vec<OrderId> {
    let records = shop.log().read(&[Topic::OrderDetails]);
    records.iter().map(|record| order_details::read(record).unwrap().id).collect()
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer() {
    let shop = Shop::open();
    let first = shop.order(good().to_string(), Some("k1")).await;
    assert_eq!(first.status, StatusCode::ACCEPTED);
    // Other white space and another order of fields are the same request.
    let pretty = serde_json::to_string_pretty(&good()).unwrap();
    for body in [good().to_string(), pretty] {
        assert_eq!(shop.order(body, Some("k1")).await, first);
    }
    assert_eq!(orders(&shop).len(), 1);
    let other_key = shop.order(good().to_string(), Some("k2")).await;
    assert_ne!(other_key.json()["order_id"], first.json()["order_id"]);
    shop.order(good().to_string(), None).await;
    shop.order(good().to_string(), None).await;
    assert_eq!(orders(&shop).len(), 4, "without a key, each request is an order");
}

#[tokio::test]
async fn a_key_of_somebody_else_is_another_key() {
    let shop = Shop::open();
    let first = shop.order(good().to_string(), Some("k1")).await;
    let mut body = good();
    body["customer"]["email"] = json!("bob@example.com");
    let bobs = shop.order(body.to_string(), Some("k1")).await;
    assert_eq!(bobs.status, StatusCode::ACCEPTED);
    assert_ne!(bobs.json()["order_id"], first.json()["order_id"]);
}

#[tokio::test]
async fn another_request_under_the_same_key_is_refused() {
    let shop = Shop::open();
    let first = shop.order(good().to_string(), Some("k1")).await;
    let changes = [("tip_minor", json!(100)), ("payment_method", json!("pm_card_mastercard"))];
    for (field, value) in changes {
        let mut body = good();
        body[field] = value;
        let answer = shop.order(body.to_string(), Some("k1")).await;
        assert_problem(&answer, 422, field);
        assert!(answer.json()["type"].as_str().unwrap().ends_with("key-reused"));
        assert_eq!(answer.json()["order_id"], first.json()["order_id"]);
    }
    assert_eq!(orders(&shop).len(), 1);
}

#[tokio::test]
async fn a_refused_request_does_not_use_up_its_key() {
    let shop = Shop::open();
    let mut body = good();
    body["lines"][0]["quantity"] = json!(0);
    assert_problem(&shop.order(body.to_string(), Some("k1")).await, 422, "quantity");
    let answer = shop.order(good().to_string(), Some("k1")).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
}

/// Both look before either has written, so both write; the first record is the order.
#[tokio::test]
async fn two_at_once_are_one_order_and_one_charge() {
    let shop = Shop::open();
    let body = good().to_string();
    let both =
        tokio::join!(shop.order(body.clone(), Some("k1")), shop.order(body.clone(), Some("k1")));
    assert_eq!(both.0.status, StatusCode::ACCEPTED);
    assert_eq!(both.0, both.1);
    let ids = orders(&shop);
    assert_eq!(ids.len(), 2, "the test shall meet the race");
    assert_eq!(ids[0], ids[1]);
    let world = &shop.world;
    let charging =
        Transactions::new(world.tables.clone(), world.gateway.clone(), world.clock.clone());
    run::run(world, &charging, &shop.log().read(&[Topic::OrderDetails])).await;
    assert_eq!(world.gateway.captures().into_iter().collect::<Vec<_>>(), [(ids[0], 1)]);
}

#[tokio::test]
async fn of_two_different_ones_at_once_one_is_refused() {
    let shop = Shop::open();
    let mut other = good();
    other["tip_minor"] = json!(100);
    let (one, two) = tokio::join!(
        shop.order(good().to_string(), Some("k1")),
        shop.order(other.to_string(), Some("k1"))
    );
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 422]);
}

#[tokio::test]
async fn a_lost_acknowledgement_is_a_503_that_can_be_repeated() {
    for when in [When::Before, When::After] {
        let shop = Shop::open();
        shop.world.faults.plan(Fault { at: 0, when, how: How::Call });
        // The book is kept by a follower here, whose calls must not fail.
        let answer = shop.order(good().to_string(), Some("k1")).await;
        assert_problem(&answer, 503, "lost");
        assert!(!answer.header(header::RETRY_AFTER).is_empty());
        let again = shop.order(good().to_string(), Some("k1")).await;
        assert_eq!(again.status, StatusCode::ACCEPTED, "{when:?}");
        assert_eq!(again.json()["order_id"], answer.json()["order_id"]);
        assert_eq!(orders(&shop).len(), 1, "{when:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_that_does_not_come_back_is_a_503_too() {
    let shop = Shop::with(Running::NoTail);
    let answer = shop.order(good().to_string(), Some("k1")).await;
    assert_problem(&answer, 503, "no tail");
    assert_eq!(answer.json()["order_id"], orders(&shop)[0].to_string());
    // Without a key there is nothing to compare with, and the acknowledgement is enough.
    assert_eq!(shop.order(good().to_string(), None).await.status, StatusCode::ACCEPTED);
}
