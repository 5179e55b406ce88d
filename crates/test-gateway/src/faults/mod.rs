//! Settings of fault injection.

mod latency;
mod text;

pub use latency::{Latency, ParseLatencyError};
use serde::{Deserialize, Serialize};
pub use text::ParseFaultsError;

/// A probability, from 0 to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Probability(f64);

/// The number is not a probability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a probability is a number from 0 to 1")]
pub struct ProbabilityError;

impl Probability {
    /// Always.
    pub const ALWAYS: Self = Self(1.0);
    /// Never.
    pub const NEVER: Self = Self(0.0);
}

impl TryFrom<f64> for Probability {
    type Error = ProbabilityError;
    fn try_from(number: f64) -> Result<Self, ProbabilityError> {
        if (0.0..=1.0).contains(&number) { Ok(Self(number)) } else { Err(ProbabilityError) }
    }
}

impl From<Probability> for f64 {
    fn from(probability: Probability) -> Self {
        probability.0
    }
}

/// Faults and their probabilities; none by default.
///
/// A fault before a charge leaves the ledger unchanged; after a charge, the change is durable and
/// only the response is affected. Both kinds apply to every write request.
///
/// As text: `name=value`, separated by commas, such as `error_after_charge=0.05,hang_ms=4000`; see
/// [`Latency`] for its form. `all=0.05` sets every probability that is not named, and unnamed
/// durations: requests hang for 5000 ms, and webhooks are delayed by up to 5000 ms.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Answer 500 before the change. Like with Stripe, the reply is stored with the idempotency
    /// key.
    pub error_before_charge: Probability,
    /// Answer 500 after the change; the reply is stored with the idempotency key.
    pub error_after_charge: Probability,
    /// Wait `hang_ms` before the change.
    pub hang_before_charge: Probability,
    /// Wait `hang_ms` after the change.
    pub hang_after_charge: Probability,
    /// Duration of a hang, in milliseconds.
    pub hang_ms: u64,
    /// Reset the connection before the change.
    pub reset_before_charge: Probability,
    /// Reset the connection after the change.
    pub reset_after_charge: Probability,
    /// Answer 500 to read requests.
    pub error_on_read: Probability,
    /// Additional latency of every request, in milliseconds.
    pub latency_ms: Latency,
    /// Deliver a webhook twice, concurrently.
    pub webhook_duplicate: Probability,
    /// Delay a webhook by `webhook_late_ms`.
    pub webhook_late: Probability,
    /// Delay of a late webhook, in milliseconds.
    pub webhook_late_ms: Latency,
    /// Hold a webhook back until a later one is delivered, for at most one minute. Only one is held
    /// at a time, so a probability of 1 swaps pairs.
    pub webhook_out_of_order: Probability,
    /// Never deliver a webhook.
    pub webhook_lost: Probability,
    /// Seed of a reproducible sequence of faults; random by default.
    pub seed: Option<u64>,
}
