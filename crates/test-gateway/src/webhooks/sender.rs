//! Sends webhooks.

use std::{sync::Arc, time::Duration};

use futures::{
    future::BoxFuture,
    stream::{FuturesUnordered, StreamExt},
};
use reqwest::Client;
use stand_in::Progress;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::{
    post::{build_client, post},
    schedule::{Delivery, Schedule},
};
use crate::{endpoint::Target, engine::Engine};

/// Maximum number of requests in flight.
const MAX_IN_FLIGHT: usize = 16;
/// Interval between two checkpoints; after a crash, events delivered since the last one are sent
/// again.
const CHECKPOINT_INTERVAL: Duration = Duration::from_millis(500);

type Targets = watch::Receiver<Option<Arc<Target>>>;

/// Sends webhooks while there is an endpoint, until the gateway stops.
pub(crate) async fn run(engine: Arc<Engine>) {
    let mut targets = engine.endpoint.targets();
    loop {
        let target = tokio::select! {
            // The stop comes first, so that no new sender starts at shutdown.
            biased;
            () = engine.stop.cancelled() => return,
            found = targets.wait_for(Option::is_some) => found.ok().and_then(|found| found.clone()),
        };
        let Some(target) = target else { return };
        match build_client() {
            Ok(client) => {
                WebhookSender::new(engine.clone(), client, target).run(&mut targets).await;
            }
            Err(error) => {
                tracing::error!(%error, "webhooks cannot be sent");
                return;
            }
        }
    }
}

struct WebhookSender {
    engine: Arc<Engine>,
    client: Client,
    target: Arc<Target>,
    schedule: Schedule,
    sending: FuturesUnordered<BoxFuture<'static, (Delivery, Result<(), String>)>>,
    /// The index of the last checkpoint, and when the next one is due.
    checkpointed: usize,
    checkpoint_at: Option<Instant>,
    /// Whether the last attempt failed; only the first failure in a row is logged.
    is_failing: bool,
}

impl WebhookSender {
    fn new(engine: Arc<Engine>, client: Client, target: Arc<Target>) -> Self {
        let next = engine.lock().events().index_after(target.since);
        Self {
            engine,
            client,
            target,
            schedule: Schedule::new(next),
            sending: FuturesUnordered::new(),
            checkpointed: next,
            checkpoint_at: None,
            is_failing: false,
        }
    }

    /// Runs until the endpoint is removed or the gateway stops.
    async fn run(mut self, targets: &mut Targets) {
        let (stop, mut progress) = (self.engine.stop.clone(), self.engine.journal.progress());
        let mut is_journal_open = true;
        loop {
            let durable = *progress.borrow_and_update();
            self.schedule_events(durable);
            self.send_due();
            let has_room = self.sending.len() < MAX_IN_FLIGHT;
            let next_due = self.schedule.next_due().filter(|_| has_room);
            tokio::select! {
                () = stop.cancelled() => return self.save_checkpoint().await,
                changed = targets.changed() => {
                    let target = targets.borrow_and_update().clone();
                    match target.filter(|new| changed.is_ok() && new.since == self.target.since) {
                        Some(target) => self.target = target,
                        None => return,
                    }
                    self.schedule.retry_now(Instant::now());
                }
                changed = progress.changed(), if is_journal_open => {
                    is_journal_open = changed.is_ok();
                }
                Some((delivery, result)) = self.sending.next() => {
                    self.handle_result(delivery, result);
                }
                () = wait_until(next_due) => {}
                () = wait_until(self.checkpoint_at) => self.save_checkpoint().await,
            }
        }
    }

    /// Schedules events that are on disk.
    fn schedule_events(&mut self, durable: Progress) {
        let (next, room) = self.schedule.capacity();
        let ready = match durable {
            Ok(durable) => self.engine.lock().events().index_after(durable).saturating_sub(next),
            Err(_) => 0,
        };
        let (now, mut lost) = (Instant::now(), 0);
        for _ in 0..ready.min(room) {
            let faults = self.engine.faults.draw_webhook();
            lost += u64::from(faults.is_lost);
            self.schedule.add_next(faults, now);
        }
        let ((next, _), open) = (self.schedule.capacity(), self.schedule.open_count());
        self.engine.endpoint.update_stats(|stats| {
            stats.lost += lost;
            (stats.next, stats.under_way) = (next, open);
        });
        if self.schedule.first_open() != self.checkpointed && self.checkpoint_at.is_none() {
            self.checkpoint_at = Some(now + CHECKPOINT_INTERVAL);
        }
    }

    /// Sends due deliveries, up to [`MAX_IN_FLIGHT`].
    fn send_due(&mut self) {
        let now = Instant::now();
        while self.sending.len() < MAX_IN_FLIGHT {
            let Some(delivery) = self.schedule.pop_due(now) else { return };
            let event = self.engine.lock().events().all().get(delivery.event_index).cloned();
            let Some(event) = event else { continue };
            let at_unix_s = (self.engine.now_unix_ms)().div_euclid(1_000);
            let (client, target) = (self.client.clone(), self.target.clone());
            self.sending.push(Box::pin(async move {
                (delivery, post(&client, &target.webhooks, &event, at_unix_s).await)
            }));
        }
    }

    fn handle_result(&mut self, delivery: Delivery, result: Result<(), String>) {
        let now = Instant::now();
        let has_failed = result.is_err();
        match result {
            Ok(()) => {
                self.schedule.mark_delivered(delivery, now);
                self.engine.endpoint.update_stats(|stats| stats.delivered += 1);
            }
            Err(reason) => {
                let retries = self.target.webhooks.retries;
                let is_retried = self.schedule.mark_failed(delivery, retries, now);
                self.engine.endpoint.update_stats(|stats| {
                    stats.failed_attempts += 1;
                    stats.given_up += u64::from(!is_retried);
                });
                if !is_retried {
                    tracing::warn!(attempts = delivery.attempt, reason, "gave up a webhook");
                } else if !self.is_failing {
                    tracing::warn!(reason, "webhooks are refused and will be retried");
                }
            }
        }
        self.is_failing = has_failed;
    }

    /// Saves the position up to which all events are delivered.
    async fn save_checkpoint(&mut self) {
        (self.checkpointed, self.checkpoint_at) = (self.schedule.first_open(), None);
        let position = {
            let books = self.engine.lock();
            let events = books.events().all();
            match events.get(self.checkpointed) {
                Some(event) => event.position - 1,
                None => events.last().map_or(0, |event| event.position),
            }
        };
        let position = position.max(self.target.since);
        if let Err(error) = self.engine.endpoint.advance_checkpoint(position).await {
            tracing::warn!(%error, "cannot save the delivery checkpoint");
        }
    }
}

async fn wait_until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
