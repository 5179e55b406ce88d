//! kill -9 at random moments of a rush. Every accepted order is charged once, counted once and
//! mailed, and all parts agree about the others.

use uuid::Uuid;

use crate::common::{
    Engine, Platform, ok_if, on_both,
    rush::{Rush, run_local, slow_gateway},
    wait_until,
};

const ORDERS: usize = 500;
const CRASHES: usize = 3;

/// A number that differs from run to run: v4 UUIDs are random.
fn random_below(bound: usize) -> usize {
    usize::from(Uuid::new_v4().as_bytes()[0]) * bound / 256
}

async fn accepted_orders_survive_crashes_and_are_charged_once(engine: Engine) {
    run_local(rush_and_crash(engine)).await;
}

async fn rush_and_crash(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    platform.set_faults(&slow_gateway()).await;
    let rush = Rush::start(&platform.api, ORDERS);
    let share = ORDERS / (CRASHES + 1);
    for crash in 0..CRASHES {
        let moment = crash * share + 1 + random_below(share);
        let charged = wait_until(&format!("{moment} orders are charged"), async || {
            let charged = platform.charges().await.len();
            ok_if(charged >= moment, charged)
        })
        .await;
        eprintln!("kill -9 after {charged} charged orders, {} accepted", rush.accepted());
        platform.kill();
        platform.start_again().await;
        // A gateway that was restarted has forgotten its faults.
        platform.set_faults(&slow_gateway()).await;
    }
    let placed = rush.finish().await.check(&platform).await;
    let mails = platform.api.mails().await;
    let missing: Vec<_> =
        placed.iter().filter(|id| !mails.iter().any(|mail| mail.page.contains(*id))).collect();
    assert_eq!(missing, [] as [&String; 0], "orders without a mail");
    platform.finish().await;
}

on_both!(accepted_orders_survive_crashes_and_are_charged_once);
