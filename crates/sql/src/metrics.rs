//! Metrics: durations of statements and transactions, and use of the connections.

use std::time::{Duration, Instant};

use sqlx::{Pool, Postgres, Sqlite};
use telemetry::{
    metrics::{
        ACQUIRE_DURATION, DATABASE_CONNECTIONS, DATABASE_WAITING, STATEMENT_DURATION,
        TRANSACTION_DURATION,
    },
    trace::{Kind, Span},
};

use super::{Failure, failure::acquire_failure};

/// First words of our statements, with their label values.
const WORDS: [(&str, &str); 8] = [
    ("SELECT", "select"),
    ("WITH", "with"),
    ("INSERT", "insert"),
    ("UPDATE", "update"),
    ("DELETE", "delete"),
    ("BEGIN", "begin"),
    ("COMMIT", "commit"),
    ("ROLLBACK", "rollback"),
];

/// Measures the duration of a statement.
pub(super) struct Timing {
    word: &'static str,
    began: Instant,
    span: Span,
}

impl Timing {
    /// Starts measuring.
    pub(super) fn start(sql: &str) -> Self {
        let first = sql.split_whitespace().next().unwrap_or_default();
        let word =
            WORDS.iter().find(|(word, _)| *word == first).map_or("other", |(_, label)| label);
        let mut span = Span::here(Kind::Client, word);
        span.set_text("db.operation.name", word);
        Self { word, began: Instant::now(), span }
    }

    /// Stops measuring with the result of the statement.
    pub(super) fn end<T>(mut self, answer: Result<T, Failure>) -> Result<T, Failure> {
        let outcome = if answer.is_ok() { "ok" } else { "failed" };
        if let Err(failure) = &answer {
            self.span.fail(|| failure.to_string());
        }
        STATEMENT_DURATION.with([self.word, outcome]).observe(self.began.elapsed());
        answer
    }
}

/// Records the duration of a transaction.
pub(super) fn record_transaction(is_committed: bool, took: Duration) {
    let outcome = if is_committed { "committed" } else { "rolled_back" };
    TRANSACTION_DURATION.with([outcome]).observe(took);
}

/// Takes a connection from the pool, and records how long that took.
pub(super) async fn acquire<C>(
    pool: &str,
    acquire: impl Future<Output = sqlx::Result<C>>,
) -> Result<C, Failure> {
    let began = Instant::now();
    let _waits = DATABASE_WAITING.with([pool]).count_item();
    let acquired = acquire.await.map_err(acquire_failure);
    ACQUIRE_DURATION.with([pool]).observe(began.elapsed());
    acquired
}

/// The sizes of a pool.
pub(super) trait PoolSizes {
    /// Number of connections, and of those that are idle.
    fn sizes(&self) -> (u64, u64);
}

impl PoolSizes for Pool<Sqlite> {
    fn sizes(&self) -> (u64, u64) {
        (self.size().into(), self.num_idle() as u64)
    }
}

impl PoolSizes for Pool<Postgres> {
    fn sizes(&self) -> (u64, u64) {
        (self.size().into(), self.num_idle() as u64)
    }
}

/// Records the sizes of a pool.
pub(super) fn record_pool_sizes(name: &str, pool: &impl PoolSizes) {
    let (all, idle) = pool.sizes();
    DATABASE_CONNECTIONS.with([name, "in_use"]).set_count(all.saturating_sub(idle));
    DATABASE_CONNECTIONS.with([name, "idle"]).set_count(idle);
}
