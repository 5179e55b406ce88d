//! How long statements and transactions take, and how busy the connections are.

use std::time::{Duration, Instant};

use sqlx::{Pool, Postgres, Sqlite};
use telemetry::{
    metrics::{
        ACQUIRE_DURATION, DATABASE_CONNECTIONS, DATABASE_WAITING, STATEMENT_DURATION,
        TRANSACTION_DURATION,
    },
    trace::{Kind, Span},
};

use super::{Failure, failure::not_acquired};

/// The words that statements of ours begin with, as they are told.
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

/// The time of a statement.
pub(super) struct Timing {
    word: &'static str,
    began: Instant,
    span: Span,
}

impl Timing {
    /// Begins now.
    pub(super) fn of(sql: &str) -> Self {
        let first = sql.split_whitespace().next().unwrap_or_default();
        let word = WORDS.iter().find(|(word, _)| *word == first).map_or("other", |(_, told)| told);
        let mut span = Span::here(Kind::Client, word);
        span.set_text("db.operation.name", word);
        Self { word, began: Instant::now(), span }
    }

    /// Ends with an answer.
    pub(super) fn end<T>(mut self, answer: Result<T, Failure>) -> Result<T, Failure> {
        let outcome = if answer.is_ok() { "ok" } else { "failed" };
        if let Err(failure) = &answer {
            self.span.fail(|| failure.to_string());
        }
        STATEMENT_DURATION.with([self.word, outcome]).observe(self.began.elapsed());
        answer
    }
}

/// A transaction has ended.
pub(super) fn transaction(is_committed: bool, took: Duration) {
    let outcome = if is_committed { "committed" } else { "rolled_back" };
    TRANSACTION_DURATION.with([outcome]).observe(took);
}

/// A connection of a pool, by its name, once there is one.
pub(super) async fn acquire<C>(
    pool: &str,
    acquire: impl Future<Output = sqlx::Result<C>>,
) -> Result<C, Failure> {
    let began = Instant::now();
    let _waits = DATABASE_WAITING.with([pool]).one_more();
    let acquired = acquire.await.map_err(not_acquired);
    ACQUIRE_DURATION.with([pool]).observe(began.elapsed());
    acquired
}

/// What a pool has.
pub(super) trait Sizes {
    /// Its connections, and how many of them nobody uses.
    fn sizes(&self) -> (u64, u64);
}

impl Sizes for Pool<Sqlite> {
    fn sizes(&self) -> (u64, u64) {
        (self.size().into(), self.num_idle() as u64)
    }
}

impl Sizes for Pool<Postgres> {
    fn sizes(&self) -> (u64, u64) {
        (self.size().into(), self.num_idle() as u64)
    }
}

/// Notes how many connections a pool has.
pub(super) fn note(name: &str, pool: &impl Sizes) {
    let (all, idle) = pool.sizes();
    DATABASE_CONNECTIONS.with([name, "in_use"]).count(all.saturating_sub(idle));
    DATABASE_CONNECTIONS.with([name, "idle"]).count(idle);
}
