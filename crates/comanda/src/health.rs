//! `/livez`, `/readyz` and `/metrics`, the same for every process.
//!
//! A process is ready once what it serves from is in memory. A group or a follower that stands still
//! later takes nothing from that: pages, menus and boards are served all the same, and no other
//! instance could do more while a database, a gateway or a broker is away. So the answer stays 200,
//! and its text says what is waited for, since when and why.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use clock::SystemClock;
use domain::ports::Clock;
use kafka::{Counters, Standing, Still};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric, text::encode},
    metrics::{counter::ConstCounter, family::Family, gauge::Gauge},
    registry::Registry,
};
use tokio::sync::watch;

/// Things with names, shared.
type Named<T> = Arc<Mutex<Vec<(&'static str, T)>>>;

/// What a process tells of itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Health {
    checks: Named<watch::Receiver<bool>>,
    followers: Named<Arc<Standing>>,
    groups: Named<Arc<Counters>>,
    counters: Named<Counter>,
}

/// A counter that somebody else keeps: what it counts, and how to read it.
#[derive(Clone)]
struct Counter(&'static str, Arc<dyn Fn() -> u64 + Send + Sync>);

impl std::fmt::Debug for Counter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Counter").field(&self.0).finish()
    }
}

impl Health {
    /// Adds a part that must be ready.
    pub(crate) fn check(&self, name: &'static str) -> watch::Sender<bool> {
        let (sender, receiver) = watch::channel(false);
        self.checks.lock().unwrap_or_else(PoisonError::into_inner).push((name, receiver));
        sender
    }

    /// Adds what keeps a follower from going on.
    pub(crate) fn follower(&self, name: &'static str) -> Arc<Standing> {
        let standing = Arc::<Standing>::default();
        self.followers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((name, standing.clone()));
        standing
    }

    /// Groups and followers that stand still.
    pub(crate) fn still(&self) -> Vec<(&'static str, Still)> {
        let groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let groups = groups.into_iter().map(|(name, counters)| (name, counters.standing.clone()));
        let followers = self.followers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let all = groups.chain(followers);
        all.filter_map(|(name, standing)| Some((name, standing.still()?))).collect()
    }

    /// What is waited for, a line each: parts that are not ready, then groups that stand still.
    pub(crate) fn waits(&self) -> Vec<String> {
        let still = self.still();
        let still = |name: &str| still.iter().find(|(who, _)| *who == name).map(|(_, still)| still);
        let unready = self.waiting_for();
        let told = |name: &&'static str| match still(name) {
            Some(still) => told(name, still),
            None => format!("waiting for {name}"),
        };
        let mut lines: Vec<_> = unready.iter().map(told).collect();
        let others = self.still().into_iter().filter(|(name, _)| !unready.contains(name));
        lines.extend(others.map(|(name, still)| self::told(name, &still)));
        lines
    }

    /// Adds a group's counters.
    pub(crate) fn group(&self, name: &'static str) -> Arc<Counters> {
        let counters = Arc::new(Counters::default());
        self.groups.lock().unwrap_or_else(PoisonError::into_inner).push((name, counters.clone()));
        counters
    }

    /// Adds a counter.
    pub(crate) fn counter(
        &self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> u64 + Send + Sync + 'static,
    ) {
        let counter = Counter(help, Arc::new(read));
        self.counters.lock().unwrap_or_else(PoisonError::into_inner).push((name, counter));
    }

    /// The parts that are not ready.
    pub(crate) fn waiting_for(&self) -> Vec<&'static str> {
        let checks = self.checks.lock().unwrap_or_else(PoisonError::into_inner);
        checks.iter().filter(|(_, ready)| !*ready.borrow()).map(|(name, _)| *name).collect()
    }

    /// Waits until every part has been ready once.
    pub(crate) async fn were_ready(&self) {
        let checks = self.checks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (_, mut ready) in checks {
            // Whoever gives up telling has ended, and the process with it.
            let _ = ready.wait_for(|ready| *ready).await;
        }
    }

    /// The routes.
    pub(crate) fn routes(self) -> Router {
        Router::new()
            .route("/livez", get(|| async { "ok\n" }))
            .route("/readyz", get(ready))
            .route("/metrics", get(metrics))
            .with_state(self)
    }
}

/// `waiting for transactions: 3 records since 12:00:05Z (handler: the gateway does not answer)`.
fn told(name: &str, still: &Still) -> String {
    let records = match still.records {
        0 => String::new(),
        1 => " 1 record".to_owned(),
        n => format!(" {n} records"),
    };
    let (since, at) = (still.since.strftime("%H:%M:%SZ"), still.at.name());
    format!("waiting for {name}:{records} since {since} ({at}: {})", still.reason)
}

