//! All that the gateway remembers, in memory. The journal rebuilds it entry by entry, by the
//! very code that live requests use.

mod entry;
mod events;
mod keys;
mod outcome;
mod shelf;

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::{Change, IllegalChange, Intent, IntentId, Refund, RefundId};
use crate::problem::Problem;

pub(crate) use entry::{Entry, Fingerprint, Keyed};
pub(crate) use events::{Event, Events, Subject};
pub(crate) use keys::{Claim, Keys};
pub(crate) use outcome::Outcome;
pub(crate) use shelf::Shelf;

/// Intents, refunds and remembered answers.
#[derive(Debug, Default)]
pub(crate) struct Books {
    intents: Shelf<IntentId, Intent>,
    refunds: Shelf<RefundId, Refund>,
    refunds_of: HashMap<IntentId, Vec<Arc<Refund>>>,
    events: Events,
    /// How many entries the journal has.
    position: u64,
    pub(crate) keys: Keys,
}

/// An answer: an object as it was at that moment, or an error.
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
    /// Applies an entry and gives what it answers.
    pub(crate) fn apply(&mut self, entry: &Entry) -> Result<Reply, IllegalChange> {
        if !entry.is_idle() {
            self.position += 1;
        }
        for change in &entry.changes {
            self.apply_change(change)?;
            self.tell(change, entry)?;
        }
        let reply = self.reply(&entry.outcome)?;
        if let Some(keyed) = &entry.keyed {
            self.keys.store(keyed, entry.at_unix_ms, reply.clone());
        }
        Ok(reply)
    }

    fn apply_change(&mut self, change: &Change) -> Result<(), IllegalChange> {
        let id = change.intent();
        if let Change::Created { .. } = change {
            let fresh = Intent::created(change).ok_or(IllegalChange::WrongState(id))?;
            let added = self.intents.add(id, Arc::new(fresh));
            return if added { Ok(()) } else { Err(IllegalChange::IntentExists(id)) };
        }
        let place = self.intents.place(id).ok_or(IllegalChange::UnknownIntent(id))?;
        let next = Arc::new(place.after(change)?);
        if let Change::Refunded(refund) = change {
            let refund = Arc::new(refund.clone());
            if !self.refunds.add(refund.id, refund.clone()) {
                return Err(IllegalChange::RefundExists);
            }
            self.refunds_of.entry(id).or_default().push(refund);
        }
        if let Some(place) = self.intents.place(id) {
            *place = next;
        }
        Ok(())
    }

    /// Notes what clients are told of a change that was just applied.
    fn tell(&mut self, change: &Change, entry: &Entry) -> Result<(), IllegalChange> {
        let id = change.intent();
        let intent = self.intent(id).ok_or(IllegalChange::UnknownIntent(id))?.clone();
        let refund = self.refunds_of(id).last().cloned();
        self.events.tell(change, intent, refund, self.position, entry);
        Ok(())
    }

    fn reply(&self, outcome: &Outcome) -> Result<Reply, IllegalChange> {
        match outcome {
            Outcome::Intent(id) => {
                let intent = self.intent(*id).ok_or(IllegalChange::UnknownIntent(*id))?;
                Ok(Reply::Intent(intent.clone()))
            }
            Outcome::Refund(id) => {
                let refund = self.refunds.get(*id).ok_or(IllegalChange::UnknownRefund(*id))?;
                Ok(Reply::Refund(refund.clone()))
            }
            Outcome::Problem(problem) => {
                let intent = problem.intent.and_then(|id| self.intent(id)).cloned();
                Ok(Reply::Problem { problem: problem.clone(), intent })
            }
        }
    }

    pub(crate) fn intent(&self, id: IntentId) -> Option<&Arc<Intent>> {
        self.intents.get(id)
    }

    pub(crate) fn intents(&self) -> &Shelf<IntentId, Intent> {
        &self.intents
    }

    pub(crate) fn refunds(&self) -> &Shelf<RefundId, Refund> {
        &self.refunds
    }

    pub(crate) fn events(&self) -> &Events {
        &self.events
    }

    /// How many entries the journal has.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// The refunds of one intent, oldest first.
    pub(crate) fn refunds_of(&self, intent: IntentId) -> &[Arc<Refund>] {
        self.refunds_of.get(&intent).map_or(&[], Vec::as_slice)
    }
}
