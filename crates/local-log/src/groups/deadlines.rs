//! Carries out decisions: answers who waits, writes the journal, and watches the clock.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::group::Effect;
use super::journal::Line;
use super::{Entry, Groups, stored};

/// Length from which the journal is worth rewriting.
const REWRITE_BYTES: u64 = 16 << 20;

impl Groups {
    /// Removes silent members and ends phases when their time is up. Sleeps otherwise.
    pub(crate) async fn watch_deadlines(self: Arc<Self>, stop: CancellationToken) {
        loop {
            let deadlines = |e: &BTreeMap<String, Entry>| {
                e.values().filter_map(|entry| entry.group.next_deadline()).min()
            };
            let next = deadlines(&self.entries.lock());
            let sleep = async {
                match next {
                    Some(next) => sleep_until(next).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.deadline_moved.notified() => {}
                () = sleep => {
                    let now = Instant::now();
                    for (name, entry) in &mut *self.entries.lock() {
                        if entry.group.next_deadline().is_some_and(|next| next <= now) {
                            let effects = entry.group.expire(now);
                            self.apply(name, entry, effects);
                        }
                    }
                }
            }
        }
    }

    /// Carries out what was decided. Generations are written first, and answered then.
    pub(super) fn apply(&self, name: &str, entry: &mut Entry, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Joined(id, reply) => {
                    entry.joins.remove(&id).map(|waiting| waiting.send(reply));
                }
                Effect::Synced(id, reply) => {
                    entry.syncs.remove(&id).map(|waiting| waiting.send(reply));
                }
                Effect::Persist => {
                    let line = Line::Group(stored::store(name, &entry.group));
                    if let Err(error) = self.journal.append(&line) {
                        // The group works on; after a restart it forms again.
                        tracing::error!(%error, group = name, "cannot store a generation");
                    }
                }
            }
        }
    }

    /// Rewrites the journal when most of it is old.
    pub(super) fn rewrite_if_long(&self, entries: &BTreeMap<String, Entry>) -> io::Result<()> {
        let mut rewritten_bytes = self.rewritten_bytes.lock();
        if self.journal.length_bytes() < REWRITE_BYTES.max(*rewritten_bytes * 2) {
            return Ok(());
        }
        let lines = entries.iter().flat_map(|(name, entry)| {
            let group = Line::Group(stored::store(name, &entry.group));
            [group, Line::Offsets(name.clone(), entry.offsets.stored())]
        });
        self.journal.rewrite(lines)?;
        *rewritten_bytes = self.journal.length_bytes();
        Ok(())
    }
}
