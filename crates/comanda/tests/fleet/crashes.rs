//! kill -9 of each service in turn, under load.

use crate::common::{
    Engine, Fleet, on_real,
    register::services,
    rush::{Rush, locally, slow},
};

const ORDERS: usize = 360;

async fn each_service_dies_in_turn(_: Engine) {
    locally(async {
        let mut fleet = Fleet::start(1).await;
        fleet.set_faults(&slow()).await;
        let rush = Rush::start(&fleet.api, ORDERS);
        for (turn, service) in services().iter().enumerate() {
            rush.reaches(ORDERS / (services().len() + 1) * (turn + 1)).await;
            fleet.take(service).kill();
            fleet.add(service).await;
        }
        let placed = rush.finish().await.check(&fleet).await;
        // SMTP knows no repetition: the mail that was under way when its service died may have
        // been sent twice, and none is missing.
        let mails = fleet.mails(&placed).await;
        assert!(mails.iter().all(|(_, mails)| *mails >= 1), "{mails:?}");
        let twice = mails.iter().filter(|(_, mails)| *mails > 1).count();
        assert!(twice <= 16, "at most what one instance has under way: {twice}");
        fleet.finish().await;
    })
    .await;
}

on_real!(each_service_dies_in_turn);
