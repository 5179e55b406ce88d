//! The values of metrics: plain atomics, so that counting takes a few nanoseconds.

use std::{
    fmt::Write,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

/// Upper bounds of the buckets, in seconds: from a cached database statement to a call that timed
/// out.
const BOUNDS_S: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// The same in nanoseconds.
const BOUNDS_NS: [u64; BOUNDS_S.len()] = [
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    10_000_000_000,
];

static IS_OFF: AtomicBool = AtomicBool::new(false);

/// Measures nothing from now on, so that a benchmark can measure the cost of metrics.
pub fn switch_off() {
    IS_OFF.store(true, Relaxed);
}

/// True after [`switch_off`].
pub(super) fn is_off() -> bool {
    IS_OFF.load(Relaxed)
}

/// A value of a family.
pub trait Value: Default + Send + Sync + 'static {
    /// The type, in the words of Prometheus.
    const KIND: &'static str;

    /// Adds its samples to a page, a line each: name, labels in braces, value.
    fn write(&self, name: &str, labels: &str, page: &mut String);
}

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds one.
    pub fn inc(&self) {
        self.add(1);
    }

    /// Adds `more`.
    pub fn add(&self, more: u64) {
        if !is_off() {
            self.0.fetch_add(more, Relaxed);
        }
    }

    /// The count.
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl Value for Counter {
    const KIND: &'static str = "counter";

    fn write(&self, name: &str, labels: &str, page: &mut String) {
        sample(page, name, labels, self.get());
    }
}

/// A number that grows and shrinks.
#[derive(Debug, Default)]
pub struct Gauge(AtomicU64);

impl Gauge {
    /// Sets the value.
    pub fn set(&self, value: f64) {
        if !is_off() {
            self.0.store(value.to_bits(), Relaxed);
        }
    }

    /// Sets the value to a count.
    pub fn set_count(&self, n: u64) {
        self.set(float(n));
    }

    /// Adds one until the returned value is dropped.
    pub fn count_item(self: Arc<Self>) -> CountedItem {
        self.add(1.0);
        CountedItem(self)
    }

    fn add(&self, more: f64) {
        if is_off() {
            return;
        }
        let sum = |bits| Some((f64::from_bits(bits) + more).to_bits());
        // The closure never returns `None`, so this always succeeds.
        let _ = self.0.fetch_update(Relaxed, Relaxed, sum);
    }

    /// The value.
    pub fn get(&self) -> f64 {
        f64::from_bits(self.0.load(Relaxed))
    }
}

impl Value for Gauge {
    const KIND: &'static str = "gauge";

    fn write(&self, name: &str, labels: &str, page: &mut String) {
        sample(page, name, labels, self.get());
    }
}

/// One item that a gauge counts.
#[derive(Debug)]
pub struct CountedItem(Arc<Gauge>);

impl Drop for CountedItem {
    fn drop(&mut self) {
        self.0.add(-1.0);
    }
}

/// A fractional counter that is measured elsewhere, such as CPU seconds.
#[derive(Debug, Default)]
pub struct Sum(Gauge);

impl Sum {
    /// Sets the sum.
    pub fn set(&self, value: f64) {
        self.0.set(value);
    }
}

impl Value for Sum {
    const KIND: &'static str = "counter";

    fn write(&self, name: &str, labels: &str, page: &mut String) {
        self.0.write(name, labels, page);
    }
}

/// A distribution of durations.
#[derive(Debug, Default)]
pub struct Histogram {
    /// Counts by bound, and one beyond the last bound.
    buckets: [AtomicU64; BOUNDS_S.len() + 1],
    sum_ns: AtomicU64,
}

impl Histogram {
    /// Records a duration.
    pub fn observe(&self, took: Duration) {
        if is_off() {
            return;
        }
        let ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let bucket = BOUNDS_NS.partition_point(|bound| *bound < ns);
        if let Some(bucket) = self.buckets.get(bucket) {
            bucket.fetch_add(1, Relaxed);
        }
        self.sum_ns.fetch_add(ns, Relaxed);
    }

    /// The number of recorded durations.
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|bucket| bucket.load(Relaxed)).sum()
    }
}

impl Value for Histogram {
    const KIND: &'static str = "histogram";

    fn write(&self, name: &str, labels: &str, page: &mut String) {
        let bounds = BOUNDS_S.iter().map(f64::to_string).chain(["+Inf".to_owned()]);
        let bucket_name = format!("{name}_bucket");
        let mut count = 0;
        for (bound, bucket) in bounds.zip(&self.buckets) {
            count += bucket.load(Relaxed);
            let bound = format!("le=\"{bound}\"");
            let labels = if labels.is_empty() { bound } else { format!("{labels},{bound}") };
            sample(page, &bucket_name, &labels, count);
        }
        let sum_s = Duration::from_nanos(self.sum_ns.load(Relaxed)).as_secs_f64();
        sample(page, &format!("{name}_sum"), labels, sum_s);
        sample(page, &format!("{name}_count"), labels, count);
    }
}

fn sample(page: &mut String, name: &str, labels: &str, value: impl std::fmt::Display) {
    // Writing to a string cannot fail.
    let _ = match labels {
        "" => writeln!(page, "{name} {value}"),
        _ => writeln!(page, "{name}{{{labels}}} {value}"),
    };
}

/// A count as a float, rounded beyond 2⁵³.
#[allow(clippy::cast_precision_loss, reason = "no count of ours comes near 2^53")]
fn float(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_counts_in_its_bucket_and_in_all_above() {
        let histogram = Histogram::default();
        for ms in [1, 3, 20_000] {
            histogram.observe(Duration::from_millis(ms));
        }
        let mut page = String::new();
        histogram.write("t_seconds", "a=\"b\"", &mut page);
        for line in [
            "t_seconds_bucket{a=\"b\",le=\"0.0005\"} 0",
            "t_seconds_bucket{a=\"b\",le=\"0.001\"} 1",
            "t_seconds_bucket{a=\"b\",le=\"0.005\"} 2",
            "t_seconds_bucket{a=\"b\",le=\"10\"} 2",
            "t_seconds_bucket{a=\"b\",le=\"+Inf\"} 3",
            "t_seconds_sum{a=\"b\"} 20.004",
            "t_seconds_count{a=\"b\"} 3",
        ] {
            assert!(page.lines().any(|found| found == line), "{line}: {page}");
        }
    }

    #[test]
    fn a_gauge_counts_what_there_is() {
        let gauge = Arc::<Gauge>::default();
        let (one, two) = (gauge.clone().count_item(), gauge.clone().count_item());
        drop(one);
        assert!((gauge.get() - 1.0).abs() < f64::EPSILON);
        drop(two);
        assert!(gauge.get().abs() < f64::EPSILON);
    }

    #[test]
    fn bounds_are_the_same_in_both_units() {
        let seconds = BOUNDS_NS.map(|ns| Duration::from_nanos(ns).as_secs_f64());
        assert!(seconds.iter().zip(BOUNDS_S).all(|(one, other)| (one - other).abs() < 1e-12));
    }
}
