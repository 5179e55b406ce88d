//! An instance that stands still, is given up by its group, and goes on as if nothing had been.

use crate::common::{
    Engine, Fleet, on_real,
    rush::{Rush, locally, slow},
};

const ORDERS: usize = 300;

async fn a_zombie_charges_nobody_again(_: Engine) {
    locally(async {
        let mut fleet = Fleet::start(1).await;
        fleet.add("transactions").await;
        fleet.set_faults(&slow()).await;
        let rush = Rush::start(&fleet.api, ORDERS);
        rush.reaches(ORDERS / 3).await;
        let zombie = fleet.take("transactions");
        zombie.signal("STOP");
        // Every order of the rush ends: also those of the partitions that it had, which the other
        // one gets once the session has timed out. So it is a zombie now.
        let rushed = rush.finish().await;
        rushed.check(&fleet).await;
        zombie.signal("CONT");
        let more = Rush::again(&fleet.api, ORDERS);
        let placed = more.finish().await.and(rushed).check(&fleet).await;
        let mails = fleet.mails(&placed).await;
        assert!(mails.iter().all(|(_, mails)| *mails == 1), "{mails:?}");
        zombie.stop().await;
        fleet.finish().await;
    })
    .await;
}

on_real!(a_zombie_charges_nobody_again);
