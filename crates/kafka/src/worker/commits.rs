//! Commits in the background, since brokers take their time.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures::future::join_all;
use tokio::task::JoinHandle;

use super::members::Members;

/// Timeout for the last commits.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);

/// The commits of a worker.
pub(super) struct Commits {
    members: Arc<Members>,
    /// At most one commit per member, so that offsets only grow.
    under_way: HashMap<usize, JoinHandle<()>>,
}

impl Commits {
    pub(super) fn new(members: Arc<Members>) -> Self {
        Self { members, under_way: HashMap::new() }
    }

    /// Starts to commit what was done since the last time, unless a commit is still running.
    pub(super) fn start(&mut self) {
        self.under_way.retain(|_, commit| !commit.is_finished());
        for index in self.members.with_commits() {
            self.under_way.entry(index).or_insert_with(|| {
                let members = self.members.clone();
                tokio::task::spawn_blocking(move || members.commit(index))
            });
        }
    }

    /// Commits all that is done, and waits for it.
    pub(super) async fn finish(mut self) {
        self.wait().await;
        self.start();
        self.wait().await;
    }

    async fn wait(&mut self) {
        let all = join_all(self.under_way.drain().map(|(_, commit)| commit));
        let _ = tokio::time::timeout(RESPONSE_TIMEOUT, all).await;
    }
}
