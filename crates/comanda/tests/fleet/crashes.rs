//! kill -9 of each service in turn, under load.

use crate::common::{
    Engine, Fleet, on_real,
    register::services,
    rush::{Rush, run_local, slow_gateway},
};

const ORDERS: usize = 360;

async fn each_service_dies_in_turn(_: Engine) {
    run_local(async {
        let mut fleet = Fleet::start(1).await;
        fleet.set_faults(&slow_gateway()).await;
        let rush = Rush::start(&fleet.api, ORDERS);
        for (turn, service) in services().iter().enumerate() {
            rush.wait_for_accepted(ORDERS / (services().len() + 1) * (turn + 1)).await;
            fleet.take_instance(service).kill();
            fleet.add_instance(service).await;
        }
        let placed = rush.finish().await.check(&fleet).await;
        // SMTP has no idempotency: a mail that was being sent during a crash may be sent twice, and
        // none is missing.
        let mails = fleet.mails(&placed).await;
        assert!(mails.iter().all(|(_, mails)| *mails >= 1), "{mails:?}");
        let twice = mails.iter().filter(|(_, mails)| *mails > 1).count();
        assert!(twice <= 16, "at most what one instance has under way: {twice}");
        fleet.finish().await;
    })
    .await;
}

on_real!(each_service_dies_in_turn);
