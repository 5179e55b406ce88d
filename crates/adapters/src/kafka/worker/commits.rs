//! Committing what is done, beside the loop: the brokers take their time.

use std::{sync::Arc, time::Duration};

use tokio::task::JoinHandle;

use super::{
    super::{commit::SharedTracker, tracker::Tracker},
    members::Members,
};

/// How long the last commits may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// The commits of a worker.
pub(super) struct Commits {
    members: Arc<Members>,
    tracker: SharedTracker,
    /// One at a time, so that offsets only grow.
    under_way: Option<JoinHandle<()>>,
}

impl Commits {
    pub(super) fn new(members: Arc<Members>, tracker: SharedTracker) -> Self {
        Self { members, tracker, under_way: None }
    }

    /// Starts to commit what was done since the last time, unless that is still under way.
    pub(super) fn start(&mut self) {
        if self.under_way.as_ref().is_some_and(|commit| !commit.is_finished()) {
            return;
        }
        let done = self.tracker.with(Tracker::take_commits);
        if done.is_empty() {
            return;
        }
        let (members, tracker) = (self.members.clone(), self.tracker.clone());
        let work = move || members.commit(&tracker, &done);
        self.under_way = Some(tokio::task::spawn_blocking(work));
    }

    /// Commits all that is done, and waits for it.
    pub(super) async fn finish(mut self) {
        self.wait().await;
        self.start();
        self.wait().await;
    }

    async fn wait(&mut self) {
        if let Some(commit) = self.under_way.take() {
            let _ = tokio::time::timeout(ANSWER_WITHIN, commit).await;
        }
    }
}
