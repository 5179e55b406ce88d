//! What can go wrong with a statement, and what is tried again here.

use std::{future::Future, time::Duration};

use domain::ports::Unavailable;

/// Attempts at a transaction that others collide with, before the caller is told.
const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(5);

/// Why a statement or transaction did nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The database refused, or the connection broke.
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
    /// The pool had no connection to give.
    #[error("no connection to be had: the server is away, or all connections are busy")]
    NoConnection,
    /// The server says nothing at all: frozen, or cut off.
    #[error("no answer within {} s", .0.as_secs())]
    Silent(Duration),
    /// Another instance has written what this transaction took to be absent.
    #[error("another instance was faster")]
    Overtaken,
    /// The database holds what this program never wrote.
    #[error("holds a row that cannot be read: {0}")]
    Corrupt(String),
}

/// A pool that waits for a server which is away only says that time is up.
pub(super) fn not_acquired(error: sqlx::Error) -> Failure {
    match error {
        sqlx::Error::PoolTimedOut => Failure::NoConnection,
        other => Failure::Sql(other),
    }
}

impl Failure {
    /// True if the same transaction succeeds once the other one is over.
    fn is_collision(&self) -> bool {
        match self {
            // serialization_failure and deadlock_detected of PostgreSQL
            Self::Sql(sqlx::Error::Database(error)) => {
                matches!(error.code().as_deref(), Some("40001" | "40P01"))
            }
            Self::Overtaken => true,
            _ => false,
        }
    }
}

/// Statements are fixed and their values are checked before, so no failure is the input's fault:
/// each one is a reason to wait and to write the same batch again.
impl From<Failure> for Unavailable {
    fn from(failure: Failure) -> Self {
        Self::new("database", failure)
    }
}

/// A row that cannot be read back.
pub(super) fn corrupt(what: impl std::fmt::Display) -> Failure {
    Failure::Corrupt(what.to_string())
}

/// Runs a whole transaction, again if another one collides with it.
pub(super) async fn persist<T, R>(mut transaction: impl FnMut() -> R) -> Result<T, Unavailable>
where
    R: Future<Output = Result<T, Failure>>,
{
    let mut pause = FIRST_PAUSE;
    for _ in 1..ATTEMPTS {
        match transaction().await {
            Err(failure) if failure.is_collision() => {
                tracing::debug!(error = %failure, "a transaction is tried again");
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            ended => return ended.map_err(Unavailable::from),
        }
    }
    transaction().await.map_err(Unavailable::from)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    async fn attempts(failure: fn() -> Failure, succeeds_at: u32) -> (u32, bool) {
        let tries = Cell::new(0);
        let ended = persist(|| {
            tries.set(tries.get() + 1);
            let n = tries.get();
            async move { if n < succeeds_at { Err(failure()) } else { Ok(()) } }
        });
        let done = ended.await.is_ok();
        (tries.get(), done)
    }

    #[tokio::test]
    async fn only_collisions_are_tried_again_and_not_for_ever() {
        assert_eq!(attempts(|| Failure::Overtaken, 3).await, (3, true));
        assert_eq!(attempts(|| Failure::Overtaken, 99).await, (ATTEMPTS, false));
        assert_eq!(attempts(|| corrupt("odd"), 2).await, (1, false));
        assert_eq!(attempts(|| not_acquired(sqlx::Error::PoolTimedOut), 2).await, (1, false));
    }
}
