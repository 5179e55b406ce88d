//! Faults on demand: what can go wrong, and how often.

use serde::{Deserialize, Serialize};

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
    /// Makes the sequence of faults the same each time; without it, it differs from run to run.
    pub seed: Option<u64>,
}

/// How long requests take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", untagged)]
pub enum Latency {
    /// As fast as can be.
    #[default]
    None,
    /// Always the same.
    Fixed(u64),
    /// Anything between two bounds, both included.
    Uniform {
        /// The least, in milliseconds.
        min: u64,
        /// The greatest, in milliseconds.
        max: u64,
    },
    /// Half of the requests take up to `p50`, all but one in a hundred up to `p99`.
    Percentiles {
        /// The median, in milliseconds.
        p50: u64,
        /// The 99th percentile, in milliseconds.
        p99: u64,
    },
}
