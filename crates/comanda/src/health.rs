//! `/livez`, `/readyz` and `/metrics`, the same for every process.

use std::sync::{Arc, Mutex, PoisonError, atomic::Ordering};

use adapters::kafka::Counters;
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
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

async fn ready(State(health): State<Health>) -> Response {
    match health.waiting_for().as_slice() {
        [] => "ready\n".into_response(),
        parts => {
            let text = format!("waiting for {}\n", parts.join(", "));
            (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
        }
    }
}

async fn metrics(State(health): State<Health>) -> Response {
    let mut registry = Registry::with_prefix("comanda");
    let info = Family::<Vec<(&'static str, &'static str)>, Gauge>::default();
    info.get_or_create(&vec![("version", env!("CARGO_PKG_VERSION"))]).set(1);
    registry.register("build_info", "The running version", info);
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
