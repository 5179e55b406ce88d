//! The end of a start: all parts have caught up, and customers can order.

use std::time::Duration;

use kafka::is_probing;
use tokio::time::{Instant, sleep_until};

use super::UpArgs;
use crate::{
    demo,
    fault::Fault,
    output,
    wiring::{Assembly, Parts},
};

/// Timeout of the start. With the time to stop, a failed start ends within half a minute.
pub(super) const READY_TIMEOUT: Duration = Duration::from_secs(25);
/// Interval for checking whether probes are at work; longer than their pause between two ranges.
const PROBE_CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// Waits until every part has caught up, and publishes demo restaurants to an empty system. An
/// error at `deadline` names the parts that are not ready.
pub(super) async fn wait_until_ready(
    assembly: &Assembly,
    parts: &Parts,
    args: &UpArgs,
    deadline: Instant,
) -> Result<(), Fault> {
    let mut failed = assembly.workers.failure();
    tokio::select! {
        fault = failed.wait() => Err(fault),
        filled = fill_once_ready(assembly, parts, args) => filled,
        () = wait_for_deadline(deadline) => Err(not_ready(&assembly.health.describe_waits())),
    }
}

/// Waits until the deadline, and until no probe looks for the end of an unreadable range: the time
/// for that depends on the length of the range.
async fn wait_for_deadline(deadline: Instant) {
    sleep_until(deadline).await;
    if is_probing() {
        output::print_line("Unreadable records are skipped; a long range takes a while.");
    }
    while is_probing() {
        tokio::time::sleep(PROBE_CHECK_INTERVAL).await;
    }
}

/// The error of a start that has timed out.
fn not_ready(waits: &[String]) -> Fault {
    let seconds = READY_TIMEOUT.as_secs();
    Fault::unavailable(match waits {
        [] => format!("not ready after {seconds} s: still waiting for the demo restaurants"),
        waits => format!("not ready after {seconds} s: still {}", waits.join("; ")),
    })
}

async fn fill_once_ready(assembly: &Assembly, parts: &Parts, args: &UpArgs) -> Result<(), Fault> {
    while !assembly.health.unready_parts().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    if !args.no_demo && demo::is_missing(&assembly.catalog.shops()) {
        demo::publish(&parts.publisher).await?;
        // Ready means that customers can order.
        while demo::is_missing(&assembly.catalog.shops()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    Ok(())
}
