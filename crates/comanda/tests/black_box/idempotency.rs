//! The same request sent again is the same order.

use crate::common::{
    Engine, Placed, Platform, on_both,
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
    api.reaches(&Placed::of(&later), "confirmed").await;

    let other = paid_with(order, "pm_card_mastercard");
    let refused = api.post_order(&other, Some("key-1")).await.unwrap();
    assert_eq!(refused.status, 422, "{refused:?}");
    assert!(refused.json()["type"].as_str().unwrap().ends_with("/key-reused"), "{refused:?}");
    assert_eq!(refused.json()["order_id"], first.json()["order_id"]);

    assert_eq!(platform.kafka().read("order_details").len(), 1, "one record, one order");
    let report = platform.finish().await;
    assert_eq!(report["totals"]["captures_at_gateway"], 1);
}

async fn many_at_once_are_one_order(engine: Engine) {
    let platform = Platform::start(engine).await;
    let order = pizza("ada@example.com");
    let tries = (0..40).map(|_| platform.api.post_order(&order, Some("all at once")));
    let answers = futures::future::join_all(tries).await;
    let ids: std::collections::BTreeSet<_> =
        answers.iter().map(|answer| Placed::of(answer.as_ref().unwrap()).id).collect();
    assert_eq!(ids.len(), 1);
    platform.quiet().await;
    assert_eq!(platform.api.summary().await["orders"]["placed"], 1);
    let report = platform.finish().await;
    assert_eq!(report["totals"]["orders_placed"], 1);
    assert_eq!(report["totals"]["captures_at_gateway"], 1);
}

async fn a_key_belongs_to_restaurant_and_customer(engine: Engine) {
    let platform = Platform::start(engine).await;
    let api = &platform.api;
    let ada = api.post_order(&pizza("ada@example.com"), Some("k")).await.unwrap();
    let bob = api.post_order(&pizza("bob@example.com"), Some("k")).await.unwrap();
    let same = api.post_order(&pizza("ADA@example.com"), Some("k")).await.unwrap();
    assert_ne!(Placed::of(&ada).id, Placed::of(&bob).id);
    assert_eq!(same.status, 422, "the spelling differs, so it is another request: {same:?}");
    assert_eq!(same.json()["order_id"], ada.json()["order_id"]);
    let empty = api.post_order(&pizza("ada@example.com"), Some("")).await.unwrap();
    assert_eq!(empty.status, 400);
    platform.finish().await;
}

on_both!(
    a_repeated_request_is_one_order_also_across_a_restart,
    many_at_once_are_one_order,
    a_key_belongs_to_restaurant_and_customer,
);
