//! Oversized orders, menus and records: refused, or set aside as a pointer, without a stalled
//! group.

use serde_json::{Value, json};

use crate::common::{
    Engine, Platform, on_both,
    orders::{PlacedOrder, pizza},
    wait_until,
};

/// More than a client publishes by default (1,000,000), less than brokers take (1,048,588).
const HUGE: usize = 1_040_000;

async fn a_dead_letter_of_a_huge_record_points_to_it(engine: Engine) {
    let platform = Platform::start(engine).await;
    let (api, kafka) = (&platform.api, platform.kafka());
    let readers = [
        ("order_details", &["orders", "transactions", "analytics"][..]),
        ("order_progress", &["orders", "transactions", "email", "analytics"]),
        ("order_payments", &["email"]),
        ("order_refunded", &["email", "analytics"]),
        ("order_requests", &["orders", "transactions"]),
    ];
    for (topic, _) in readers {
        for partition in 0..kafka.count_partitions(topic) {
            kafka.produce(topic, Some(partition), b"evil", &vec![b'x'; HUGE]).await;
        }
    }
    let next = api.place_order(&pizza("ada@example.com")).await;
    api.wait_for_status(&next, "confirmed").await;
    assert_eq!(api.request_step(&next, "accept", &json!({})).await.status, 200);
    platform.wait_until_idle().await;

    let mut letters = Vec::new();
    for group in ["orders", "transactions", "email", "analytics"] {
        let read = kafka.read_topic(&format!("{group}.dead_letters"));
        let topics = readers.iter().filter(|(_, groups)| groups.contains(&group));
        let expected = topics.map(|(topic, _)| kafka.count_partitions(topic)).sum::<i32>();
        assert_eq!(i32::try_from(read.len()).unwrap(), expected, "{group}");
        for letter in &read {
            assert_eq!((letter.key_text().as_str(), letter.value.len()), ("evil", 0));
            assert_eq!(letter.header("comanda_value_bytes"), HUGE.to_string());
            assert_eq!(letter.header("comanda_value_sha256").len(), 64);
            assert_eq!(letter.header("comanda_origin_offset"), "0");
        }
        letters.push((group, read.len()));
    }
    platform.finish_with_dead_letters(&letters).await;
}

/// Origin headers count in retry topics only. Forged ones elsewhere neither change the origin in a
/// dead letter nor make it too large.
async fn a_forged_origin_is_ignored(engine: Engine) {
    let platform = Platform::start(engine).await;
    let (api, kafka) = (&platform.api, platform.kafka());
    for topic in ["elsewhere".to_owned(), "o".repeat(HUGE)] {
        let origin = [
            ("comanda_origin_topic", topic.as_str()),
            ("comanda_origin_partition", "0"),
            ("comanda_origin_offset", "0"),
            ("comanda_attempts", "7"),
        ];
        kafka.produce_with(b"k", b"x", &origin, None).await;
    }
    let next = api.place_order(&pizza("ada@example.com")).await;
    api.wait_for_status(&next, "confirmed").await;
    platform.wait_until_idle().await;
    let groups = ["orders", "transactions", "analytics"].map(|group| (group, 2));
    for (group, expected) in groups {
        let letters = kafka.read_topic(&format!("{group}.dead_letters"));
        assert_eq!(letters.len(), expected, "{group}");
        for letter in &letters {
            assert_eq!(letter.header("comanda_origin_topic"), "order_details");
            assert_eq!(letter.header("comanda_attempts"), "1");
            assert_eq!(letter.value, b"x");
        }
    }
    platform.finish_with_dead_letters(&groups).await;
}

/// A restaurant whose dish has twelve extras with names as long as names may be.
async fn open_wordy_bar(platform: &Platform) {
    let api = &platform.api;
    let restaurant = json!({"name": "Wordy", "currency": "EUR", "time_zone": "Europe/Berlin"});
    assert_eq!(api.staff_put("/api/restaurants/wordy", &restaurant).await.status, 200);
    let extra = |n: usize| json!({"id": format!("{}-{n}", "long".repeat(15)), "name": "𝕏".repeat(120), "price_minor": 10});
    let extras: Vec<_> = (0..12).map(extra).collect();
    let dish = json!({"id": "dish", "name": "𝔇".repeat(120), "price_minor": 500, "option_groups": [
        {"id": "extras", "name": "Extras", "min": 0, "max": 12, "options": extras}]});
    let menu = json!({"categories": [{"id": "all", "name": "All", "items": [dish]}]});
    assert_eq!(api.staff_put("/api/restaurants/wordy/menu", &menu).await.status, 200);
    wait_until("the shop shows the menu", async || {
        let shown = api.get("/api/restaurants/wordy/menu").await;
        if shown.status == 200 { Ok(()) } else { Err(shown.text) }
    })
    .await;
}

fn order(lines: &[Value]) -> Value {
    let mut order = pizza("ada@example.com");
    order["restaurant_id"] = json!("wordy");
    order["lines"] = json!(lines);
    order
}

async fn the_largest_order_is_processed_and_a_larger_one_refused(engine: Engine) {
    let platform = Platform::start(engine).await;
    open_wordy_bar(&platform).await;
    let api = &platform.api;
    let options: Vec<_> = (0..12).map(|n| format!("{}-{n}", "long".repeat(15))).collect();
    let line = json!({"item_id": "dish", "quantity": 1, "options": options});
    let refused = api.post_order(&order(&vec![line; 83]), None).await.unwrap();
    assert_eq!(refused.status, 422, "{refused:?}");
    assert!(refused.text.contains("takes more room than an order has"), "{}", refused.text);

    let line = json!({"item_id": "dish", "quantity": 1, "note": "𝕟".repeat(280)});
    let placed = PlacedOrder::of(&api.post_order(&order(&vec![line; 100]), None).await.unwrap());
    api.wait_for_status(&placed, "confirmed").await;
    let why = json!({"reason": "𝕨".repeat(500)});
    assert_eq!(api.request_step(&placed, "reject", &why).await.status, 200);
    api.wait_for_status(&placed, "cancelled").await;
    platform.wait_until_idle().await;
    platform.finish().await;
}

async fn an_oversized_menu_is_refused(engine: Engine) {
    let platform = Platform::start(engine).await;
    open_wordy_bar(&platform).await;
    let api = &platform.api;
    let dish = |n: usize| json!({"id": format!("d{n}"), "name": "Dish", "price_minor": 100, "description": "long ".repeat(80)});
    let menu = |dishes: usize| {
        let items: Vec<_> = (0..dishes).map(dish).collect();
        json!({"categories": [{"id": "all", "name": "All", "items": items}]})
    };
    // The request is small enough; its event, with all defaults, is not.
    let refused = api.staff_put("/api/restaurants/wordy/menu", &menu(1_050)).await;
    assert_eq!(refused.status, 413, "{refused:?}");
    assert!(refused.text.contains("a menu may take 512 KiB"), "{}", refused.text);
    assert_eq!(api.staff_put("/api/restaurants/wordy/menu", &menu(500)).await.status, 200);
    platform.finish().await;
}

on_both!(
    a_dead_letter_of_a_huge_record_points_to_it,
    a_forged_origin_is_ignored,
    the_largest_order_is_processed_and_a_larger_one_refused,
    an_oversized_menu_is_refused,
);
