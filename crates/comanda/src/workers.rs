//! The background tasks of a process: workers, followers and periodic tasks.

use std::{future::Future, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use clock::SystemClock;
use domain::ports::Clock;
use events::{Follower, Handler, Topic};
use futures::FutureExt;
use kafka::{Ends, FollowOptions, KafkaConfig, KafkaPublisher, Start, Worker, follow, topic_names};
use services::declaration::{Follows, Since};
use tokio::{sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{fault::Fault, health::Health, register::plans};

/// Pause before a worker with a unique member name rejoins a group that has shut it out.
const REJOIN_PAUSE: Duration = Duration::from_secs(1);
/// Timeout for a periodic task after the stop.
const END_TIMEOUT: Duration = Duration::from_secs(8);

/// The background tasks, which run until they are stopped.
pub(crate) struct Workers {
    tasks: JoinSet<()>,
    stop: CancellationToken,
    kafka: KafkaConfig,
    publisher: KafkaPublisher,
    health: Health,
    /// The end offsets of all partitions, shared by all tasks.
    ends: Ends,
    failed: watch::Sender<Option<String>>,
    /// The names of all followers.
    followed: Vec<&'static str>,
}

/// Reports that a worker has failed. The process ends then, and its supervisor restarts it.
pub(crate) struct WorkerFailure(watch::Receiver<Option<String>>);

impl WorkerFailure {
    /// Waits until a worker fails, and returns the reason.
    pub(crate) async fn wait(&mut self) -> Fault {
        match self.0.wait_for(Option::is_some).await {
            Ok(reason) => Fault::unavailable(reason.clone().unwrap_or_default()),
            Err(_) => std::future::pending().await,
        }
    }
}

impl Workers {
    pub(crate) fn new(
        kafka: KafkaConfig,
        publisher: KafkaPublisher,
        health: Health,
    ) -> Result<Self, Fault> {
        let (stop, failed) = (CancellationToken::new(), watch::Sender::new(None));
        let (ends, asking) = Ends::watch(&kafka, &topic_names(&plans()), stop.clone())?;
        let (tasks, followed) = (JoinSet::new(), Vec::new());
        let mut workers = Self { tasks, stop, kafka, publisher, health, ends, failed, followed };
        workers.spawn_named("the watch of partitions' ends", asking);
        Ok(workers)
    }

    /// Reports when a worker fails.
    pub(crate) fn failure(&self) -> WorkerFailure {
        WorkerFailure(self.failed.subscribe())
    }

    /// Runs a handler as a member of its group.
    pub(crate) fn add_handler<H: Handler>(&mut self, handler: H) -> Result<(), Fault> {
        let counters = self.health.add_group::<H>();
        let (handler, publisher) = (Arc::new(handler), self.publisher.clone());
        let (kafka, ends) = (self.kafka.clone(), self.ends.clone());
        let join = move || {
            let (handler, publisher) = (handler.clone(), publisher.clone());
            let worker = Worker::new(handler, publisher, &kafka, counters.clone())?;
            Ok::<_, Fault>(worker.with_ends(ends.clone()))
        };
        let (stop, failed, mut worker) = (self.stop.clone(), self.failed.clone(), join()?);
        let rejoins = self.kafka.has_unique_names;
        self.spawn_named(H::GROUP, async move {
            while let Err(reason) = worker.run(stop.clone()).await {
                let again = rejoins.then(&join).transpose().unwrap_or_default();
                let Some(next) = again else {
                    failed.send_replace(Some(reason));
                    return;
                };
                tracing::warn!(group = H::GROUP, error = reason, "the worker rejoins the group");
                tokio::time::sleep(REJOIN_PAUSE).await;
                worker = next;
            }
        });
        Ok(())
    }

    /// Follows topics into memory. The process is ready once the follower has caught up, which the
    /// returned receiver shows.
    pub(crate) fn follow<F: Follower>(
        &mut self,
        follows: &Follows,
        follower: Arc<F>,
    ) -> watch::Receiver<bool> {
        let start = match follows.since {
            Since::Beginning => Start::Beginning,
            Since::Seconds(seconds) => Start::At(SystemClock.now() - Duration::from_secs(seconds)),
        };
        let topics = follows.topics.iter().map(|topic| (*topic, start)).collect();
        self.follow_from(follows.name, follower, topics)
    }

    /// The same from given starts.
    pub(crate) fn follow_from<F: Follower>(
        &mut self,
        name: &'static str,
        follower: Arc<F>,
        topics: Vec<(Topic, Start)>,
    ) -> watch::Receiver<bool> {
        self.followed.push(name);
        let caught_up = self.health.add_part(name);
        let seen = caught_up.subscribe();
        let following = FollowOptions {
            name,
            config: self.kafka.clone(),
            ends: self.ends.clone(),
            caught_up,
            stalls: self.health.add_follower(name),
            stop: self.stop.clone(),
        };
        self.spawn_named(name, async move { follow(follower, topics, &following).await });
        seen
    }

    /// The names of all followers.
    pub(crate) fn followed(&self) -> &[&'static str] {
        &self.followed
    }

    /// Spawns an endless task. At the stop it is dropped at any await point.
    pub(crate) fn spawn(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.spawn_named("a background task", async move {
            stop.run_until_cancelled(work).await;
        });
    }

    /// Calls a short function every minute.
    pub(crate) fn call_every_minute(&mut self, work: impl Fn() + Send + 'static) {
        let stop = self.stop.clone();
        self.spawn_named("the minute task", async move {
            let minute = Duration::from_mins(1);
            while tokio::time::timeout(minute, stop.cancelled()).await.is_err() {
                work();
            }
        });
    }

    /// Repeats a task with a pause in between. At the stop, a running task may finish within
    /// the time that handlers have.
    pub(crate) fn spawn_repeated<F: Future<Output = ()> + Send>(
        &mut self,
        pause: Duration,
        mut work: impl FnMut() -> F + Send + 'static,
    ) {
        let stop = self.stop.clone();
        self.spawn_named("a repeated task", async move {
            while tokio::time::timeout(pause, stop.cancelled()).await.is_err() {
                let too_late = async {
                    stop.cancelled().await;
                    tokio::time::sleep(END_TIMEOUT).await;
                };
                tokio::select! {
                    () = work() => {}
                    () = too_late => return,
                }
            }
        });
    }

    /// Spawns a task. A panic fails the process; otherwise the task would be missing unnoticed.
    fn spawn_named(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(report_panic(name, self.failed.clone(), task));
    }

    /// Stops intake, lets everything in flight finish, then flushes the publisher.
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

/// Runs a task; a panic in it is reported as the failure of `name`.
async fn report_panic(
    name: &'static str,
    failed: watch::Sender<Option<String>>,
    task: impl Future<Output = ()>,
) {
    if AssertUnwindSafe(task).catch_unwind().await.is_err() {
        failed.send_replace(Some(format!("{name} panicked; see the log")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_failure_of_the_process() {
        let failed = watch::Sender::new(None);
        let mut failure = WorkerFailure(failed.subscribe());
        report_panic("menus", failed.clone(), async {}).await;
        assert_eq!(*failed.borrow(), None);
        report_panic("menus", failed, async { panic!("a bug") }).await;
        let fault = failure.wait().await;
        assert!(fault.to_string().contains("menus panicked"), "{fault}");
    }
}
