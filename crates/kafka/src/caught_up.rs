//! Whether groups have done what was there when they were first looked at.

use std::{collections::BTreeMap, sync::Arc};

use parking_lot::Mutex;

use domain::ports::CatchUp;

use super::{
    error::KafkaError,
    lag::{GroupLag, GroupProgress},
};

/// Where each partition ended at the first look, for each group.
type Ends = Vec<BTreeMap<(String, i32), i64>>;

/// Tells when some groups have caught up with the log as it was at the first look. Records that
/// come later make no difference: under a steady load some are always on their way.
#[derive(Clone)]
pub struct CaughtUp {
    groups: Arc<[GroupLag]>,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug, Default)]
enum Seen {
    #[default]
    Nothing,
    Ends(Ends),
    All,
}

impl CaughtUp {
    /// Looks at these groups, each with the topics that matter.
    pub fn new(groups: Vec<GroupLag>) -> Self {
        Self { groups: groups.into(), seen: Arc::default() }
    }

    fn is_all_done(&self) -> bool {
        matches!(*self.seen.lock(), Seen::All)
    }

    /// Asks the brokers; blocks its thread.
    fn look(&self) -> Result<bool, KafkaError> {
        let places = self.groups.iter().map(GroupLag::places).collect::<Result<Vec<_>, _>>()?;
        let mut seen = self.seen.lock();
        if seen.learn(&places) {
            *seen = Seen::All;
        }
        Ok(matches!(*seen, Seen::All))
    }
}

impl Seen {
    /// True if every group has come to where its partitions ended at first.
    fn learn(&mut self, places: &[BTreeMap<(String, i32), GroupProgress>]) -> bool {
        if matches!(self, Self::Nothing) {
            let ends = |group: &BTreeMap<(String, i32), GroupProgress>| {
                group.iter().map(|(partition, place)| (partition.clone(), place.end)).collect()
            };
            *self = Self::Ends(places.iter().map(ends).collect());
        }
        match self {
            Self::Ends(ends) => ends.iter().zip(places).all(|(ends, places)| {
                ends.iter().all(|(at, end)| places.get(at).is_some_and(|place| place.at >= *end))
            }),
            Self::Nothing => false,
            Self::All => true,
        }
    }
}

impl CatchUp for CaughtUp {
    async fn has_caught_up(&self) -> bool {
        if self.is_all_done() {
            return true;
        }
        let probe = self.clone();
        let looked = tokio::task::spawn_blocking(move || probe.look()).await;
        looked.is_ok_and(|done| done.unwrap_or(false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(places: &[(i64, i64)]) -> BTreeMap<(String, i32), GroupProgress> {
        let place = |(n, (at, end)): (i32, &(i64, i64))| {
            (("order_details".to_owned(), n), GroupProgress { at: *at, end: *end })
        };
        (0..).zip(places).map(place).collect()
    }

    #[test]
    fn what_was_there_at_first_has_to_be_done_by_all_and_nothing_more() {
        let mut seen = Seen::default();
        assert!(!seen.learn(&[group(&[(5, 9), (0, 0)]), group(&[(3, 4)])]));
        assert!(!seen.learn(&[group(&[(9, 20), (0, 7)]), group(&[(3, 9)])]), "the other is behind");
        assert!(!seen.learn(&[group(&[(8, 20), (0, 7)]), group(&[(9, 9)])]));
        assert!(!seen.learn(&[group(&[]), group(&[(9, 9)])]), "a topic that is not told of");
        assert!(seen.learn(&[group(&[(9, 20), (0, 7)]), group(&[(4, 9)])]), "all that was there");
    }
}
