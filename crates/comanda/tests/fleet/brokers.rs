//! A broker dies, and comes back.

use crate::common::{
    Engine, Fleet, on_real,
    rush::{Rush, run_local, slow_gateway},
    services::Service,
};

const ORDERS: usize = 400;

async fn the_leader_dies_and_comes_back(_: Engine) {
    run_local(async {
        let fleet = Fleet::start(1).await;
        fleet.set_faults(&slow_gateway()).await;
        let rush = Rush::start(&fleet.api, ORDERS);
        rush.wait_for_accepted(ORDERS / 4).await;
        let leader = Service::named(&format!("kafka-{}", fleet.kafka().leader("order_details")));
        leader.kill("KILL").await;
        rush.wait_for_accepted(ORDERS / 2).await;
        leader.start();
        let placed = rush.finish().await.check(&fleet).await;
        let mails = fleet.mails(&placed).await;
        assert!(mails.iter().all(|(_, mails)| *mails == 1), "{mails:?}");
        fleet.kafka().wait_for_replicas("order_details").await;
        fleet.finish().await;
    })
    .await;
}

on_real!(the_leader_dies_and_comes_back);
