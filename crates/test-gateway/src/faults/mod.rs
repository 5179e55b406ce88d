//! Faults on demand: what can go wrong, and how often.

mod latency;
mod text;

use serde::{Deserialize, Serialize};

pub use latency::{Latency, NotALatency};
pub use text::WrongFaults;

/// A number from 0 to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Probability(f64);

/// The number is no probability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a probability is a number from 0 to 1")]
pub struct OutOfRange;

impl Probability {
    /// Always.
    pub const ALWAYS: Self = Self(1.0);
    /// Never.
    pub const NEVER: Self = Self(0.0);
}

impl TryFrom<f64> for Probability {
    type Error = OutOfRange;
    fn try_from(number: f64) -> Result<Self, OutOfRange> {
        if (0.0..=1.0).contains(&number) { Ok(Self(number)) } else { Err(OutOfRange) }
    }
}

impl From<Probability> for f64 {
    fn from(probability: Probability) -> Self {
        probability.0
    }
}

/// Which faults to show, and how often. None by default.
///
/// "Before" means that nothing happens in the ledger; "after" means that all happens, durably,
/// and only the answer suffers. The faults around a charge concern every request that writes.
///
/// As text they are `name=value`, separated by commas: `error_after_charge=0.05,hang_ms=4000`.
/// A [`Latency`] has a form of its own. `all=0.05` sets every probability that is not named, and
/// what belongs to them: requests hang, and webhooks are late by up to, 5000 ms.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Answer 500 and do nothing. The 500 is stored under the idempotency key, as Stripe does.
    pub error_before_charge: Probability,
    /// Do it, and answer 500, stored likewise.
    pub error_after_charge: Probability,
    /// Wait `hang_ms`, then do it.
    pub hang_before_charge: Probability,
    /// Do it, then wait `hang_ms`.
    pub hang_after_charge: Probability,
    /// How long a hanging request hangs, in milliseconds.
    pub hang_ms: u64,
    /// Reset the connection and do nothing.
    pub reset_before_charge: Probability,
    /// Do it, and reset the connection.
    pub reset_after_charge: Probability,
    /// Answer 500 to requests that only read.
    pub error_on_read: Probability,
    /// How long every request takes at least, in milliseconds.
    pub latency_ms: Latency,
    /// Deliver a webhook twice, at the same time.
    pub webhook_duplicate: Probability,
    /// Deliver a webhook `webhook_late_ms` late.
    pub webhook_late: Probability,
    /// How late a late webhook is, in milliseconds.
    pub webhook_late_ms: Latency,
    /// Hold a webhook back until a later one was delivered, but no longer than a minute. One at a
    /// time is held, so that 1 means in pairs, the second one first.
    pub webhook_out_of_order: Probability,
    /// Never deliver a webhook.
    pub webhook_lost: Probability,
    /// Makes the sequence of faults the same each time; without it, it differs from run to run.
    pub seed: Option<u64>,
}
