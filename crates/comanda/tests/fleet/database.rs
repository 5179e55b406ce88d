//! The database server stops, at once and without good-bye, and comes back.

use crate::common::{
    Engine, Fleet, on_real,
    rush::{Rush, locally, slow},
    services::Service,
};

const ORDERS: usize = 400;

async fn it_restarts_in_mid_load(_: Engine) {
    locally(async {
        let fleet = Fleet::start(1).await;
        fleet.set_faults(&slow()).await;
        let rush = Rush::start(&fleet.api, ORDERS);
        let server = Service::named("postgres");
        // A fast shutdown, then an immediate one, which recovers from its write-ahead log.
        for (turn, signal) in [(1, "INT"), (2, "QUIT")] {
            rush.reaches(ORDERS / 4 * turn).await;
            server.end(signal).await;
            server.start();
        }
        let placed = rush.finish().await.check(&fleet).await;
        let mails = fleet.mails(&placed).await;
        assert!(mails.iter().all(|(_, mails)| *mails >= 1), "{mails:?}");
        fleet.finish().await;
    })
    .await;
}

on_real!(it_restarts_in_mid_load);
