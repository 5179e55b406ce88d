//! Committing what is done, beside the loop: the brokers take their time.

use std::{sync::Arc, time::Duration};

use rdkafka::consumer::StreamConsumer;
use tokio::task::JoinHandle;

use super::super::{
    commit::{Member, SharedTracker, commit},
    tracker::Tracker,
};

/// How long the last commits may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// The commits of a member.
pub(super) struct Commits {
    consumer: Arc<StreamConsumer<Member>>,
    tracker: SharedTracker,
    /// One at a time, so that offsets only grow.
    under_way: Option<JoinHandle<()>>,
}

impl Commits {
    pub(super) fn new(consumer: Arc<StreamConsumer<Member>>, tracker: SharedTracker) -> Self {
        Self { consumer, tracker, under_way: None }
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
        let (consumer, tracker) = (self.consumer.clone(), self.tracker.clone());
        let work = move || commit(&*consumer, &tracker, &done);
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
