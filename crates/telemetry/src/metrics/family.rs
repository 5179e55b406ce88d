//! The values of one metric by its labels.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use parking_lot::RwLock;

use super::value::{Value, is_off};

/// Separator of label values in keys; no value contains it.
const SEPARATOR: char = '\u{1f}';

/// The description of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Description {
    /// Its name, with its unit and the `_total` of counters.
    pub name: &'static str,
    /// `counter`, `gauge` or `histogram`.
    pub kind: &'static str,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// Its meaning.
    pub help: &'static str,
    /// What to look at when it moves.
    pub look_at: &'static str,
}

impl Description {
    /// Its base unit, if any: the last word of its name.
    pub fn unit(&self) -> Option<&'static str> {
        let name = self.name.strip_suffix("_total").unwrap_or(self.name);
        ["seconds", "bytes"].into_iter().find(|unit| name.ends_with(&format!("_{unit}")))
    }
}

/// A metric with its values.
#[derive(Debug)]
pub struct Family<V, const LABELS: usize> {
    description: Description,
    values: RwLock<BTreeMap<String, Arc<V>>>,
    /// The value for all labels while metrics are off.
    unused: OnceLock<Arc<V>>,
}

/// A metric of any kind.
pub(super) trait Metric: Sync {
    /// Its description.
    fn description(&self) -> &Description;

    /// Adds its samples to a page.
    fn write(&self, page: &mut String);
}

impl<V: Value, const LABELS: usize> Family<V, LABELS> {
    pub(super) const fn new(
        name: &'static str,
        labels: &'static [&'static str; LABELS],
        help: &'static str,
        look_at: &'static str,
    ) -> Self {
        let description = Description { name, kind: V::KIND, labels, help, look_at };
        Self { description, values: RwLock::new(BTreeMap::new()), unused: OnceLock::new() }
    }

    /// The value for these labels. Keep it where it is counted often.
    pub fn with(&self, labels: [&str; LABELS]) -> Arc<V> {
        if is_off() {
            return self.unused.get_or_init(Arc::default).clone();
        }
        let key = labels.join(&String::from(SEPARATOR));
        let values = self.values.read();
        if let Some(value) = values.get(&key) {
            return value.clone();
        }
        drop(values);
        let mut values = self.values.write();
        values.entry(key).or_default().clone()
    }

    /// Removes all values.
    pub fn clear(&self) {
        self.values.write().clear();
    }

    /// Removes the values with this label value.
    pub fn forget(&self, label: &str, value: &str) {
        let Some(place) = self.description.labels.iter().position(|name| *name == label) else {
            return;
        };
        let mut values = self.values.write();
        values.retain(|key, _| key.split(SEPARATOR).nth(place) != Some(value));
    }
}

impl<V: Value, const LABELS: usize> Metric for Family<V, LABELS> {
    fn description(&self) -> &Description {
        &self.description
    }

    fn write(&self, page: &mut String) {
        let values = self.values.read().clone();
        for (key, value) in values {
            let labels = self.description.labels.iter().zip(key.split(SEPARATOR));
            let labels: Vec<_> =
                labels.map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
            value.write(self.description.name, &labels.join(","), page);
        }
    }
}

/// The value of a label, escaped for both text formats.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::{super::value::Counter, *};

    static SEEN: Family<Counter, 2> = Family::new("seen_total", &["a", "b"], "Seen.", "-");

    #[test]
    fn values_are_distinguished_by_all_labels() {
        SEEN.with(["x", "1"]).inc();
        SEEN.with(["x", "2"]).add(2);
        SEEN.with(["y", "say \"hi\"\\\n"]).inc();
        let mut page = String::new();
        SEEN.write(&mut page);
        let expected = "seen_total{a=\"x\",b=\"1\"} 1\nseen_total{a=\"x\",b=\"2\"} 2\n\
                        seen_total{a=\"y\",b=\"say \\\"hi\\\"\\\\\\n\"} 1\n";
        assert_eq!(page, expected);
        SEEN.forget("a", "x");
        page.clear();
        SEEN.write(&mut page);
        assert_eq!(page.lines().count(), 1);
    }
}
