//! Cancels intents whose authorisations lapse, also when no request comes.

use std::{sync::Arc, time::Duration};

use stand_in::FileLost;

use crate::{
    books::{Books, Entry, RecordedReply},
    engine::Engine,
};

/// Interval between two checks. Requests check too, so only webhooks may be late by it.
const INTERVAL: Duration = Duration::from_secs(1);

/// Checks until the gateway stops.
pub(crate) async fn run(engine: Arc<Engine>) {
    while tokio::time::timeout(INTERVAL, engine.stop.cancelled()).await.is_err() {
        if engine.expire(&mut engine.lock()).is_err() {
            // Requests report it.
            return;
        }
    }
}

impl Engine {
    /// Cancels all intents whose authorisations have lapsed by now.
    pub(crate) fn expire(&self, books: &mut Books) -> Result<(), FileLost> {
        if !books.has_holds() {
            return Ok(());
        }
        let at_unix_ms = (self.now_unix_ms)();
        while let Some((id, change)) = books.next_lapse(at_unix_ms) {
            let reply = RecordedReply::Intent(id);
            let changes = vec![change];
            let entry = Entry { at_unix_ms, changes, reply, idempotency_key: None };
            // A lapse is always applicable to the books it was found in.
            books.apply(&entry).map_err(|_| FileLost)?;
            self.journal.append(&entry)?;
        }
        Ok(())
    }
}
