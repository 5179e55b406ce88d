//! Requests, one by one: idempotency, faults, decision, durability.
//!
//! The lock on the books is held only while memory is read or changed, never over I/O. An entry
//! is queued for the journal under that lock, so the journal has the order of the books.
//! Nothing is answered, not even a read, before all it rests upon is on disk.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;

use crate::books::{Books, Claim, Entry, Keyed, Outcome, Reply};
use crate::clock::Clock;
use crate::decide::{Decision, Operation, decide};
use crate::dice::{Dice, Fate, Fault};
use crate::endpoint::Desk;
use crate::journal::{Journal, LedgerLost};
use crate::problem::{Kind, Problem};

/// Everything a request needs.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) books: Mutex<Books>,
    pub(crate) journal: Journal,
    pub(crate) dice: Dice,
    pub(crate) desk: Desk,
    pub(crate) now_unix_ms: Clock,
    pub(crate) key_lifetime_ms: i64,
    /// Ends the pauses of faults when the gateway shuts down.
    pub(crate) stop: CancellationToken,
}

/// How a request ends.
#[derive(Debug)]
pub(crate) enum Ending {
    Answer {
        reply: Reply,
        replayed: bool,
    },
    /// The connection is to be reset.
    Reset,
}

impl From<LedgerLost> for Ending {
    fn from(LedgerLost: LedgerLost) -> Self {
        Problem::ledger_lost().into()
    }
}

impl From<Problem> for Ending {
    fn from(problem: Problem) -> Self {
        Self::Answer { reply: problem.into(), replayed: false }
    }
}

impl Engine {
    /// Executes a request that writes.
    pub(crate) async fn execute(&self, operation: Operation, keyed: Option<Keyed>) -> Ending {
        match self.try_execute(operation, keyed).await {
            Ok(ending) => ending,
            Err(lost) => lost.into(),
        }
    }

    async fn try_execute(
        &self,
        operation: Operation,
        keyed: Option<Keyed>,
    ) -> Result<Ending, LedgerLost> {
        let _hold = match &keyed {
            None => None,
            Some(keyed) => match self.claim(keyed) {
                Claim::Granted => Some(Hold { engine: self, key: keyed.key.clone() }),
                Claim::Replay(reply) => {
                    self.settled().await?;
                    return Ok(Ending::Answer { reply, replayed: true });
                }
                Claim::InUse => return Ok(key_in_use(&keyed.key).into()),
                Claim::Reused => return Ok(key_reused(&keyed.key).into()),
            },
        };
        let fate = self.dice.roll();
        self.pause(fate.latency).await;
        match fate.before {
            Some(Fault::Reset) => return Ok(Ending::Reset),
            Some(Fault::Hang(time)) => self.pause(time).await,
            Some(Fault::Error) | None => {}
        }
        let (reply, position) = self.commit(operation, keyed, fate)?;
        self.journal.durable(position).await?;
        match fate.after {
            Some(Fault::Reset) => return Ok(Ending::Reset),
            Some(Fault::Hang(time)) => self.pause(time).await,
            Some(Fault::Error) | None => {}
        }
        Ok(Ending::Answer { reply, replayed: false })
    }

    /// Decides, applies and queues in one step that nothing can come between.
    fn commit(
        &self,
        operation: Operation,
        keyed: Option<Keyed>,
        fate: Fate,
    ) -> Result<(Reply, u64), LedgerLost> {
        let mut books = self.lock();
        let at_unix_ms = (self.now_unix_ms)();
        let Decision { changes, mut outcome } = match fate.before {
            Some(Fault::Error) => Problem::injected().into(),
            _ => decide(operation, &books, at_unix_ms),
        };
        if fate.after == Some(Fault::Error) {
            outcome = Outcome::Problem(Box::new(Problem::injected()));
        }
        let entry = Entry { at_unix_ms, changes, outcome, keyed };
        let Ok(reply) = books.apply(&entry) else {
            // A decision always follows from the books it was made on; were it not so, the
            // ledger could not be trusted any more.
            return Err(LedgerLost);
        };
        let idle = entry.is_idle();
        let position = if idle { self.journal.position() } else { self.journal.append(&entry)? };
        Ok((reply, position))
    }

    /// Reads the books, then waits until what was read is on disk.
    pub(crate) async fn read<T>(
        &self,
        look: impl FnOnce(&Books) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let (latency, fails) = self.dice.roll_read();
        self.pause(latency).await;
        if fails {
            return Err(Problem::injected());
        }
        self.inspect(look).await?
    }

    /// As `read`, but spared by faults.
    pub(crate) async fn inspect<T>(&self, look: impl FnOnce(&Books) -> T) -> Result<T, Problem> {
        let seen = look(&self.lock());
        self.settled().await.map_err(|LedgerLost| Problem::ledger_lost())?;
        Ok(seen)
    }

    async fn settled(&self) -> Result<(), LedgerLost> {
        self.journal.durable(self.journal.position()).await
    }

    fn claim(&self, keyed: &Keyed) -> Claim {
        let forget_unix_ms = (self.now_unix_ms)().saturating_sub(self.key_lifetime_ms);
        self.lock().keys.claim(keyed, forget_unix_ms)
    }

    async fn pause(&self, time: Duration) {
        if !time.is_zero() {
            let _ = tokio::time::timeout(time, self.stop.cancelled()).await;
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Books> {
        self.books.lock()
    }
}

/// Holds a key while its request is under way, even if the client goes away meanwhile.
struct Hold<'a> {
    engine: &'a Engine,
    key: Arc<str>,
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.engine.lock().keys.release(&self.key);
    }
}

fn key_in_use(key: &str) -> Problem {
    Problem::new(
        Kind::KeyInUse,
        format!(
            "There is currently another in-progress request using this Idempotency Key ({key}). \
             Please try again later."
        ),
    )
    .code("idempotency_key_in_use")
}

fn key_reused(key: &str) -> Problem {
    Problem::new(
        Kind::KeyReused,
        format!(
            "Keys for idempotent requests can only be used with the same parameters they were \
             first used with. Try using a key other than '{key}' if you meant to execute a \
             different request."
        ),
    )
}
