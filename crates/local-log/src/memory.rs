//! The memory that requests being read and responses being written take together.
//!
//! It is taken step by step. Steps could wait for one another for ever, so one connection at a time
//! may go beyond the bound; and who holds memory while others wait for it may not dawdle.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

/// Unit in which memory is counted.
const UNIT_BYTES: usize = 1 << 10;
/// Requests and responses up to this size are not counted: every connection may have a few.
pub(crate) const SMALL_BYTES: usize = 64 << 10;
/// How long one that holds memory may be silent while others wait for some.
const DAWDLE: Duration = Duration::from_secs(1);

/// All the memory there is.
pub(crate) struct Budget {
    units: Arc<Semaphore>,
    all: usize,
    /// Held by the one that may go beyond the bound.
    overdraft: Arc<Semaphore>,
    /// One permit for each that waits.
    waiting: Semaphore,
    /// How long a peer may be silent.
    silence: Duration,
}

impl Budget {
    /// A budget of bytes, for peers that are silent no longer than `silence`.
    pub(crate) fn new(bytes: usize, silence: Duration) -> Self {
        let all = (bytes / UNIT_BYTES).clamp(1, Semaphore::MAX_PERMITS);
        Self {
            units: Arc::new(Semaphore::new(all)),
            all,
            overdraft: Arc::new(Semaphore::new(1)),
            waiting: Semaphore::new(0),
            silence,
        }
    }

    /// Whether some request or response waits for memory.
    fn is_short(&self) -> bool {
        self.waiting.available_permits() > 0
    }
}

/// What one request or response has taken; given back when dropped.
#[derive(Default)]
pub(crate) struct Memory {
    taken: Option<OwnedSemaphorePermit>,
    overdraft: Option<OwnedSemaphorePermit>,
}

impl Memory {
    /// Takes more, once there is some.
    pub(crate) async fn grow(&mut self, budget: &Budget, bytes: usize) -> io::Result<()> {
        if self.overdraft.is_some() {
            return Ok(());
        }
        let units = u32::try_from((bytes / UNIT_BYTES).clamp(1, budget.all)).unwrap_or(u32::MAX);
        if let Ok(more) = Arc::clone(&budget.units).try_acquire_many_owned(units) {
            self.keep(more);
            return Ok(());
        }
        let _waits = Waits::sign_up(&budget.waiting);
        tokio::select! {
            more = Arc::clone(&budget.units).acquire_many_owned(units) => {
                self.keep(more.map_err(io::Error::other)?);
            }
            only = Arc::clone(&budget.overdraft).acquire_owned() => {
                self.overdraft = Some(only.map_err(io::Error::other)?);
            }
        }
        Ok(())
    }

    fn keep(&mut self, more: OwnedSemaphorePermit) {
        match &mut self.taken {
            Some(taken) => taken.merge(more),
            none => *none = Some(more),
        }
    }

    /// Reads or writes something, before a deadline and without a long pause.
    ///
    /// While others wait for memory, the pauses of one that holds some are short.
    pub(crate) async fn in_time<T>(
        &self,
        budget: &Budget,
        deadline: Instant,
        work: impl Future<Output = io::Result<T>>,
    ) -> io::Result<T> {
        let late = || io::Error::from(io::ErrorKind::TimedOut);
        let silent_until = Instant::now() + budget.silence;
        let limit = silent_until.min(deadline);
        tokio::pin!(work);
        loop {
            if self.taken.is_none() && self.overdraft.is_none() {
                return timeout_at(limit, work).await.map_err(|_| late())?;
            }
            if let Ok(done) = timeout(DAWDLE, &mut work).await {
                return done;
            }
            if Instant::now() >= limit || budget.is_short() {
                return Err(late());
            }
        }
    }
}

/// Is counted among those that wait, until dropped.
struct Waits<'a>(&'a Semaphore);

impl<'a> Waits<'a> {
    fn sign_up(waiting: &'a Semaphore) -> Self {
        waiting.add_permits(1);
        Self(waiting)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.forget_permits(1);
    }
}
