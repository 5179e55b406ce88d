//! Two releases in one fleet, as during an upgrade and a downgrade. The earlier one is the program
//! that `TEST_EARLIER_COMANDA` names: `cargo xtask nightly --only upgrade` builds it.

use std::{env, path::PathBuf};

use crate::common::{
    Fleet,
    register::services,
    rush::{Rush, run_local, slow_gateway},
};

const ORDERS: usize = 300;

fn earlier_program() -> PathBuf {
    let path = env::var_os("TEST_EARLIER_COMANDA");
    path.expect("TEST_EARLIER_COMANDA names the program of an earlier release").into()
}

/// During one rush of orders, each service of the earlier release gets a newer instance, loses the
/// earlier one, and finally returns to the earlier release.
#[tokio::test]
#[ignore = "needs an earlier release: `cargo xtask nightly --only upgrade` runs it"]
async fn a_fleet_is_upgraded_and_downgraded_under_load() {
    run_local(async {
        let earlier = earlier_program();
        let mut fleet = Fleet::start_release(&earlier).await;
        fleet.set_faults(&slow_gateway()).await;
        let rush = Rush::start(&fleet.api, ORDERS);
        rush.wait_for_accepted(ORDERS / 6).await;
        for service in services() {
            fleet.add_instance(service).await;
        }
        rush.wait_for_accepted(ORDERS / 3).await;
        for service in services() {
            fleet.take_instance(service).stop().await;
        }
        rush.wait_for_accepted(ORDERS * 2 / 3).await;
        for service in services() {
            fleet.add_release_instance(&earlier, service).await;
            fleet.take_instance(service).kill();
        }
        let placed = rush.finish().await.check(&fleet).await;
        let mails = fleet.mails(&placed).await;
        let not_once: Vec<_> = mails.into_iter().filter(|(_, mails)| *mails != 1).collect();
        assert_eq!(not_once, [], "every customer has one mail");
        fleet.finish().await;
    })
    .await;
}
