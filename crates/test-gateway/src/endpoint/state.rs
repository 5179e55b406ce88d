//! Where the endpoint is set, and what became of the webhooks.

use std::io;
use std::path::Path;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};

use serde::Serialize;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard, watch};

use super::Webhooks;
use super::mark::Mark;
use crate::books::Books;
use crate::error::StartError;

/// The endpoint in force, and what became of the webhooks.
#[derive(Debug)]
pub(crate) struct Desk {
    target: watch::Sender<Option<Arc<Target>>>,
    mark: Arc<AsyncMutex<Mark>>,
    figures: Mutex<Figures>,
}

/// An endpoint, and since when it is to be told.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) webhooks: Webhooks,
    /// All events of entries after this position of the journal are for it.
    pub(crate) since: u64,
}

/// What became of the webhooks since the gateway started.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Figures {
    /// Answered with 2xx; a duplicate counts.
    pub(crate) delivered: u64,
    pub(crate) failed_attempts: u64,
    pub(crate) given_up: u64,
    /// Never sent, by a fault.
    pub(crate) lost: u64,
    /// The place of the first event that was not taken yet.
    #[serde(skip)]
    pub(crate) next: usize,
    /// Events that are being sent, or wait for their time; the others wait in the books.
    pub(crate) under_way: usize,
}

impl Desk {
    /// The desk of a ledger's folder, without an endpoint.
    pub(crate) fn open(folder: &Path) -> Result<Self, StartError> {
        let mark = Mark::open(folder)?;
        Ok(Self {
            target: watch::Sender::new(None),
            mark: Arc::new(AsyncMutex::new(mark)),
            figures: Mutex::default(),
        })
    }

    /// Sets the endpoint. Once there was one, nothing that happens is forgotten, not even while
    /// the gateway does not run, until there is to be none any more.
    pub(crate) async fn set(
        &self,
        books: &Mutex<Books>,
        webhooks: Option<Webhooks>,
    ) -> io::Result<()> {
        let mark = self.mark.clone().lock_owned().await;
        let Some(webhooks) = webhooks else {
            off_the_runtime(mark, Mark::remove).await?;
            self.target.send_replace(None);
            return Ok(());
        };
        let known = self.target.borrow().as_ref().map(|target| target.since);
        let end = books.lock().position();
        let since = known.or(mark.written()).unwrap_or(end).min(end);
        if mark.written().is_none() {
            off_the_runtime(mark, move |mark| mark.write(since)).await?;
        }
        if known.is_none() {
            let next = books.lock().events().first_after(since);
            self.count(|figures| (figures.next, figures.under_way) = (next, 0));
        }
        self.target.send_replace(Some(Arc::new(Target { webhooks, since })));
        Ok(())
    }

    /// Remembers that everything up to this position was delivered.
    pub(crate) async fn delivered_to(&self, position: u64) -> io::Result<()> {
        let mark = self.mark.clone().lock_owned().await;
        // Without an endpoint there is to be no mark; it may just have been removed.
        if self.target.borrow().is_none() {
            return Ok(());
        }
        let position = mark.written().unwrap_or_default().max(position);
        off_the_runtime(mark, move |mark| mark.write(position)).await
    }

    /// The endpoint in force.
    pub(crate) fn webhooks(&self) -> Option<Webhooks> {
        self.target.borrow().as_ref().map(|target| target.webhooks.clone())
    }

    pub(crate) fn targets(&self) -> watch::Receiver<Option<Arc<Target>>> {
        self.target.subscribe()
    }

    /// What became of the webhooks, and how many of so many events are still to be delivered.
    pub(crate) fn figures(&self, events: usize) -> (Figures, usize) {
        let figures = *self.lock();
        let pending = events.saturating_sub(figures.next) + figures.under_way;
        (figures, if self.target.borrow().is_some() { pending } else { 0 })
    }

    pub(crate) fn count(&self, change: impl FnOnce(&mut Figures)) {
        change(&mut self.lock());
    }

    fn lock(&self) -> MutexGuard<'_, Figures> {
        self.figures.lock()
    }
}

/// Does what waits for a disk where it holds up nobody.
async fn off_the_runtime(
    mut mark: OwnedMutexGuard<Mark>,
    work: impl FnOnce(&mut Mark) -> io::Result<()> + Send + 'static,
) -> io::Result<()> {
    tokio::task::spawn_blocking(move || work(&mut mark)).await.map_err(io::Error::other)?
}
