//! The harness: the real binary on a fresh folder, ports that the system chooses, and everything a
//! test may look at from outside: HTTP, the log, the gateway's ledger, the mailbox.
//!
//! Nothing here sleeps and hopes: whatever takes time is waited for with [`until`].

#![allow(dead_code, unused_imports, unreachable_pub, reason = "each test binary uses some of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]
#![allow(clippy::print_stderr, clippy::missing_panics_doc, reason = "cargo shows it if it fails")]

pub mod api;
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

pub use api::{Answer, Api};
pub use engine::Engine;
pub(crate) use engine::{on_both, on_embedded, on_real};
pub use fleet::Fleet;
pub use kafka::Kafka;
pub use orders::Placed;
pub use platform::Platform;
pub use view::View;

/// Far beyond anything that works: a busy machine must not fail a test.
const AT_MOST: Duration = Duration::from_mins(2);
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// Waits until `probe` has an answer. Its `Err` says what was seen instead, and ends up in the
/// panic if the answer never comes.
pub async fn until<T>(what: &str, mut probe: impl AsyncFnMut() -> Result<T, String>) -> T {
    let deadline = Instant::now() + AT_MOST;
    loop {
        match probe().await {
            Ok(found) => return found,
            Err(seen) if Instant::now() > deadline => {
                panic!("gave up waiting until {what}; last seen: {seen}")
            }
            Err(_) => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
}

/// `Ok` if `right`, else what was seen: for [`until`].
pub fn seen<T: std::fmt::Debug>(right: bool, value: T) -> Result<T, String> {
    if right { Ok(value) } else { Err(format!("{value:?}")) }
}
