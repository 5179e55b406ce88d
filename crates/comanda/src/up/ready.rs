//! When a start is over: everything has caught up, and somebody can order.

use std::time::Duration;

use kafka::is_probing;
use tokio::time::{Instant, sleep_until};

use super::UpArgs;
use crate::{
    demo,
    fault::Fault,
    say,
    wiring::{Assembly, Parts},
};

/// How long all of the start may take before something must be wrong. Whoever waits is told within
/// half a minute, with what has to be stopped again.
pub(super) const READY_WITHIN: Duration = Duration::from_secs(25);
/// Between two looks at probes that are at work; they pause between two ranges.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Waits until every part has caught up, and fills an empty system with demo restaurants; says by
/// `deadline` what it still waits for.
pub(super) async fn ready(
    assembly: &Assembly,
    parts: &Parts,
    args: &UpArgs,
    deadline: Instant,
) -> Result<(), Fault> {
    let mut failed = assembly.workers.failed();
    tokio::select! {
        fault = failed.wait() => Err(fault),
        begun = begin(assembly, parts, args) => begun,
        () = late(deadline) => Err(Fault::unavailable(not_ready(&assembly.health.describe_waits()))),
    }
}

/// Until the time is over, and no probe looks for the end of a range that nobody can read: that
/// takes as long as the range is, and ends.
async fn late(deadline: Instant) {
    sleep_until(deadline).await;
    if is_probing() {
        say::line("Records that nobody can read are passed over; a long range takes a while.");
    }
    while is_probing() {
        tokio::time::sleep(LOOK_AGAIN_AFTER).await;
    }
}

/// One line, whatever it waits for.
fn not_ready(waits: &[String]) -> String {
    let seconds = READY_WITHIN.as_secs();
    match waits {
        [] => format!("not ready after {seconds} s: still waiting for the demo restaurants"),
        waits => format!("not ready after {seconds} s: still {}", waits.join("; ")),
    }
}

async fn begin(assembly: &Assembly, parts: &Parts, args: &UpArgs) -> Result<(), Fault> {
    while !assembly.health.unready_parts().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    if !args.no_demo && demo::is_missing(&assembly.catalog.shops()) {
        demo::publish(&parts.publisher).await?;
        // Ready means that somebody can order.
        while demo::is_missing(&assembly.catalog.shops()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    Ok(())
}
