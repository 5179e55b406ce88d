//! The highest rate that holds.

use anyhow::Result;

/// The search ends when the lowest rate that fails is at most this many times the highest that
/// holds.
const CLOSE: f64 = 1.1;
/// Maximum rate of the generator.
const MOST: f64 = 50_000.0;
/// Minimum rate that is tried.
const LEAST: f64 = 1.0;

/// Doubles or halves `first` until one rate holds and one fails, then bisects. Returns the highest
/// rate that held; `None` if none did.
pub(crate) fn find_highest(
    first: f64,
    mut holds: impl FnMut(f64) -> Result<bool>,
) -> Result<Option<f64>> {
    let (mut low, mut high): (Option<f64>, Option<f64>) = (None, None);
    let mut rate = first;
    loop {
        if holds(rate)? {
            low = Some(rate);
        } else {
            high = Some(rate);
        }
        rate = match (low, high) {
            (Some(low), None) if low * 2.0 <= MOST => low * 2.0,
            (None, Some(high)) if high / 2.0 >= LEAST => high / 2.0,
            (Some(low), Some(high)) if high > low * CLOSE => (low * high).sqrt().round(),
            _ => return Ok(low),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(first: f64, limit: f64) -> (Option<f64>, usize) {
        let mut tries = 0;
        let found = find_highest(first, |rate| {
            tries += 1;
            Ok(rate <= limit)
        });
        (found.unwrap(), tries)
    }

    #[test]
    fn it_comes_close_from_below_and_above() {
        for (first, limit) in [(300.0, 2_345.0), (300.0, 70.0), (300.0, 301.0), (10.0, 40_000.0)] {
            let (found, tries) = search(first, limit);
            let found = found.unwrap();
            assert!(found <= limit && limit < found * CLOSE, "{found} of {limit}");
            assert!(tries < 20, "{tries}");
        }
    }

    #[test]
    fn it_ends_where_nothing_holds_and_where_everything_does() {
        assert_eq!(search(300.0, 0.0).0, None);
        assert!(search(300.0, f64::INFINITY).0.unwrap() > MOST / 2.0);
    }

    #[test]
    fn a_fault_ends_it() {
        assert!(find_highest(300.0, |_| anyhow::bail!("gone")).is_err());
    }
}
