//! The one that sends webhooks.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use reqwest::Client;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::post::{client, post};
use super::schedule::{Delivery, Schedule};
use crate::endpoint::Target;
use crate::engine::Engine;
use crate::journal::Progress;

/// How many requests may be under way.
const MOST_AT_ONCE: usize = 16;
/// How often the mark is written; after a crash, what was delivered since is sent again.
const MARK_EVERY: Duration = Duration::from_millis(500);

type Targets = watch::Receiver<Option<Arc<Target>>>;

/// Sends webhooks whenever there is an endpoint, until the gateway stops.
pub(crate) async fn run(engine: Arc<Engine>) {
    let mut targets = engine.desk.targets();
    loop {
        let target = tokio::select! {
            // First, or else a new courier might begin at the end.
            biased;
            () = engine.stop.cancelled() => return,
            found = targets.wait_for(Option::is_some) => found.ok().and_then(|found| found.clone()),
        };
        let Some(target) = target else { return };
        match client() {
            Ok(client) => Courier::new(engine.clone(), client, target).work(&mut targets).await,
            Err(error) => {
                tracing::error!(%error, "webhooks cannot be sent");
                return;
            }
        }
    }
}

struct Courier {
    engine: Arc<Engine>,
    client: Client,
    target: Arc<Target>,
    schedule: Schedule,
    sending: FuturesUnordered<BoxFuture<'static, (Delivery, Result<(), String>)>>,
    /// The place that was last on its way to the mark, and when it is written next.
    marked: usize,
    mark_at: Option<Instant>,
    /// Whether the endpoint failed last; only a change is worth a warning.
    failing: bool,
}

impl Courier {
    fn new(engine: Arc<Engine>, client: Client, target: Arc<Target>) -> Self {
        let next = engine.lock().events().first_after(target.since);
        Self {
            engine,
            client,
            target,
            schedule: Schedule::new(next),
            sending: FuturesUnordered::new(),
            marked: next,
            mark_at: None,
            failing: false,
        }
    }

    /// Works until there is no endpoint any more, or the gateway stops.
    async fn work(mut self, targets: &mut Targets) {
        let (stop, mut progress) = (self.engine.stop.clone(), self.engine.journal.progress());
        let mut journal_lives = true;
        loop {
            let durable = *progress.borrow_and_update();
            self.take(durable);
            self.send();
            let idle = self.sending.len() < MOST_AT_ONCE;
            let wakes_at = self.schedule.wakes_at().filter(|_| idle);
            tokio::select! {
                () = stop.cancelled() => return self.mark().await,
                changed = targets.changed() => {
                    let target = targets.borrow_and_update().clone();
                    match target.filter(|new| changed.is_ok() && new.since == self.target.since) {
                        Some(target) => self.target = target,
                        None => return,
                    }
                    self.schedule.hurry(Instant::now());
                }
                changed = progress.changed(), if journal_lives => journal_lives = changed.is_ok(),
                Some((delivery, outcome)) = self.sending.next() => self.ended(delivery, outcome),
                () = at(wakes_at) => {}
                () = at(self.mark_at) => self.mark().await,
            }
        }
    }

    /// Takes events whose entries are on disk.
    fn take(&mut self, durable: Progress) {
        let (next, room) = self.schedule.room();
        let ready = match durable {
            Ok(durable) => self.engine.lock().events().first_after(durable).saturating_sub(next),
            Err(_) => 0,
        };
        let (now, mut lost) = (Instant::now(), 0);
        for _ in 0..ready.min(room) {
            let passage = self.engine.dice.roll_webhook();
            lost += u64::from(passage.lost);
            self.schedule.take(passage, now);
        }
        let ((next, _), open) = (self.schedule.room(), self.schedule.open());
        self.engine.desk.count(|figures| {
            figures.lost += lost;
            (figures.next, figures.under_way) = (next, open);
        });
        if self.schedule.first_open() != self.marked && self.mark_at.is_none() {
            self.mark_at = Some(now + MARK_EVERY);
        }
    }

    /// Sends what is due, as far as there is room.
    fn send(&mut self) {
        let now = Instant::now();
        while self.sending.len() < MOST_AT_ONCE {
            let Some(delivery) = self.schedule.pop(now) else { return };
            let event = self.engine.lock().events().all().get(delivery.place).cloned();
            let Some(event) = event else { continue };
            let at_unix_s = (self.engine.now_unix_ms)().div_euclid(1_000);
            let (client, target) = (self.client.clone(), self.target.clone());
            self.sending.push(Box::pin(async move {
                (delivery, post(&client, &target.webhooks, &event, at_unix_s).await)
            }));
        }
    }

    fn ended(&mut self, delivery: Delivery, outcome: Result<(), String>) {
        let now = Instant::now();
        let failed = outcome.is_err();
        match outcome {
            Ok(()) => {
                self.schedule.delivered(delivery, now);
                self.engine.desk.count(|figures| figures.delivered += 1);
            }
            Err(reason) => {
                let again = self.schedule.failed(delivery, self.target.webhooks.retries, now);
                self.engine.desk.count(|figures| {
                    figures.failed_attempts += 1;
                    figures.given_up += u64::from(!again);
                });
                if !again {
                    tracing::warn!(attempts = delivery.attempt, reason, "a webhook was given up");
                } else if !self.failing {
                    tracing::warn!(reason, "webhooks are not taken; they are sent again");
                }
            }
        }
        self.failing = failed;
    }

    /// Writes how far all is delivered.
    async fn mark(&mut self) {
        (self.marked, self.mark_at) = (self.schedule.first_open(), None);
        let position = {
            let books = self.engine.lock();
            let events = books.events().all();
            match events.get(self.marked) {
                Some(event) => event.position - 1,
                None => events.last().map_or(0, |event| event.position),
            }
        };
        let position = position.max(self.target.since);
        if let Err(error) = self.engine.desk.delivered_to(position).await {
            tracing::warn!(%error, "cannot write which webhooks were delivered");
        }
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
