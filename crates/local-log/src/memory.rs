//! Memory budget shared by requests being read and responses being written.
//!
//! Memory is acquired in steps. Connections could deadlock waiting for each other's memory, so
//! one connection at a time may exceed the budget; and while others wait for memory, a connection
//! that holds some must make progress.

use std::{io, sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout, timeout_at},
};

/// Accounting unit.
const UNIT_BYTES: usize = 1 << 10;
/// Requests and responses up to this size are not counted.
pub(crate) const SMALL_BYTES: usize = 64 << 10;
/// Maximum pause of a connection that holds memory while others wait for some.
const CONTENDED_PAUSE: Duration = Duration::from_secs(1);

/// The memory budget.
pub(crate) struct MemoryBudget {
    units: Arc<Semaphore>,
    total_units: usize,
    /// Held by the connection that may exceed the budget.
    overdraft: Arc<Semaphore>,
    /// One permit per waiting connection.
    waiting: Semaphore,
    /// Maximum pause of a peer.
    max_pause: Duration,
}

impl MemoryBudget {
    /// A budget of `bytes`; a peer times out after a pause of `max_pause`.
    pub(crate) fn new(bytes: usize, max_pause: Duration) -> Self {
        let total_units = (bytes / UNIT_BYTES).clamp(1, Semaphore::MAX_PERMITS);
        Self {
            units: Arc::new(Semaphore::new(total_units)),
            total_units,
            overdraft: Arc::new(Semaphore::new(1)),
            waiting: Semaphore::new(0),
            max_pause,
        }
    }

    /// Whether a request or response waits for memory.
    fn is_contended(&self) -> bool {
        self.waiting.available_permits() > 0
    }
}

/// Memory held by one request or response; released on drop.
#[derive(Default)]
pub(crate) struct MemoryLease {
    acquired: Option<OwnedSemaphorePermit>,
    overdraft: Option<OwnedSemaphorePermit>,
}

impl MemoryLease {
    /// Acquires further memory, waiting until some is free.
    pub(crate) async fn acquire(&mut self, budget: &MemoryBudget, bytes: usize) -> io::Result<()> {
        if self.overdraft.is_some() {
            return Ok(());
        }
        let units =
            u32::try_from((bytes / UNIT_BYTES).clamp(1, budget.total_units)).unwrap_or(u32::MAX);
        if let Ok(more) = Arc::clone(&budget.units).try_acquire_many_owned(units) {
            self.add_permit(more);
            return Ok(());
        }
        let _waiting = WaitingGuard::register(&budget.waiting);
        tokio::select! {
            more = Arc::clone(&budget.units).acquire_many_owned(units) => {
                self.add_permit(more.map_err(io::Error::other)?);
            }
            only = Arc::clone(&budget.overdraft).acquire_owned() => {
                self.overdraft = Some(only.map_err(io::Error::other)?);
            }
        }
        Ok(())
    }

    fn add_permit(&mut self, more: OwnedSemaphorePermit) {
        match &mut self.acquired {
            Some(acquired) => acquired.merge(more),
            none => *none = Some(more),
        }
    }

    /// Runs one read or write, which times out at `deadline` or after a pause.
    ///
    /// The permitted pause is shorter while this lease holds memory that others wait for.
    pub(crate) async fn run_with_timeout<T>(
        &self,
        budget: &MemoryBudget,
        deadline: Instant,
        work: impl Future<Output = io::Result<T>>,
    ) -> io::Result<T> {
        let timed_out = || io::Error::from(io::ErrorKind::TimedOut);
        let pause_ends = Instant::now() + budget.max_pause;
        let limit = pause_ends.min(deadline);
        tokio::pin!(work);
        loop {
            if self.acquired.is_none() && self.overdraft.is_none() {
                return timeout_at(limit, work).await.map_err(|_| timed_out())?;
            }
            if let Ok(done) = timeout(CONTENDED_PAUSE, &mut work).await {
                return done;
            }
            if Instant::now() >= limit || budget.is_contended() {
                return Err(timed_out());
            }
        }
    }
}

/// Counts a waiting connection until dropped.
struct WaitingGuard<'a>(&'a Semaphore);

impl<'a> WaitingGuard<'a> {
    fn register(waiting: &'a Semaphore) -> Self {
        waiting.add_permits(1);
        Self(waiting)
    }
}

impl Drop for WaitingGuard<'_> {
    fn drop(&mut self) {
        self.0.forget_permits(1);
    }
}
