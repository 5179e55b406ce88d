//! The start of each order, fixed before the first one is sent, so that nothing can change it
//! later.

use std::time::Duration;

use fastrand::Rng;

use super::args::Arrivals;

/// The intended starts since the beginning of the load, in order, all before `total`.
pub(super) fn plan_starts(
    rate: f64,
    total: Duration,
    arrivals: Arrivals,
    seed: u64,
) -> Vec<Duration> {
    let mut rng = Rng::with_seed(seed);
    let mut starts = Vec::new();
    let mut at = 0.0;
    while at < total.as_secs_f64() {
        starts.push(Duration::from_secs_f64(at));
        at = match arrivals {
            // Multiplied, not summed, so that no error accumulates.
            Arrivals::Fixed => to_f64(starts.len()) / rate,
            // Gaps between independent events are exponential.
            Arrivals::Poisson => at - (1.0 - rng.f64()).ln() / rate,
        };
    }
    starts
}

/// A count as a float.
pub(super) fn to_f64(count: impl TryInto<u32>) -> f64 {
    f64::from(count.try_into().unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    #[test]
    fn fixed_arrivals_are_evenly_spread() {
        let starts = plan_starts(300.0, MINUTE, Arrivals::Fixed, 1);
        assert_eq!(starts.len(), 18_000);
        assert_eq!((starts[0], starts[300]), (Duration::ZERO, Duration::from_secs(1)));
        assert!(starts.last().is_some_and(|last| *last < MINUTE));
    }

    #[test]
    fn random_arrivals_keep_the_rate_and_follow_the_seed() {
        let with = |seed| plan_starts(300.0, MINUTE, Arrivals::Poisson, seed);
        let all = with(1);
        assert_eq!(all, with(1));
        assert_ne!(all, with(2));
        assert!(all.is_sorted() && all.last().is_some_and(|last| *last < MINUTE));
        // 18,000 ± five standard deviations.
        assert!((17_330..18_670).contains(&all.len()), "{}", all.len());
        let mean = Duration::from_secs_f64(1.0 / 300.0);
        let gaps = all.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
        let long = gaps.filter(|gap| *gap > mean).count();
        // Of exponential gaps, 1/e are longer than the mean.
        assert!((0.34..0.40).contains(&(to_f64(long) / to_f64(all.len() - 1))), "{long}");
    }
}