async fn ready(State(health): State<Health>) -> Response {
    let is_ready = health.waiting_for().is_empty();
    let first = is_ready.then(|| "ready".to_owned());
    let mut text = first.into_iter().chain(health.waits()).collect::<Vec<_>>().join("\n");
    text.push('\n');
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, text).into_response()
}

async fn metrics(State(health): State<Health>) -> Response {
    let mut registry = Registry::with_prefix("comanda");
    let info = Family::<Vec<(&'static str, &'static str)>, Gauge>::default();
    info.get_or_create(&vec![("version", env!("CARGO_PKG_VERSION"))]).set(1);
    registry.register("build_info", "The running version", info);
    registry.register_collector(Box::new(Stalled(health.clone())));
    registry.register_collector(Box::new(Groups(health.groups)));
    registry.register_collector(Box::new(Others(health.counters)));
    let mut text = String::new();
    match encode(&mut text, &registry) {
        Ok(()) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// What stands still, when somebody asks; and how old the work of each group is.
#[derive(Debug)]
struct Stalled(Health);

impl Collector for Stalled {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let stalled = Family::<Vec<(&str, &str)>, Gauge<f64, AtomicU64>>::default();
        for (name, still) in self.0.still() {
            let labels = vec![("group", name), ("reason", still.at.name())];
            stalled.get_or_create(&labels).set(still.lasts.as_secs_f64());
        }
        let help = "Seconds for which a group or a follower has stood still";
        let kind = stalled.metric_type();
        let metric = encoder.encode_descriptor("group_stalled_seconds", help, None, kind)?;
        stalled.encode(metric)?;
        let ages = Family::<Vec<(&str, &str)>, Gauge<f64, AtomicU64>>::default();
        let now_ms = SystemClock.now().as_millisecond();
        let groups = self.0.groups.lock().unwrap_or_else(PoisonError::into_inner);
        for (group, counters) in groups.iter() {
            let age_ms = match counters.oldest_ms.load(Ordering::Relaxed) {
                0 => 0,
                oldest_ms => now_ms.saturating_sub(oldest_ms).max(0),
            };
            let age = Duration::from_millis(u64::try_from(age_ms).unwrap_or(0));
            ages.get_or_create(&vec![("group", *group)]).set(age.as_secs_f64());
        }
        drop(groups);
        let name = "consumer_oldest_record_age_seconds";
        let help = "Seconds since the oldest record was written that was read and is not done";
        let metric = encoder.encode_descriptor(name, help, None, ages.metric_type())?;
        ages.encode(metric)
    }
}

/// Reads the workers' counters when somebody asks.
#[derive(Debug)]
struct Groups(Named<Arc<Counters>>);

impl Collector for Groups {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let groups = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (group, counters) in groups.iter() {
            let figures = [
                ("records_consumed", "Records read", &counters.consumed),
                ("records_retried", "Records set aside to be tried again", &counters.retried),
                ("records_done", "Records whose effects and events are done", &counters.done),
                ("records_dead", "Records in the dead letters", &counters.dead),
                ("waits", "Times that an outside part did not answer", &counters.waits),
            ];
            for (name, help, value) in figures {
                let counter = ConstCounter::new(value.load(Ordering::Relaxed));
                let name = format!("{group}_{name}");
                let metric = encoder.encode_descriptor(&name, help, None, counter.metric_type())?;
                counter.encode(metric)?;
            }
        }
        Ok(())
    }
}

/// Reads all other counters when somebody asks.
#[derive(Debug)]
struct Others(Named<Counter>);

impl Collector for Others {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, Counter(help, read)) in counters.iter() {
            let counter = ConstCounter::new(read());
            let metric = encoder.encode_descriptor(name, help, None, counter.metric_type())?;
            counter.encode(metric)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use kafka::At;

    use super::*;

    #[test]
    fn what_stands_still_is_told_with_its_reason() {
        let still = Still {
            since: Timestamp::from_second(43_205).unwrap(),
            lasts: Duration::from_secs(9),
            at: At::Handler,
            records: 3,
            reason: "payment gateway: it does not answer".to_owned(),
        };
        assert_eq!(
            told("transactions", &still),
            "waiting for transactions: 3 records since 12:00:05Z \
             (handler: payment gateway: it does not answer)"
        );
        let unknown = Still { records: 0, at: At::Kafka, reason: "away".to_owned(), ..still };
        assert_eq!(told("menus", &unknown), "waiting for menus: since 12:00:05Z (kafka: away)");
    }
}
