//! Faults on demand.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

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

/// The faults of one request that writes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Fate {
    pub(crate) latency: Duration,
    pub(crate) before: Option<Fault>,
    pub(crate) after: Option<Fault>,
}

/// One fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Error,
    Hang(Duration),
    Reset,
}

/// The faults in force and the dice that choose among them.
#[derive(Debug)]
pub(crate) struct Dice(Mutex<Table>);

#[derive(Debug)]
struct Table {
    faults: Faults,
    random: SplitMix64,
}

impl Dice {
    pub(crate) fn new(faults: Faults) -> Self {
        let random = SplitMix64::seeded(faults.seed);
        Self(Mutex::new(Table { faults, random }))
    }

    pub(crate) fn faults(&self) -> Faults {
        self.lock().faults.clone()
    }

    pub(crate) fn set(&self, faults: Faults) {
        let random = SplitMix64::seeded(faults.seed);
        *self.lock() = Table { faults, random };
    }

    /// Rolls for a request that writes.
    pub(crate) fn roll(&self) -> Fate {
        let Table { faults, random } = &mut *self.lock();
        let hang = Fault::Hang(Duration::from_millis(faults.hang_ms));
        let mut first = |choices: [(Probability, Fault); 3]| {
            choices.into_iter().find(|(chance, _)| random.happens(*chance)).map(|(_, fault)| fault)
        };
        let before = first([
            (faults.reset_before_charge, Fault::Reset),
            (faults.error_before_charge, Fault::Error),
            (faults.hang_before_charge, hang),
        ]);
        let after = first([
            (faults.reset_after_charge, Fault::Reset),
            (faults.error_after_charge, Fault::Error),
            (faults.hang_after_charge, hang),
        ]);
        Fate { latency: random.latency(faults.latency_ms), before, after }
    }

    /// Rolls for a request that reads: how long it takes, and whether it fails.
    pub(crate) fn roll_read(&self) -> (Duration, bool) {
        let Table { faults, random } = &mut *self.lock();
        (random.latency(faults.latency_ms), random.happens(faults.error_on_read))
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A small generator; nothing secret depends on it.
#[derive(Debug)]
struct SplitMix64(u64);

impl SplitMix64 {
    fn seeded(seed: Option<u64>) -> Self {
        Self(seed.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 to `bound`, both included.
    fn up_to(&mut self, bound: u64) -> u64 {
        match bound.checked_add(1) {
            Some(count) => self.next() % count,
            None => self.next(),
        }
    }

    fn happens(&mut self, chance: Probability) -> bool {
        // 53 bits are what an f64 holds exactly.
        #[allow(clippy::cast_precision_loss, reason = "the number has 53 bits")]
        let drawn = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        drawn < chance.0
    }

    fn latency(&mut self, latency: Latency) -> Duration {
        Duration::from_millis(match latency {
            Latency::None => 0,
            Latency::Fixed(ms) => ms,
            Latency::Uniform { min, max } => {
                min.saturating_add(self.up_to(max.saturating_sub(min)))
            }
            Latency::Percentiles { p50, p99 } => match self.up_to(99) {
                0..=49 => self.up_to(p50),
                50..=98 => p50.saturating_add(self.up_to(p99.saturating_sub(p50))),
                _ => p99.saturating_mul(2),
            },
        })
    }
}
