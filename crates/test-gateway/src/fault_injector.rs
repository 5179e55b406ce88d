//! Fault injection: draws the faults of each request and webhook.

use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

use crate::{
    faults::{Faults, Probability},
    random::SplitMix64,
};

/// The faults of one write request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RequestFaults {
    pub(crate) latency: Duration,
    pub(crate) before: Option<Fault>,
    pub(crate) after: Option<Fault>,
}

/// A fault of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Error,
    Hang(Duration),
    Reset,
}

/// The faults of one webhook.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct WebhookFaults {
    pub(crate) is_lost: bool,
    pub(crate) is_duplicated: bool,
    /// Held back until a later webhook is delivered.
    pub(crate) is_held: bool,
    pub(crate) delay: Duration,
}

/// Draws faults by the current settings.
#[derive(Debug)]
pub(crate) struct FaultInjector(Mutex<State>);

#[derive(Debug)]
struct State {
    faults: Faults,
    random: SplitMix64,
    /// A separate sequence, so that the timing of webhooks does not affect the faults of requests.
    webhooks: SplitMix64,
}

impl State {
    fn new(faults: Faults) -> Self {
        let random = SplitMix64::seeded(faults.seed);
        let webhooks = SplitMix64::seeded(faults.seed.map(|seed| !seed));
        Self { faults, random, webhooks }
    }
}

impl FaultInjector {
    pub(crate) fn new(faults: Faults) -> Self {
        Self(Mutex::new(State::new(faults)))
    }

    pub(crate) fn faults(&self) -> Faults {
        self.lock().faults.clone()
    }

    pub(crate) fn set(&self, faults: Faults) {
        *self.lock() = State::new(faults);
    }

    /// Draws the faults of a write request.
    pub(crate) fn draw_write(&self) -> RequestFaults {
        let State { faults, random, .. } = &mut *self.lock();
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
        RequestFaults { latency: random.latency(faults.latency_ms), before, after }
    }

    /// Draws the faults of a read request: its latency, and whether it fails.
    pub(crate) fn draw_read(&self) -> (Duration, bool) {
        let State { faults, random, .. } = &mut *self.lock();
        (random.latency(faults.latency_ms), random.happens(faults.error_on_read))
    }

    /// Draws the faults of a webhook, once per event and in order.
    pub(crate) fn draw_webhook(&self) -> WebhookFaults {
        let State { faults, webhooks: random, .. } = &mut *self.lock();
        // All values are drawn each time, so that one setting does not affect another.
        let (is_late, delay) =
            (random.happens(faults.webhook_late), random.latency(faults.webhook_late_ms));
        WebhookFaults {
            is_lost: random.happens(faults.webhook_lost),
            is_duplicated: random.happens(faults.webhook_duplicate),
            is_held: random.happens(faults.webhook_out_of_order),
            delay: if is_late { delay } else { Duration::ZERO },
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn injector(error: f64, seed: u64) -> FaultInjector {
        let error_before_charge = Probability::try_from(error).unwrap();
        FaultInjector::new(Faults { error_before_charge, seed: Some(seed), ..Faults::default() })
    }

    fn errors(injector: &FaultInjector) -> Vec<bool> {
        (0..1_000).map(|_| injector.draw_write().before == Some(Fault::Error)).collect()
    }

    #[test]
    fn probabilities_zero_and_one_are_exact() {
        assert!(errors(&injector(0.0, 1)).iter().all(|&error| !error));
        assert!(errors(&injector(1.0, 1)).iter().all(|&error| error));
        assert_eq!(FaultInjector::new(Faults::default()).draw_write(), RequestFaults::default());
    }

    #[test]
    fn a_seed_repeats_the_same_faults() {
        assert_eq!(errors(&injector(0.5, 7)), errors(&injector(0.5, 7)));
        assert_ne!(errors(&injector(0.5, 7)), errors(&injector(0.5, 8)));
        let share = errors(&injector(0.2, 7)).iter().filter(|&&error| error).count();
        assert!((150..250).contains(&share), "{share}");
    }

    #[test]
    fn webhooks_have_a_separate_random_sequence() {
        let half = Probability::try_from(0.5).unwrap();
        let faults = Faults { seed: Some(7), webhook_lost: half, ..Faults::default() };
        let lost = |injector: &FaultInjector| {
            (0..100).map(|_| injector.draw_webhook().is_lost).collect::<Vec<_>>()
        };
        let (one, other) = (FaultInjector::new(faults.clone()), FaultInjector::new(faults));
        one.draw_write();
        assert_eq!(lost(&one), lost(&other));
        assert!(lost(&one).contains(&true) && lost(&one).contains(&false));
        assert_eq!(FaultInjector::new(Faults::default()).draw_webhook(), WebhookFaults::default());
    }

    #[test]
    fn an_invalid_probability_is_refused() {
        for bad in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(Probability::try_from(bad).is_err());
        }
    }
}
