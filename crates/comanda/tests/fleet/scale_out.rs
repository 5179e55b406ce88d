//! More instances share the work; one that comes, goes or dies in mid-load is not noticed.

use crate::common::{
    Engine, Fleet,
    finish::GROUPS,
    on_real,
    orders::pizza,
    rush::{Rush, locally, slow},
    seen, until,
};

const ORDERS: usize = 600;

async fn instances_come_and_go_in_mid_load(_: Engine) {
    locally(async {
        let mut fleet = Fleet::start(2).await;
        fleet.set_faults(&slow()).await;
        let rush = Rush::start(&fleet.api, ORDERS);
        rush.reaches(ORDERS / 6).await;
        for service in ["transactions", "orders", "analytics", "email"] {
            fleet.add(service).await;
        }
        rush.reaches(ORDERS / 3).await;
        for service in ["transactions", "orders", "email"] {
            fleet.take(service).stop().await;
        }
        rush.reaches(ORDERS / 2).await;
        for service in ["transactions", "storefront", "analytics"] {
            fleet.take(service).kill();
        }
        let placed = rush.finish().await.check(&fleet).await;
        let not_once: Vec<_> =
            fleet.mails(&placed).await.into_iter().filter(|(_, mails)| *mails != 1).collect();
        assert_eq!(not_once, [], "every customer has one mail");
        fleet.finish().await;
    })
    .await;
}

/// Waits until every topic of these groups is read by so many members, each with its share.
async fn shared_by(fleet: &Fleet, members: usize) {
    let kafka = fleet.kafka();
    let partitions = usize::try_from(kafka.partitions("order_details")).unwrap();
    let share = vec![partitions / members; members];
    for (group, topics) in GROUPS {
        until(&format!("{members} share every topic of {group}"), async || {
            let shares = kafka.shares(group);
            // Of the topics of retries, where hardly anything is read, all partitions together.
            let mut even = topics.iter().filter(|topic| !topic.contains(".retry."));
            seen(even.all(|topic| shares.get(*topic) == Some(&share)), shares)
        })
        .await;
    }
}

async fn whoever_comes_later_gets_its_share_of_every_topic(_: Engine) {
    let mut fleet = Fleet::start(1).await;
    shared_by(&fleet, 1).await;
    for service in ["transactions", "orders", "analytics", "email"] {
        fleet.add(service).await;
    }
    shared_by(&fleet, 2).await;
    fleet.take("transactions").stop().await;
    for service in ["orders", "analytics", "email"] {
        fleet.take(service).kill();
    }
    shared_by(&fleet, 1).await;
    let placed = fleet.api.place_order(&pizza("ada@example.com")).await;
    fleet.api.reaches(&placed, "confirmed").await;
    fleet.finish().await;
}

on_real!(instances_come_and_go_in_mid_load, whoever_comes_later_gets_its_share_of_every_topic);
