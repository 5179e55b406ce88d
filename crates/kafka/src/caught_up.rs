//! Whether groups have handled everything that was in the log at the first check.

use std::{collections::BTreeMap, sync::Arc};

use parking_lot::Mutex;

use domain::ports::CatchUp;

use super::{
    error::KafkaError,
    lag::{GroupLag, GroupProgress},
};

/// For each group, the end of each partition at the first check.
type Ends = Vec<BTreeMap<(String, i32), i64>>;

/// Reports when groups have caught up with the log as it was at the first check. Later records make
/// no difference: under steady load, some are always in flight.
#[derive(Clone)]
pub struct CaughtUp {
    groups: Arc<[GroupLag]>,
    seen: Arc<Mutex<Check>>,
}

#[derive(Debug, Default)]
enum Check {
    #[default]
    Nothing,
    Ends(Ends),
    All,
}

impl CaughtUp {
    /// Checks these groups, each with its relevant topics.
    pub fn new(groups: Vec<GroupLag>) -> Self {
        Self { groups: groups.into(), seen: Arc::default() }
    }

    fn is_all_done(&self) -> bool {
        matches!(*self.seen.lock(), Check::All)
    }

    /// Asks the brokers; blocks its thread.
    fn check(&self) -> Result<bool, KafkaError> {
        let progress =
            self.groups.iter().map(GroupLag::partition_progress).collect::<Result<Vec<_>, _>>()?;
        let mut seen = self.seen.lock();
        if seen.update(&progress) {
            *seen = Check::All;
        }
        Ok(matches!(*seen, Check::All))
    }
}

impl Check {
    /// True if every group has reached the ends of its partitions at the first check.
    fn update(&mut self, progress: &[BTreeMap<(String, i32), GroupProgress>]) -> bool {
        if matches!(self, Self::Nothing) {
            let ends = |group: &BTreeMap<(String, i32), GroupProgress>| {
                group
                    .iter()
                    .map(|(partition, progress)| (partition.clone(), progress.end))
                    .collect()
            };
            *self = Self::Ends(progress.iter().map(ends).collect());
        }
        match self {
            Self::Ends(ends) => ends.iter().zip(progress).all(|(ends, progress)| {
                ends.iter()
                    .all(|(at, end)| progress.get(at).is_some_and(|progress| progress.at >= *end))
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
        let looked = tokio::task::spawn_blocking(move || probe.check()).await;
        looked.is_ok_and(|done| done.unwrap_or(false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(offsets: &[(i64, i64)]) -> BTreeMap<(String, i32), GroupProgress> {
        let partition = |(n, (at, end)): (i32, &(i64, i64))| {
            (("order_details".to_owned(), n), GroupProgress { at: *at, end: *end })
        };
        (0..).zip(offsets).map(partition).collect()
    }

    #[test]
    fn all_groups_must_handle_what_was_there_at_first() {
        let mut seen = Check::default();
        assert!(!seen.update(&[group(&[(5, 9), (0, 0)]), group(&[(3, 4)])]));
        assert!(
            !seen.update(&[group(&[(9, 20), (0, 7)]), group(&[(3, 9)])]),
            "the other is behind"
        );
        assert!(!seen.update(&[group(&[(8, 20), (0, 7)]), group(&[(9, 9)])]));
        assert!(!seen.update(&[group(&[]), group(&[(9, 9)])]), "a topic without progress");
        assert!(seen.update(&[group(&[(9, 20), (0, 7)]), group(&[(4, 9)])]), "all that was there");
    }
}
