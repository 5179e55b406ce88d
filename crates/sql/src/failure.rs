//! Failures of statements and transactions, and retries of the latter.

use std::{future::Future, time::Duration};

use domain::ports::Unavailable;

/// Maximum number of attempts at a transaction that collides with others.
const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(5);

/// Why a statement or transaction failed; it changed nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// An error of the database or the connection.
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
    /// The pool had no free connection.
    #[error("no connection available: the server does not respond, or all connections are busy")]
    NoConnection,
    /// No response in time: the server is frozen or unreachable.
    #[error("no response within {} s", .0.as_secs())]
    Silent(Duration),
    /// Another instance has written a row that this transaction assumed to be absent.
    #[error("another instance was faster")]
    Overtaken,
    /// A row that this program cannot have written.
    #[error("holds a row that cannot be read: {0}")]
    Corrupt(String),
}

/// While the server is unreachable, the pool only reports that its timeout has passed.
pub(super) fn acquire_failure(error: sqlx::Error) -> Failure {
    match error {
        sqlx::Error::PoolTimedOut => Failure::NoConnection,
        other => Failure::Sql(other),
    }
}

impl Failure {
    /// True if the transaction can succeed after the colliding one has ended.
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

/// Statements are fixed and their values are validated, so a failure is never the fault of the
/// input: the caller waits and repeats the same batch.
impl From<Failure> for Unavailable {
    fn from(failure: Failure) -> Self {
        Self::new("database", failure)
    }
}

/// A row that cannot be decoded.
pub(super) fn corrupt(what: impl std::fmt::Display) -> Failure {
    Failure::Corrupt(what.to_string())
}

/// Runs a transaction and repeats it if it collides with another one.
pub(super) async fn retry_collisions<T, R>(
    mut transaction: impl FnMut() -> R,
) -> Result<T, Unavailable>
where
    R: Future<Output = Result<T, Failure>>,
{
    let mut pause = FIRST_PAUSE;
    for _ in 1..ATTEMPTS {
        match transaction().await {
            Err(failure) if failure.is_collision() => {
                tracing::debug!(error = %failure, "a transaction collided and is repeated");
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
        let ended = retry_collisions(|| {
            tries.set(tries.get() + 1);
            let n = tries.get();
            async move { if n < succeeds_at { Err(failure()) } else { Ok(()) } }
        });
        let done = ended.await.is_ok();
        (tries.get(), done)
    }

    #[tokio::test]
    async fn only_collisions_are_repeated_a_bounded_number_of_times() {
        assert_eq!(attempts(|| Failure::Overtaken, 3).await, (3, true));
        assert_eq!(attempts(|| Failure::Overtaken, 99).await, (ATTEMPTS, false));
        assert_eq!(attempts(|| corrupt("odd"), 2).await, (1, false));
        assert_eq!(attempts(|| acquire_failure(sqlx::Error::PoolTimedOut), 2).await, (1, false));
    }
}
