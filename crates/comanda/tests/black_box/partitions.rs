//! Partitions that are added while the platform runs are read by groups and followers alike.

use crate::common::{Engine, Platform, on_both, orders::pizza, wait_until};

/// Places orders until one of them is in a partition from `first` on.
async fn place_order_on_new_partition(platform: &Platform, first: i32) {
    let kafka = platform.kafka();
    wait_until("an order stands in a new partition", async || {
        let placed = platform.api.place_order(&pizza("ada@example.com")).await;
        platform.api.wait_for_status(&placed, "confirmed").await;
        let orders = kafka.read_topic("order_details");
        let own = orders.iter().find(|order| order.key_text() == placed.id).unwrap().partition;
        if own >= first { Ok(()) } else { Err(format!("partition {own}")) }
    })
    .await;
}

async fn partitions_that_are_added_are_read(engine: Engine) {
    let platform = Platform::start(engine).await;
    let kafka = platform.kafka();
    let before = kafka.count_partitions("order_details");
    for topic in ["order_details", "order_confirmed", "menu"] {
        kafka.add_partitions(topic, before + 12).await;
    }
    // Each is answered with 202: the storefront reads its own order from any partition.
    place_order_on_new_partition(&platform, before).await;
    platform.finish().await;
}

on_both!(partitions_that_are_added_are_read);
