//! The harness: the real binary on a fresh folder, with free ports, and clients for HTTP, the log,
//! the gateway's ledger and the mailbox.
//!
//! Nothing here sleeps for a fixed time: [`wait_until`] waits for conditions.

#![allow(dead_code, unused_imports, unreachable_pub, reason = "each test binary uses some of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]
#![allow(clippy::print_stderr, clippy::missing_panics_doc, reason = "cargo shows it if it fails")]

pub mod api;
pub mod bank;
pub mod batches;
pub mod engine;
pub mod finish;
pub mod fleet;
pub mod gateway;
pub mod instance;
pub mod kafka;
pub mod mail;
pub mod murmur2;
pub mod orders;
pub mod platform;
pub mod proxy;
pub mod register;
pub mod relay;
pub mod rush;
pub mod services;
pub mod shares;
pub mod sse;
pub mod view;
pub mod wire;

use std::time::{Duration, Instant};

pub use api::{Api, ApiResponse};
pub use engine::Engine;
pub(crate) use engine::{on_both, on_embedded, on_real};
pub use fleet::Fleet;
pub use kafka::Kafka;
pub use orders::PlacedOrder;
pub use platform::Platform;
pub use view::View;

/// Maximum wait for a condition; long, so that no test fails on a busy machine.
const MAX_WAIT: Duration = Duration::from_mins(2);
const CHECK_EVERY: Duration = Duration::from_millis(25);

/// Waits until `probe` returns `Ok`. On timeout, the panic shows its last `Err`.
pub async fn wait_until<T>(what: &str, mut probe: impl AsyncFnMut() -> Result<T, String>) -> T {
    let deadline = Instant::now() + MAX_WAIT;
    loop {
        match probe().await {
            Ok(found) => return found,
            Err(seen) if Instant::now() > deadline => {
                panic!("gave up waiting until {what}; last seen: {seen}")
            }
            Err(_) => tokio::time::sleep(CHECK_EVERY).await,
        }
    }
}

/// `Ok` if `right`, else an `Err` with the value, for [`wait_until`].
pub fn ok_if<T: std::fmt::Debug>(right: bool, value: T) -> Result<T, String> {
    if right { Ok(value) } else { Err(format!("{value:?}")) }
}
