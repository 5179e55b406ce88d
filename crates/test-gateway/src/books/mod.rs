//! The books: the state of the gateway in memory. A start rebuilds it by applying the journal,
//! with the same code as live requests.

mod entry;
mod events;
mod indexed_list;
mod keys;
mod recorded_reply;

use std::{collections::HashMap, sync::Arc};

pub(crate) use entry::{Entry, Fingerprint, IdempotencyKey};
pub(crate) use events::{Event, Events, Subject};
pub(crate) use indexed_list::IndexedList;
pub(crate) use keys::{Claim, Keys};
pub(crate) use recorded_reply::RecordedReply;

use crate::{
    model::{Change, IllegalChange, Intent, IntentId, Refund, RefundId},
    problem::Problem,
};

/// Intents, refunds, events and idempotency keys.
#[derive(Debug, Default)]
pub(crate) struct Books {
    intents: IndexedList<IntentId, Intent>,
    refunds: IndexedList<RefundId, Refund>,
    refunds_of: HashMap<IntentId, Vec<Arc<Refund>>>,
    events: Events,
    /// Number of entries in the journal.
    position: u64,
    pub(crate) keys: Keys,
}

/// A reply: an object as it was at that time, or an error.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Intent(Arc<Intent>),
    Refund(Arc<Refund>),
    Problem { problem: Box<Problem>, intent: Option<Arc<Intent>> },
}

impl From<Problem> for Reply {
    fn from(problem: Problem) -> Self {
        Self::Problem { problem: Box::new(problem), intent: None }
    }
}

impl Books {
    /// Applies an entry and returns its reply.
    pub(crate) fn apply(&mut self, entry: &Entry) -> Result<Reply, IllegalChange> {
        if !entry.is_empty() {
            self.position += 1;
        }
        for change in &entry.changes {
            self.apply_change(change)?;
            self.add_events(change, entry)?;
        }
        let reply = self.resolve_reply(&entry.reply)?;
        if let Some(key) = &entry.idempotency_key {
            self.keys.store(key, entry.at_unix_ms, reply.clone());
        }
        Ok(reply)
    }

    fn apply_change(&mut self, change: &Change) -> Result<(), IllegalChange> {
        let id = change.intent();
        if let Change::Created { .. } = change {
            let created = Intent::from_created(change).ok_or(IllegalChange::WrongState(id))?;
            let is_added = self.intents.add(id, Arc::new(created));
            return if is_added { Ok(()) } else { Err(IllegalChange::IntentExists(id)) };
        }
        let intent = self.intents.get(id).ok_or(IllegalChange::UnknownIntent(id))?;
        let next = Arc::new(intent.apply(change)?);
        if let Change::Refunded(refund) = change {
            let refund = Arc::new(refund.clone());
            if !self.refunds.add(refund.id, refund.clone()) {
                return Err(IllegalChange::RefundExists);
            }
            self.refunds_of.entry(id).or_default().push(refund);
        }
        if let Some(intent) = self.intents.get_mut(id) {
            *intent = next;
        }
        Ok(())
    }

    /// Adds the events of a change that was just applied.
    fn add_events(&mut self, change: &Change, entry: &Entry) -> Result<(), IllegalChange> {
        let id = change.intent();
        let intent = self.intent(id).ok_or(IllegalChange::UnknownIntent(id))?.clone();
        let refund = self.refunds_of(id).last().cloned();
        self.events.add_change(change, intent, refund, self.position, entry);
        Ok(())
    }

    fn resolve_reply(&self, recorded: &RecordedReply) -> Result<Reply, IllegalChange> {
        match recorded {
            RecordedReply::Intent(id) => {
                let intent = self.intent(*id).ok_or(IllegalChange::UnknownIntent(*id))?;
                Ok(Reply::Intent(intent.clone()))
            }
            RecordedReply::Refund(id) => {
                let refund = self.refunds.get(*id).ok_or(IllegalChange::UnknownRefund(*id))?;
                Ok(Reply::Refund(refund.clone()))
            }
            RecordedReply::Problem(problem) => {
                let intent = problem.intent.and_then(|id| self.intent(id)).cloned();
                Ok(Reply::Problem { problem: problem.clone(), intent })
            }
        }
    }

    pub(crate) fn intent(&self, id: IntentId) -> Option<&Arc<Intent>> {
        self.intents.get(id)
    }

    pub(crate) fn intents(&self) -> &IndexedList<IntentId, Intent> {
        &self.intents
    }

    pub(crate) fn refunds(&self) -> &IndexedList<RefundId, Refund> {
        &self.refunds
    }

    pub(crate) fn events(&self) -> &Events {
        &self.events
    }

    /// Number of entries in the journal.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// The refunds of one intent, oldest first.
    pub(crate) fn refunds_of(&self, intent: IntentId) -> &[Arc<Refund>] {
        self.refunds_of.get(&intent).map_or(&[], Vec::as_slice)
    }
}
