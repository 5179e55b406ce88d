//! `/livez`, `/readyz` and `/metrics`, the same for every process.
//!
//! A process is ready once its followers have caught up. A group or follower that stalls later does
//! not change that: pages, menus and boards are still served, and no other instance could do more
//! while a database, a gateway or a broker is down. So `/readyz` stays 200, and its text says what
//! stalls, since when and why.

use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError, atomic::Ordering},
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use clock::SystemClock;
use domain::ports::Clock;
use events::Handler;
use kafka::{Counters, Stall, StallMonitor};
use sql::Database;
use telemetry::{
    metrics::{self, Format},
    process,
};
use tokio::sync::watch;

/// A shared list of named items.
type Named<T> = Arc<Mutex<Vec<(&'static str, T)>>>;

/// The health of a process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Health {
    checks: Named<watch::Receiver<bool>>,
    followers: Named<Arc<StallMonitor>>,
    groups: Named<Arc<Counters>>,
    database: Arc<OnceLock<Database>>,
}

impl Health {
    /// Adds a part on which readiness depends. The part sends `true` once it is ready.
    pub(crate) fn add_part(&self, name: &'static str) -> watch::Sender<bool> {
        let (sender, receiver) = watch::channel(false);
        self.checks.lock().unwrap_or_else(PoisonError::into_inner).push((name, receiver));
        sender
    }

    /// Adds a follower, which reports its stalls by the returned value.
    pub(crate) fn add_follower(&self, name: &'static str) -> Arc<StallMonitor> {
        let stalls = Arc::<StallMonitor>::default();
        self.followers.lock().unwrap_or_else(PoisonError::into_inner).push((name, stalls.clone()));
        stalls
    }

    /// Groups and followers that stall.
    pub(crate) fn stalls(&self) -> Vec<(&'static str, Stall)> {
        let groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let groups = groups.into_iter().map(|(name, counters)| (name, counters.stalls.clone()));
        let followers = self.followers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let all = groups.chain(followers);
        all.filter_map(|(name, stalls)| Some((name, stalls.stall()?))).collect()
    }

    /// A line for each part that is not ready, then for each group or follower that stalls.
    pub(crate) fn describe_waits(&self) -> Vec<String> {
        let stalls = self.stalls();
        let find = |name: &str| {
            stalls.iter().find(|(stalled, _)| *stalled == name).map(|(_, stall)| stall)
        };
        let unready = self.unready_parts();
        let describe = |name: &&'static str| match find(name) {
            Some(stall) => describe_stall(name, stall),
            None => format!("waiting for {name}"),
        };
        let mut lines: Vec<_> = unready.iter().map(describe).collect();
        let others = self.stalls().into_iter().filter(|(name, _)| !unready.contains(name));
        lines.extend(others.map(|(name, stall)| describe_stall(name, &stall)));
        lines
    }

    /// Adds a handler's group and returns its counters.
    pub(crate) fn add_group<H: Handler>(&self) -> Arc<Counters> {
        let (name, counters) = (H::GROUP, Arc::new(Counters::of::<H>()));
        self.groups.lock().unwrap_or_else(PoisonError::into_inner).push((name, counters.clone()));
        counters
    }

    /// Sets the database whose connections are measured.
    pub(crate) fn set_database(&self, database: &Database) {
        // A process has one database.
        let _ = self.database.set(database.clone());
    }

    /// Updates the metrics that are only computed for a scrape.
    fn update_metrics(&self) {
        process::update_metrics();
        if let Some(database) = self.database.get() {
            database.record_connections();
        }
        metrics::STALLED.clear();
        for (name, stall) in self.stalls() {
            metrics::STALLED.with([name, stall.at.name()]).set(stall.lasts.as_secs_f64());
        }
        let now_ms = SystemClock.now().as_millisecond();
        for (group, counters) in &*self.groups.lock().unwrap_or_else(PoisonError::into_inner) {
            let age = age(counters.oldest_ms.load(Ordering::Relaxed), now_ms);
            metrics::OLDEST_RECORD_AGE.with([group]).set(age.as_secs_f64());
        }
    }

    /// The parts that are not ready.
    pub(crate) fn unready_parts(&self) -> Vec<&'static str> {
        let checks = self.checks.lock().unwrap_or_else(PoisonError::into_inner);
        checks.iter().filter(|(_, ready)| !*ready.borrow()).map(|(name, _)| *name).collect()
    }

    /// Waits until every part has been ready once.
    pub(crate) async fn wait_until_ready(&self) {
        let checks = self.checks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (_, mut ready) in checks {
            // If the sender is gone, its part has failed and the process ends.
            let _ = ready.wait_for(|ready| *ready).await;
        }
    }

    /// The routes.
    pub(crate) fn routes(self) -> Router {
        Router::new()
            .route("/livez", get(|| async { "ok\n" }))
            .route("/readyz", get(readiness))
            .route("/metrics", get(metrics))
            .with_state(self)
    }
}

/// The age of a time in milliseconds since 1970; zero for 0, which stands for no record.
fn age(written_ms: i64, now_ms: i64) -> Duration {
    let age_ms = if written_ms == 0 { 0 } else { now_ms.saturating_sub(written_ms) };
    Duration::from_millis(u64::try_from(age_ms).unwrap_or(0))
}

/// `waiting for transactions: 3 records since 12:00:05Z (handler: the gateway does not answer)`.
fn describe_stall(name: &str, stall: &Stall) -> String {
    let records = match stall.records {
        0 => String::new(),
        1 => " 1 record".to_owned(),
        n => format!(" {n} records"),
    };
    let (since, at) = (stall.since.strftime("%H:%M:%SZ"), stall.at.name());
    format!("waiting for {name}:{records} since {since} ({at}: {})", stall.reason)
}

async fn readiness(State(health): State<Health>) -> Response {
    let is_ready = health.unready_parts().is_empty();
    let first = is_ready.then(|| "ready".to_owned());
    let mut text = first.into_iter().chain(health.describe_waits()).collect::<Vec<_>>().join("\n");
    text.push('\n');
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, text).into_response()
}

async fn metrics(State(health): State<Health>, headers: HeaderMap) -> Response {
    health.update_metrics();
    let accepted = headers.get(header::ACCEPT).and_then(|kinds| kinds.to_str().ok());
    let format = Format::accepted(accepted);
    ([(header::CONTENT_TYPE, format.content_type())], metrics::text(format)).into_response()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use kafka::StallPoint;

    use super::*;

    #[test]
    fn a_stall_is_described_with_its_reason() {
        let stall = Stall {
            since: Timestamp::from_second(43_205).unwrap(),
            lasts: Duration::from_secs(9),
            at: StallPoint::Handler,
            records: 3,
            reason: "payment gateway: it does not answer".to_owned(),
        };
        assert_eq!(
            describe_stall("transactions", &stall),
            "waiting for transactions: 3 records since 12:00:05Z \
             (handler: payment gateway: it does not answer)"
        );
        let unknown =
            Stall { records: 0, at: StallPoint::Kafka, reason: "away".to_owned(), ..stall };
        assert_eq!(
            describe_stall("menus", &unknown),
            "waiting for menus: since 12:00:05Z (kafka: away)"
        );
    }
}
