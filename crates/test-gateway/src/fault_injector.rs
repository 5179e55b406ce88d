//! Which fault strikes which request.

use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

use crate::faults::{Faults, Probability};
use crate::random::SplitMix64;

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

/// What happens to a webhook on its way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Passage {
    pub(crate) lost: bool,
    pub(crate) twice: bool,
    /// It waits until a later one was delivered.
    pub(crate) held: bool,
    pub(crate) late: Duration,
}

/// The faults in force and the dice that choose among them.
#[derive(Debug)]
pub(crate) struct Dice(Mutex<Table>);

#[derive(Debug)]
struct Table {
    faults: Faults,
    random: SplitMix64,
    /// Its own sequence: webhooks are rolled for at their own pace, which must not change what
    /// strikes requests.
    webhooks: SplitMix64,
}

impl Table {
    fn new(faults: Faults) -> Self {
        let random = SplitMix64::seeded(faults.seed);
        let webhooks = SplitMix64::seeded(faults.seed.map(|seed| !seed));
        Self { faults, random, webhooks }
    }
}

impl Dice {
    pub(crate) fn new(faults: Faults) -> Self {
        Self(Mutex::new(Table::new(faults)))
    }

    pub(crate) fn faults(&self) -> Faults {
        self.lock().faults.clone()
    }

    pub(crate) fn set(&self, faults: Faults) {
        *self.lock() = Table::new(faults);
    }

    /// Rolls for a request that writes.
    pub(crate) fn roll(&self) -> Fate {
        let Table { faults, random, .. } = &mut *self.lock();
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
        let Table { faults, random, .. } = &mut *self.lock();
        (random.latency(faults.latency_ms), random.happens(faults.error_on_read))
    }

    /// Rolls for a webhook, once for each event in their order.
    pub(crate) fn roll_webhook(&self) -> Passage {
        let Table { faults, webhooks: random, .. } = &mut *self.lock();
        // Everything is drawn each time, so that one fault more changes no other.
        let (late, delay) =
            (random.happens(faults.webhook_late), random.latency(faults.webhook_late_ms));
        Passage {
            lost: random.happens(faults.webhook_lost),
            twice: random.happens(faults.webhook_duplicate),
            held: random.happens(faults.webhook_out_of_order),
            late: if late { delay } else { Duration::ZERO },
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock()
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
    fn webhooks_have_dice_of_their_own() {
        let half = Probability::try_from(0.5).unwrap();
        let faults = Faults { seed: Some(7), webhook_lost: half, ..Faults::default() };
        let lost = |dice: &Dice| (0..100).map(|_| dice.roll_webhook().lost).collect::<Vec<_>>();
        let (one, other) = (Dice::new(faults.clone()), Dice::new(faults));
        one.roll();
        assert_eq!(lost(&one), lost(&other));
        assert!(lost(&one).contains(&true) && lost(&one).contains(&false));
        assert_eq!(Dice::new(Faults::default()).roll_webhook(), Passage::default());
    }

    #[test]
    fn what_is_no_probability_is_refused() {
        for bad in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(Probability::try_from(bad).is_err());
        }
    }
}
