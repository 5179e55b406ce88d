//! Executes requests: idempotency, faults, decision, durability.
//!
//! The lock on the books is never held during I/O. Entries are queued for the journal under that
//! lock, so the journal has the same order as the books. No request, not even a read, is answered
//! before everything its reply depends on is on disk.

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use parking_lot::{Mutex, MutexGuard};
use stand_in::FileLost;
use tokio_util::sync::CancellationToken;

use crate::{
    books::{Books, Claim, Entry, IdempotencyKey, RecordedReply, Reply},
    clock::Clock,
    decide::{Decision, Operation, decide},
    endpoint::EndpointState,
    fault_injector::{Fault, FaultInjector, RequestFaults},
    journal::Journal,
    problem::Problem,
};

/// State shared by all requests.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) books: Mutex<Books>,
    pub(crate) journal: Journal,
    pub(crate) faults: FaultInjector,
    pub(crate) endpoint: EndpointState,
    /// Address at which browsers reach the gateway, without a slash at its end.
    pub(crate) public_url: Box<str>,
    /// Whether every next action is for the script, whatever a request asks for.
    pub(crate) forces_script: AtomicBool,
    pub(crate) now_unix_ms: Clock,
    pub(crate) key_lifetime_ms: i64,
    /// Ends injected pauses at shutdown.
    pub(crate) stop: CancellationToken,
}

/// The response to a write request.
#[derive(Debug)]
pub(crate) enum EngineResponse {
    Reply {
        reply: Reply,
        is_replayed: bool,
    },
    /// The connection must be reset.
    Reset,
}

impl From<FileLost> for EngineResponse {
    fn from(FileLost: FileLost) -> Self {
        Problem::ledger_lost().into()
    }
}

impl From<Problem> for EngineResponse {
    fn from(problem: Problem) -> Self {
        Self::Reply { reply: problem.into(), is_replayed: false }
    }
}

impl Engine {
    /// Executes a write request.
    pub(crate) async fn execute(
        &self,
        operation: Operation,
        key: Option<IdempotencyKey>,
    ) -> EngineResponse {
        match self.try_execute(operation, key).await {
            Ok(response) => response,
            Err(failed) => failed.into(),
        }
    }

    async fn try_execute(
        &self,
        operation: Operation,
        key: Option<IdempotencyKey>,
    ) -> Result<EngineResponse, FileLost> {
        let _guard = match &key {
            None => None,
            Some(key) => match self.claim(key) {
                Claim::Granted => Some(KeyGuard { engine: self, key: key.key.clone() }),
                Claim::Replay(reply) => {
                    self.wait_until_durable().await?;
                    return Ok(EngineResponse::Reply { reply, is_replayed: true });
                }
                Claim::InUse => return Ok(Problem::key_in_use(&key.key).into()),
                Claim::Reused => return Ok(Problem::key_reused(&key.key).into()),
            },
        };
        let faults = self.faults.draw_write();
        self.pause(faults.latency).await;
        match faults.before {
            Some(Fault::Reset) => return Ok(EngineResponse::Reset),
            Some(Fault::Hang(time)) => self.pause(time).await,
            Some(Fault::Error) | None => {}
        }
        let (reply, position) = self.commit(operation, key, faults)?;
        self.journal.wait_until_durable(position).await?;
        match faults.after {
            Some(Fault::Reset) => return Ok(EngineResponse::Reset),
            Some(Fault::Hang(time)) => self.pause(time).await,
            Some(Fault::Error) | None => {}
        }
        Ok(EngineResponse::Reply { reply, is_replayed: false })
    }

    /// Executes an operation that no client requested: without a key, and without faults.
    pub(crate) async fn execute_without_faults(
        &self,
        operation: Operation,
    ) -> Result<Reply, Problem> {
        let lost = |FileLost| Problem::ledger_lost();
        let (reply, position) =
            self.commit(operation, None, RequestFaults::default()).map_err(lost)?;
        self.journal.wait_until_durable(position).await.map_err(lost)?;
        Ok(reply)
    }

    /// Decides on a request, applies the entry and queues it for the journal, atomically.
    fn commit(
        &self,
        operation: Operation,
        key: Option<IdempotencyKey>,
        faults: RequestFaults,
    ) -> Result<(Reply, u64), FileLost> {
        let mut books = self.lock();
        self.expire(&mut books)?;
        let at_unix_ms = (self.now_unix_ms)();
        let Decision { changes, mut reply } = match faults.before {
            Some(Fault::Error) => Problem::injected().into(),
            _ => decide(operation, &books, at_unix_ms),
        };
        if faults.after == Some(Fault::Error) {
            reply = RecordedReply::Problem(Box::new(Problem::injected()));
        }
        let entry = Entry { at_unix_ms, changes, reply, idempotency_key: key };
        let Ok(reply) = books.apply(&entry) else {
            // A decision is always applicable to the books it was made on; otherwise the ledger
            // could no longer be trusted.
            return Err(FileLost);
        };
        let position =
            if entry.is_empty() { self.journal.position() } else { self.journal.append(&entry)? };
        Ok((reply, position))
    }

    /// Reads the books, then waits until everything read is on disk.
    pub(crate) async fn read<T>(
        &self,
        query: impl FnOnce(&Books) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let (latency, fails) = self.faults.draw_read();
        self.pause(latency).await;
        if fails {
            return Err(Problem::injected());
        }
        self.read_without_faults(query).await?
    }

    /// Like `read`, without faults.
    pub(crate) async fn read_without_faults<T>(
        &self,
        query: impl FnOnce(&Books) -> T,
    ) -> Result<T, Problem> {
        let result = {
            let mut books = self.lock();
            self.expire(&mut books).map_err(|FileLost| Problem::ledger_lost())?;
            query(&books)
        };
        self.wait_until_durable().await.map_err(|FileLost| Problem::ledger_lost())?;
        Ok(result)
    }

    async fn wait_until_durable(&self) -> Result<(), FileLost> {
        self.journal.wait_until_durable(self.journal.position()).await
    }

    fn claim(&self, key: &IdempotencyKey) -> Claim {
        let expired_unix_ms = (self.now_unix_ms)().saturating_sub(self.key_lifetime_ms);
        self.lock().keys.claim(key, expired_unix_ms)
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

/// Releases an idempotency key on drop, even if the client disconnects.
struct KeyGuard<'a> {
    engine: &'a Engine,
    key: Arc<str>,
}

impl Drop for KeyGuard<'_> {
    fn drop(&mut self) {
        self.engine.lock().keys.release(&self.key);
    }
}
