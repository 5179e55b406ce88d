//! The background work of a process: workers, followers, and tidying up.

use std::{future::Future, sync::Arc, time::Duration};

use adapters::kafka::{KafkaConfig, KafkaPublisher, Start, Worker, follow};
use events::{Follower, Handler, Topic};
use tokio::{sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{fault::Fault, health::Health};

/// How long work that repeats may go on after the stop.
const END_WITHIN: Duration = Duration::from_secs(8);

/// Everything that runs until it is told to stop.
pub(crate) struct Workers {
    tasks: JoinSet<()>,
    stop: CancellationToken,
    kafka: KafkaConfig,
    publisher: KafkaPublisher,
    health: Health,
    failed: watch::Sender<Option<String>>,
}

/// Tells when a worker cannot go on. The process ends then, and whoever supervises it starts it
/// again.
pub(crate) struct Failed(watch::Receiver<Option<String>>);

impl Failed {
    /// Resolves if a worker has ended by itself, with the reason.
    pub(crate) async fn wait(&mut self) -> Fault {
        match self.0.wait_for(Option::is_some).await {
            Ok(reason) => Fault::unavailable(reason.clone().unwrap_or_default()),
            Err(_) => std::future::pending().await,
        }
    }
}

impl Workers {
    pub(crate) fn new(kafka: KafkaConfig, publisher: KafkaPublisher, health: Health) -> Self {
        let stop = CancellationToken::new();
        let failed = watch::Sender::new(None);
        Self { tasks: JoinSet::new(), stop, kafka, publisher, health, failed }
    }

    /// Tells when a worker cannot go on.
    pub(crate) fn failed(&self) -> Failed {
        Failed(self.failed.subscribe())
    }

    /// Runs a handler as a member of its group.
    pub(crate) fn work<H: Handler>(&mut self, handler: H) -> Result<(), Fault> {
        let counters = self.health.group(H::GROUP);
        let (handler, publisher) = (Arc::new(handler), self.publisher.clone());
        let worker = Worker::new(handler, publisher, &self.kafka, counters)?;
        let (stop, failed) = (self.stop.clone(), self.failed.clone());
        self.tasks.spawn(async move {
            if let Err(reason) = worker.run(stop).await {
                let group = H::GROUP;
                failed.send_replace(Some(format!("the group {group} shuts us out: {reason}")));
            }
        });
        Ok(())
    }

    /// Follows topics into memory; the process is ready once it has caught up. Answers where it can
    /// be seen whether it has.
    pub(crate) fn follow<F: Follower>(
        &mut self,
        name: &'static str,
        follower: Arc<F>,
        topics: Vec<(Topic, Start)>,
    ) -> watch::Receiver<bool> {
        let caught_up = self.health.check(name);
        let seen = caught_up.subscribe();
        let (kafka, stop) = (self.kafka.clone(), self.stop.clone());
        self.tasks.spawn(async move {
            let mut failures = 0;
            while !stop.is_cancelled() {
                let (topics, kafka) = (topics.clone(), kafka.clone());
                let (follower, caught_up) = (follower.clone(), caught_up.clone());
                if let Err(error) = follow(follower, topics, kafka, caught_up, stop.clone()).await {
                    failures += 1;
                    // The brokers of a new topic need a moment to choose its leaders; what lasts
                    // longer is told, and then not five times a second.
                    if failures % 50 == 10 {
                        tracing::warn!(%error, name, "following begins again");
                    }
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        });
        seen
    }

    /// Runs something without end, until all is to stop; it may be cut off anywhere.
    pub(crate) fn beside(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            stop.run_until_cancelled(work).await;
        });
    }

    /// Does something small every minute.
    pub(crate) fn every_minute(&mut self, work: impl Fn() + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            let minute = Duration::from_mins(1);
            while tokio::time::timeout(minute, stop.cancelled()).await.is_err() {
                work();
            }
        });
    }

    /// Does something again and again, this long after the last time. At the stop it may end what it
    /// has begun, for as long as calls of handlers may.
    pub(crate) fn every<F: Future<Output = ()> + Send>(
        &mut self,
        pause: Duration,
        mut work: impl FnMut() -> F + Send + 'static,
    ) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            while tokio::time::timeout(pause, stop.cancelled()).await.is_err() {
                let too_late = async {
                    stop.cancelled().await;
                    tokio::time::sleep(END_WITHIN).await;
                };
                tokio::select! {
                    () = work() => {}
                    () = too_late => return,
                }
            }
        });
    }

    /// Stops intake, lets everything in flight finish, then flushes what was published.
    pub(crate) async fn drain(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a worker failed");
            }
        }
        self.publisher.flush(Duration::from_secs(5)).await;
    }
}
