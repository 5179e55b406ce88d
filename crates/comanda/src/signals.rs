//! Ctrl-C and SIGTERM: the first one drains, the second one exits at once.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::{fault::Fault, output};

/// The exit code of a program ended by Ctrl-C, by the convention of shells.
const INTERRUPTED: i32 = 130;

/// A token that is cancelled at the first signal.
pub(crate) fn stop_at_signal() -> Result<CancellationToken, Fault> {
    let refused = |e: std::io::Error| Fault::system("cannot wait for signals").with_cause(e);
    let mut interrupt = signal(SignalKind::interrupt()).map_err(refused)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(refused)?;
    let stop = CancellationToken::new();
    let first = stop.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if first.is_cancelled() {
                std::process::exit(INTERRUPTED);
            }
            output::print_line(
                "Stopping: what is in flight is finished first. Once more ends at once.",
            );
            first.cancel();
        }
    });
    Ok(stop)
}
