//! The same request sent again is the same order.

use std::time::Duration;

use clock::SystemClock;
use domain::{ids::OrderId, ports::Clock};
use serde_json::{Value, json};
use uuid::{NoContext, Uuid};

use crate::common::{
    Engine, PlacedOrder, Platform, on_both,
    orders::{paid_with, pizza},
};

async fn a_repeated_request_is_one_order_also_across_a_restart(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    let order = pizza("ada@example.com");
    let first = platform.api.post_order(&order, Some("key-1")).await.unwrap();
    let again = platform.api.post_order(&order, Some("key-1")).await.unwrap();
    assert_eq!((first.status, first.json()), (again.status, again.json()));

    platform.stop().await;
    platform.start_again().await;
    let api = &platform.api;
    let later = api.post_order(&order, Some("key-1")).await.unwrap();
    assert_eq!(first.json(), later.json());
    api.wait_for_status(&PlacedOrder::of(&later), "confirmed").await;

    // With another card it is the same order, with another tip it is not.
    let card = paid_with(order.clone(), "pm_card_mastercard");
    let same = api.post_order(&card, Some("key-1")).await.unwrap();
    assert_eq!(first.json(), same.json());
    let mut other = order;
    other["tip_minor"] = json!(100);
    let refused = api.post_order(&other, Some("key-1")).await.unwrap();
    assert_eq!(refused.status, 422, "{refused:?}");
    assert!(refused.json()["type"].as_str().unwrap().ends_with("/key-reused"), "{refused:?}");
    assert_eq!(refused.json()["order_id"], first.json()["order_id"]);

    assert_eq!(platform.kafka().read_topic("order_details").len(), 1, "one record, one order");
    let report = platform.finish().await;
    assert_eq!(report["totals"]["holds_at_gateway"], 1);
}

async fn concurrent_repetitions_are_one_order(engine: Engine) {
    let platform = Platform::start(engine).await;
    let order = pizza("ada@example.com");
    let tries = (0..40).map(|_| platform.api.post_order(&order, Some("all at once")));
    let answers = futures::future::join_all(tries).await;
    let ids: std::collections::BTreeSet<_> =
        answers.iter().map(|answer| PlacedOrder::of(answer.as_ref().unwrap()).id).collect();
    assert_eq!(ids.len(), 1);
    platform.wait_until_idle().await;
    assert_eq!(platform.api.summary().await["orders"]["placed"], 1);
    let report = platform.finish().await;
    assert_eq!(report["totals"]["orders_placed"], 1);
    assert_eq!(report["totals"]["holds_at_gateway"], 1);
}

async fn a_key_belongs_to_restaurant_and_customer(engine: Engine) {
    let platform = Platform::start(engine).await;
    let api = &platform.api;
    let ada = api.post_order(&pizza("ada@example.com"), Some("k")).await.unwrap();
    let bob = api.post_order(&pizza("bob@example.com"), Some("k")).await.unwrap();
    let same = api.post_order(&pizza("ADA@example.com"), Some("k")).await.unwrap();
    assert_ne!(PlacedOrder::of(&ada).id, PlacedOrder::of(&bob).id);
    assert_eq!(same.status, 422, "the spelling differs, so it is another request: {same:?}");
    assert_eq!(same.json()["order_id"], ada.json()["order_id"]);
    let empty = api.post_order(&pizza("ada@example.com"), Some("")).await.unwrap();
    assert_eq!(empty.status, 400);
    platform.finish().await;
}

/// Writes an order dated two hours ago, under a key, into a partition without newer records before
/// it.
async fn write_old_order(platform: &Platform, order: &Value) -> (String, OrderId) {
    let (api, kafka, secret) = (&platform.api, platform.kafka(), platform.secret());
    let placed = api.place_order(order).await;
    api.wait_for_status(&placed, "confirmed").await;
    let model = kafka.read_topic("order_details").remove(0);
    let two_hours_ago = SystemClock.now() - Duration::from_hours(2);
    for n in 0.. {
        let key = format!("old {n}");
        let restaurant = order["restaurant_id"].as_str().unwrap().parse().unwrap();
        let email = order["customer"]["email"].as_str().unwrap().parse().unwrap();
        let id = secret.order_id(&restaurant, &email, &key);
        let mut value = model.json();
        value["order_id"] = json!(id.to_string());
        value["placed_at"] = json!(two_hours_ago.to_string());
        let (record_key, value) = (id.to_string(), value.to_string());
        let digest = ("comanda_request", model.header("comanda_request"));
        let at_ms = Some(two_hours_ago.as_millisecond());
        kafka.produce_with(record_key.as_bytes(), value.as_bytes(), &[digest], at_ms).await;
        let records = kafka.read_topic("order_details");
        let written = records.iter().find(|record| record.key_text() == record_key).unwrap();
        if written.partition != model.partition {
            return (key, id);
        }
    }
    unreachable!("there are several partitions")
}

/// A process started since then has no memory of the order.
async fn a_key_is_known_after_hours(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    let order = pizza("ada@example.com");
    let (key, id) = write_old_order(&platform, &order).await;
    platform.wait_until_idle().await;
    let count = platform.kafka().read_topic("order_details").len();
    platform.stop().await;
    platform.start_again().await;
    let api = &platform.api;
    let mut other = order.clone();
    other["tip_minor"] = json!(100);
    let refused = api.post_order(&other, Some(&key)).await.unwrap();
    assert_eq!(refused.status, 422, "{refused:?}");
    assert!(refused.json()["type"].as_str().unwrap().ends_with("/key-reused"), "{refused:?}");
    assert!(refused.json().get("token").is_none(), "{refused:?}");
    let again = PlacedOrder::of(&api.post_order(&order, Some(&key)).await.unwrap());
    assert_eq!((again.id, again.total_minor), (id.to_string(), 2200));
    assert_eq!(again.token, platform.secret().order_token(id));
    assert_eq!(platform.kafka().read_topic("order_details").len(), count, "nothing was written");
    let ahead = Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, 4_000_000_000, 0)).to_string();
    let refused = api.post_order(&order, Some(&ahead)).await.unwrap();
    assert_eq!(refused.status, 422, "{refused:?}");
    assert!(refused.text.contains("five minutes ahead"), "{refused:?}");
    platform.finish().await;
}

on_both!(
    a_key_is_known_after_hours,
    a_repeated_request_is_one_order_also_across_a_restart,
    concurrent_repetitions_are_one_order,
    a_key_belongs_to_restaurant_and_customer,
);
