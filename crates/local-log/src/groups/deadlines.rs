//! Applies effects, watches deadlines and compacts the journal.

use std::{collections::BTreeMap, io, sync::Arc};

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::{GroupEntry, Groups, group::Effect, journal::Line, stored};

/// Minimum length of the journal before it is rewritten.
const REWRITE_BYTES: u64 = 16 << 20;

impl Groups {
    /// Expires members and phases when their deadlines pass, until cancelled.
    pub(crate) async fn watch_deadlines(self: Arc<Self>, stop: CancellationToken) {
        loop {
            let earliest = |e: &BTreeMap<String, GroupEntry>| {
                e.values().filter_map(|entry| entry.group.next_deadline()).min()
            };
            let next = earliest(&self.entries.lock());
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
                            self.apply_effects(name, entry, effects);
                        }
                    }
                }
            }
        }
    }

    /// Applies the effects of a decision, in order.
    pub(super) fn apply_effects(&self, name: &str, entry: &mut GroupEntry, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::AnswerJoin(id, reply) => {
                    entry.joins.remove(&id).map(|sender| sender.send(reply));
                }
                Effect::AnswerSync(id, reply) => {
                    entry.syncs.remove(&id).map(|sender| sender.send(reply));
                }
                Effect::Persist => {
                    let line = Line::Group(stored::store(name, &entry.group));
                    if let Err(error) = self.journal.append(&line) {
                        // The group continues; after a restart it rebalances.
                        tracing::error!(%error, group = name, "cannot store a generation");
                    }
                }
            }
        }
    }

    /// Rewrites the journal when most of it is obsolete.
    pub(super) fn compact_journal(&self, entries: &BTreeMap<String, GroupEntry>) -> io::Result<()> {
        let mut rewritten_bytes = self.rewritten_bytes.lock();
        if self.journal.length_bytes() < REWRITE_BYTES.max(*rewritten_bytes * 2) {
            return Ok(());
        }
        let lines = entries.iter().flat_map(|(name, entry)| {
            let group = Line::Group(stored::store(name, &entry.group));
            [group, Line::Offsets(name.clone(), entry.offsets.to_stored())]
        });
        self.journal.rewrite(lines)?;
        *rewritten_bytes = self.journal.length_bytes();
        Ok(())
    }
}
