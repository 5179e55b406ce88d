//! More instances share the work; one that comes, goes or dies in mid-load is not noticed.

use crate::common::{
    Fleet, on_real,
    rush::{Rush, locally, slow},
};

const ORDERS: usize = 600;

async fn instances_come_and_go_in_mid_load(_: crate::common::Engine) {
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

on_real!(instances_come_and_go_in_mid_load);
