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
pub struct CatchUpMonitor {
    groups: Arc<[GroupLag]>,
    state: Arc<Mutex<CatchUpState>>,
}

#[derive(Debug, Default)]
enum CatchUpState {
    #[default]
    Nothing,
    Ends(Ends),
    All,
}

impl CatchUpMonitor {
    /// Checks these groups, each with its relevant topics.
    pub fn new(groups: Vec<GroupLag>) -> Self {
        Self { groups: groups.into(), state: Arc::default() }
    }

    fn is_all_done(&self) -> bool {
        matches!(*self.state.lock(), CatchUpState::All)
    }

    /// Asks the brokers; blocks its thread.
    fn check(&self) -> Result<bool, KafkaError> {
        let progress =
            self.groups.iter().map(GroupLag::partition_progress).collect::<Result<Vec<_>, _>>()?;
        let mut state = self.state.lock();
        if state.update(&progress) {
            *state = CatchUpState::All;
        }
        Ok(matches!(*state, CatchUpState::All))
    }
}

impl CatchUpState {
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

impl CatchUp for CatchUpMonitor {
    async fn has_caught_up(&self) -> bool {
        if self.is_all_done() {
            return true;
        }
        let probe = self.clone();
        let checked = tokio::task::spawn_blocking(move || probe.check()).await;
        checked.is_ok_and(|done| done.unwrap_or(false))
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
        let mut state = CatchUpState::default();
        assert!(!state.update(&[group(&[(5, 9), (0, 0)]), group(&[(3, 4)])]));
        assert!(
            !state.update(&[group(&[(9, 20), (0, 7)]), group(&[(3, 9)])]),
            "the other is behind"
        );
        assert!(!state.update(&[group(&[(8, 20), (0, 7)]), group(&[(9, 9)])]));
        assert!(!state.update(&[group(&[]), group(&[(9, 9)])]), "a topic without progress");
        assert!(state.update(&[group(&[(9, 20), (0, 7)]), group(&[(4, 9)])]), "all that was there");
    }
}
