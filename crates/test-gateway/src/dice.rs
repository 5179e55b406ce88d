//! Which fault strikes which request.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::faults::{Faults, Latency, Probability};

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
        drawn < f64::from(chance)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn dice(error: f64, seed: u64) -> Dice {
        let error_before_charge = Probability::try_from(error).unwrap();
        Dice::new(Faults { error_before_charge, seed: Some(seed), ..Faults::default() })
    }

    fn errors(dice: &Dice) -> Vec<bool> {
        (0..1_000).map(|_| dice.roll().before == Some(Fault::Error)).collect()
    }

    #[test]
    fn never_and_always_are_kept() {
        assert!(errors(&dice(0.0, 1)).iter().all(|&error| !error));
        assert!(errors(&dice(1.0, 1)).iter().all(|&error| error));
        assert_eq!(Dice::new(Faults::default()).roll(), Fate::default());
    }

    #[test]
    fn a_seed_makes_the_same_faults_again() {
        assert_eq!(errors(&dice(0.5, 7)), errors(&dice(0.5, 7)));
        assert_ne!(errors(&dice(0.5, 7)), errors(&dice(0.5, 8)));
        let share = errors(&dice(0.2, 7)).iter().filter(|&&error| error).count();
        assert!((150..250).contains(&share), "{share}");
    }

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

    #[test]
    fn what_is_no_probability_is_refused() {
        for bad in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(Probability::try_from(bad).is_err());
        }
    }
}
