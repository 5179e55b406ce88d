//! `/livez`, `/readyz` and `/metrics`, the same for every process.
//!
//! A process is ready once what it serves from is in memory. A group or a follower that stands still
//! later takes nothing from that: pages, menus and boards are served all the same, and no other
//! instance could do more while a database, a gateway or a broker is away. So the answer stays 200,
//! and its text says what is waited for, since when and why.

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
use kafka::{Counters, Stall, Standing};
use sql::Database;
use telemetry::{
    metrics::{self, Format},
    process,
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
    database: Arc<OnceLock<Database>>,
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
    pub(crate) fn still(&self) -> Vec<(&'static str, Stall)> {
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

    /// Adds the counters of a handler's group.
    pub(crate) fn group<H: Handler>(&self) -> Arc<Counters> {
        let (name, counters) = (H::GROUP, Arc::new(Counters::of::<H>()));
        self.groups.lock().unwrap_or_else(PoisonError::into_inner).push((name, counters.clone()));
        counters
    }

    /// Tells of the connections to this database.
    pub(crate) fn database(&self, database: &Database) {
        // There is one in a process.
        let _ = self.database.set(database.clone());
    }

    /// Notes among the metrics what is only looked at when somebody asks.
    fn note(&self) {
        metrics::BUILD_INFO.with([env!("CARGO_PKG_VERSION")]).count(1);
        process::read();
        if let Some(database) = self.database.get() {
            database.note_connections();
        }
        metrics::STALLED.clear();
        for (name, still) in self.still() {
            metrics::STALLED.with([name, still.at.name()]).set(still.lasts.as_secs_f64());
        }
        let now_ms = SystemClock.now().as_millisecond();
        for (group, counters) in &*self.groups.lock().unwrap_or_else(PoisonError::into_inner) {
            let age = age(counters.oldest_ms.load(Ordering::Relaxed), now_ms);
            metrics::OLDEST_RECORD_AGE.with([group]).set(age.as_secs_f64());
        }
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

/// The age of what was written at a time, in milliseconds since 1970; none of what was not written.
fn age(written_ms: i64, now_ms: i64) -> Duration {
    let age_ms = if written_ms == 0 { 0 } else { now_ms.saturating_sub(written_ms) };
    Duration::from_millis(u64::try_from(age_ms).unwrap_or(0))
}

/// `waiting for transactions: 3 records since 12:00:05Z (handler: the gateway does not answer)`.
fn told(name: &str, still: &Stall) -> String {
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

async fn metrics(State(health): State<Health>, headers: HeaderMap) -> Response {
    health.note();
    let accepted = headers.get(header::ACCEPT).and_then(|kinds| kinds.to_str().ok());
    let format = Format::accepted(accepted);
    ([(header::CONTENT_TYPE, format.content_type())], metrics::text(format)).into_response()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use kafka::At;

    use super::*;

    #[test]
    fn what_stands_still_is_told_with_its_reason() {
        let still = Stall {
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
        let unknown = Stall { records: 0, at: At::Kafka, reason: "away".to_owned(), ..still };
        assert_eq!(told("menus", &unknown), "waiting for menus: since 12:00:05Z (kafka: away)");
    }
}
