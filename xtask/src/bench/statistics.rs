//! The median of few measurements and its confidence interval, without an assumption about how they
//! are distributed.

/// The share of each tail outside a two-sided interval of 95 %.
const TAIL: f64 = 0.025;

/// The median; `None` of nothing.
pub(super) fn median(values: &[f64]) -> Option<f64> {
    let sorted = sorted(values);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(*sorted.get(middle - 1)?, upper))
}

/// The upper bound of the median's 95 % confidence interval: the order statistic that the sign test
/// gives. `None` if there are too few values for one.
pub(super) fn median_upper_bound(values: &[f64]) -> Option<f64> {
    let count = values.len();
    // The k-th value is below the true median only if at least k of all are: a binomial tail.
    let bound = (1..=count).find(|k| at_least(*k, count) <= TAIL)?;
    sorted(values).get(bound - 1).copied()
}

/// The probability of at least `k` heads in `n` throws of a coin.
fn at_least(k: usize, n: usize) -> f64 {
    let mut probability = 0.5_f64.powi(i32::try_from(n).unwrap_or(i32::MAX));
    let mut sum = 0.0;
    for heads in 0..=n {
        if heads >= k {
            sum += probability;
        }
        probability *= to_f64(n - heads) / to_f64(heads + 1);
    }
    sum
}

fn to_f64(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn the_bound_of_ten_values_is_the_ninth() {
        // Tables of the sign test: [x2, x9] of ten has a confidence of 97.9 %.
        let values: Vec<_> = (1..=10).rev().map(f64::from).collect();
        assert_eq!(median_upper_bound(&values), Some(9.0));
        // Five values are too few: 1/32 lies above all of them.
        assert_eq!(median_upper_bound(&[1.0; 5]), None);
        assert_eq!(median_upper_bound(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), Some(6.0));
    }
}
