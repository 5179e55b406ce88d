//! An instance that is paused, loses its group membership, and resumes.

use crate::common::{
    Engine, Fleet, on_real,
    rush::{Rush, run_local, slow_gateway},
};

const ORDERS: usize = 300;

async fn a_zombie_charges_no_order_again(_: Engine) {
    run_local(async {
        let mut fleet = Fleet::start(1).await;
        fleet.add_instance("transactions").await;
        fleet.set_faults(&slow_gateway()).await;
        let rush = Rush::start(&fleet.api, ORDERS);
        rush.wait_for_accepted(ORDERS / 3).await;
        let zombie = fleet.take_instance("transactions");
        zombie.signal("STOP");
        // Every order of the rush ends, even those of its partitions, which the other instance gets
        // after the session timeout. So it is a zombie now.
        let rushed = rush.finish().await;
        rushed.check(&fleet).await;
        zombie.signal("CONT");
        let more = Rush::second_wave(&fleet.api, ORDERS);
        let placed = more.finish().await.merge(rushed).check(&fleet).await;
        let mails = fleet.mails(&placed).await;
        assert!(mails.iter().all(|(_, mails)| *mails == 1), "{mails:?}");
        zombie.stop().await;
        fleet.finish().await;
    })
    .await;
}

on_real!(a_zombie_charges_no_order_again);
