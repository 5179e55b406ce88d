//! More instances share the work; starts, stops and crashes under load have no visible effect.

use crate::common::{
    Engine, Fleet,
    finish::GROUPS,
    ok_if, on_real,
    orders::pizza,
    rush::{Rush, run_local, slow_gateway},
    wait_until,
};

const ORDERS: usize = 600;

async fn instances_start_and_stop_under_load(_: Engine) {
    run_local(async {
        let mut fleet = Fleet::start(2).await;
        fleet.set_faults(&slow_gateway()).await;
        let rush = Rush::start(&fleet.api, ORDERS);
        rush.wait_for_accepted(ORDERS / 6).await;
        for service in ["transactions", "orders", "analytics", "email"] {
            fleet.add_instance(service).await;
        }
        rush.wait_for_accepted(ORDERS / 3).await;
        for service in ["transactions", "orders", "email"] {
            fleet.take_instance(service).stop().await;
        }
        rush.wait_for_accepted(ORDERS / 2).await;
        for service in ["transactions", "storefront", "analytics"] {
            fleet.take_instance(service).kill();
        }
        let placed = rush.finish().await.check(&fleet).await;
        let not_once: Vec<_> =
            fleet.mails(&placed).await.into_iter().filter(|(_, mails)| *mails != 1).collect();
        assert_eq!(not_once, [], "every customer has one mail");
        fleet.finish().await;
    })
    .await;
}

/// Waits until each topic of these groups is shared evenly by `members` members.
async fn wait_until_shared(fleet: &Fleet, members: usize) {
    let kafka = fleet.kafka();
    let partitions = usize::try_from(kafka.count_partitions("order_details")).unwrap();
    let share = vec![partitions / members; members];
    for (group, topics) in GROUPS {
        wait_until(&format!("{members} share every topic of {group}"), async || {
            let shares = kafka.shares(group);
            // Retry topics have few records, so all their partitions are counted together.
            let mut even = topics.iter().filter(|topic| !topic.contains(".retry."));
            ok_if(even.all(|topic| shares.get(*topic) == Some(&share)), shares)
        })
        .await;
    }
}

async fn new_members_get_a_share_of_every_topic(_: Engine) {
    let mut fleet = Fleet::start(1).await;
    wait_until_shared(&fleet, 1).await;
    for service in ["transactions", "orders", "analytics", "email"] {
        fleet.add_instance(service).await;
    }
    wait_until_shared(&fleet, 2).await;
    fleet.take_instance("transactions").stop().await;
    for service in ["orders", "analytics", "email"] {
        fleet.take_instance(service).kill();
    }
    wait_until_shared(&fleet, 1).await;
    let placed = fleet.api.place_order(&pizza("ada@example.com")).await;
    fleet.api.wait_for_status(&placed, "confirmed").await;
    fleet.finish().await;
}

on_real!(instances_start_and_stop_under_load, new_members_get_a_share_of_every_topic);
