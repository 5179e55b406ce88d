//! A seedable random number generator, not for secrets.

use std::time::Duration;

use crate::faults::{Latency, Probability};

/// The `SplitMix64` generator.
#[derive(Debug)]
pub(crate) struct SplitMix64(u64);

impl SplitMix64 {
    /// A generator with this seed, or with a random one.
    pub(crate) fn seeded(seed: Option<u64>) -> Self {
        Self(seed.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 to `bound`, inclusive.
    pub(crate) fn up_to(&mut self, bound: u64) -> u64 {
        match bound.checked_add(1) {
            Some(count) => self.next() % count,
            None => self.next(),
        }
    }

    pub(crate) fn happens(&mut self, chance: Probability) -> bool {
        // An f64 represents 53 bits exactly.
        #[allow(clippy::cast_precision_loss, reason = "the number has 53 bits")]
        let drawn = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        drawn < f64::from(chance)
    }

    pub(crate) fn latency(&mut self, latency: Latency) -> Duration {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_stay_within_their_bounds() {
        let mut random = SplitMix64::seeded(Some(1));
        for _ in 0..1_000 {
            let uniform = random.latency(Latency::Uniform { min: 3, max: 5 }).as_millis();
            assert!((3..=5).contains(&uniform));
            let skewed = random.latency(Latency::Percentiles { p50: 4, p99: 9 }).as_millis();
            assert!(skewed <= 18);
        }
        assert_eq!(random.latency(Latency::Fixed(2)).as_millis(), 2);
        let all = random.latency(Latency::Uniform { min: 0, max: u64::MAX });
        assert!(all.as_millis() <= u128::from(u64::MAX));
    }
}
