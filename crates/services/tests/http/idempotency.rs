//! An `Idempotency-Key` makes a repeated request the same order.

use axum::http::{StatusCode, header};
use domain::ids::OrderId;
use events::{Topic, order_details};
use jiff::SignedDuration;
use serde_json::json;
use services::transactions::TransactionsHandler;

use uuid::{NoContext, Uuid};

use super::{
    common::{Fault, How, When, run, tables::BookRow},
    shop::{Running, Shop, assert_problem, good},
};

fn orders(shop: &Shop) -> Vec<OrderId> {
    let records = shop.log().read(&[Topic::OrderDetails]);
    records.iter().map(|record| order_details::decode_order(record).unwrap().id).collect()
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_response() {
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
async fn the_same_key_of_another_customer_is_another_key() {
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
    for (field, value) in [("tip_minor", json!(100)), ("payment_method", json!("cash"))] {
        let mut body = good();
        body[field] = value;
        let answer = shop.order(body.to_string(), Some("k1")).await;
        assert_problem(&answer, 422, field);
        assert!(answer.json()["type"].as_str().unwrap().ends_with("key-reused"));
        assert_eq!(answer.json()["order_id"], first.json()["order_id"]);
    }
    assert_eq!(orders(&shop).len(), 1);
}

/// A page makes a new token for each press of its button.
#[tokio::test]
async fn the_same_order_with_another_card_is_the_same_order() {
    let shop = Shop::open();
    for (first, again) in
        [("ctoken_1", "ctoken_2"), ("pm_card_visa", "ctoken_1"), ("pm_card_visa", "pm_card_amex")]
    {
        let order = |method: &str| {
            let mut body = good();
            body["payment_method"] = json!(method);
            shop.order(body.to_string(), Some(first))
        };
        let placed = order(first).await;
        assert_eq!(placed.status, StatusCode::ACCEPTED, "{first}");
        assert_eq!(order(again).await, placed, "{first}, {again}");
        let mut body = good();
        body["payment_method"] = json!(again);
        let later = shop.another(true);
        assert_eq!(later.order(body.to_string(), Some(first)).await, placed, "{first}, {again}");
    }
    assert_eq!(orders(&shop).len(), 2, "the key and not the card tells orders apart");
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

/// Both read before either writes, so both write; the first record is the order.
#[tokio::test]
async fn two_concurrent_requests_are_one_order_and_one_charge() {
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
    let charging = TransactionsHandler::new(world.payments());
    run::run(world, &charging, &shop.log().read(&[Topic::OrderDetails])).await;
    assert_eq!(world.gateway.holds(), [ids[0]]);
}

#[tokio::test]
async fn of_two_different_concurrent_requests_one_is_refused() {
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
        shop.world.faults.plan(Fault { at: 1, when, how: How::Call });
        // The key is looked up first. The book is kept by a follower, whose calls must not fail.
        let answer = shop.order(good().to_string(), Some("k1")).await;
        assert_problem(&answer, 503, "lost");
        assert_eq!(shop.world.faults.hit(), Some("log.publish"));
        assert!(!answer.header(header::RETRY_AFTER).is_empty());
        let again = shop.order(good().to_string(), Some("k1")).await;
        assert_eq!(again.status, StatusCode::ACCEPTED, "{when:?}");
        assert_eq!(again.json()["order_id"], answer.json()["order_id"]);
        assert_eq!(orders(&shop).len(), 1, "{when:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_that_is_not_read_back_is_a_503() {
    let shop = Shop::with(Running::NoTail);
    let answer = shop.order(good().to_string(), Some("k1")).await;
    assert_problem(&answer, 503, "no tail");
    assert_eq!(answer.json()["order_id"], orders(&shop)[0].to_string());
    // Without a key there is nothing to compare with, and the acknowledgement is enough.
    assert_eq!(shop.order(good().to_string(), None).await.status, StatusCode::ACCEPTED);
}

/// A key with a creation time relative to the shop's clock.
fn dated(shop: &Shop, seconds: i64) -> String {
    let at = shop.world.clock.now() + SignedDuration::from_secs(seconds);
    let time = uuid::Timestamp::from_unix(NoContext, u64::try_from(at.as_second()).unwrap(), 0);
    Uuid::new_v7(time).to_string()
}

fn other() -> String {
    let mut other = good();
    other["tip_minor"] = json!(100);
    other.to_string()
}

#[tokio::test]
async fn a_key_is_recognised_after_any_time() {
    let shop = Shop::open();
    for key in ["k1".to_owned(), dated(&shop, 0)] {
        let first = shop.order(good().to_string(), Some(&key)).await;
        assert_eq!(first.status, StatusCode::ACCEPTED);
        let later = shop.another(true);
        assert_eq!(later.order(good().to_string(), Some(&key)).await, first);
        let refused = later.order(other(), Some(&key)).await;
        assert_problem(&refused, 422, &key);
        assert!(refused.json()["type"].as_str().unwrap().ends_with("key-reused"));
        assert!(refused.json().get("token").is_none(), "{}", refused.body);
        assert_eq!(refused.json()["order_id"], first.json()["order_id"]);
        let published = orders(&later).len();
        assert_eq!(later.order(good().to_string(), Some("new")).await.status, StatusCode::ACCEPTED);
        assert_eq!(orders(&later).len(), published + 1, "a new key is a new order");
        shop.world.tables.rows.lock().unwrap().book.clear();
    }
}

/// Orders without a digest – old ones, and those of other writers – are compared by their content.
#[tokio::test]
async fn an_order_without_a_digest_is_compared_with_the_request() {
    let shop = Shop::open();
    let first = shop.order(good().to_string(), Some("k1")).await;
    let later = shop.another(true);
    let row = |change: fn(&mut BookRow)| {
        let mut rows = shop.world.tables.rows.lock().unwrap();
        rows.book.values_mut().for_each(change);
    };
    row(|row| row.request = None);
    assert_eq!(later.order(good().to_string(), Some("k1")).await, first);
    assert_problem(&later.order(other(), Some("k1")).await, 422, "another wish");
    // Only the row is left: the response is never that of another order.
    row(|row| row.order = None);
    assert_problem(&later.order(good().to_string(), Some("k1")).await, 422, "erased");
    assert_eq!(orders(&later).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn without_the_book_only_recent_keys_are_accepted() {
    let shop = Shop::open();
    let first = shop.order(good().to_string(), Some("k1")).await;
    let later = shop.another(true);
    // Calls are counted over both instances: the next one is lost.
    shop.world.faults.plan(Fault { at: 0, when: When::Before, how: How::Call });
    let answer = later.order(other(), Some("k1")).await;
    assert_problem(&answer, 503, "the database is away");
    assert_eq!(shop.world.faults.hit(), Some("book.placed_by"));
    assert_eq!(answer.json()["order_id"], first.json()["order_id"]);
    assert!(!answer.header(header::RETRY_AFTER).is_empty());
    // The book is not known to have what this instance has not seen.
    let behind = shop.another(false);
    assert_problem(&behind.order(other(), Some("k1")).await, 503, "the book is behind");
    assert_eq!(orders(&shop).len(), 1, "nothing was written");
    // A recent key needs no lookup, six minutes after the memory begins.
    for _ in 0..70 {
        shop.world.clock.now();
    }
    let young = dated(&shop, 299);
    let answer = behind.order(good().to_string(), Some(&young)).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_key_from_the_future_is_refused() {
    let shop = Shop::open();
    let answer = shop.order(good().to_string(), Some(&dated(&shop, 400))).await;
    assert_problem(&answer, 422, "ahead");
    assert!(answer.json()["type"].as_str().unwrap().ends_with("key-ahead"));
    assert!(answer.json()["detail"].as_str().unwrap().contains("five minutes ahead"));
    assert_eq!(orders(&shop).len(), 0);
    let soon = dated(&shop, 290);
    assert_eq!(shop.order(good().to_string(), Some(&soon)).await.status, StatusCode::ACCEPTED);
}
