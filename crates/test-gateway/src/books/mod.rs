//! All that the gateway remembers, in memory. The journal rebuilds it entry by entry, by the
//! very code that live requests use.

mod entry;
mod keys;

use std::collections::HashMap;
use std::sync::Arc;

use crate::decide::Outcome;
use crate::model::{Change, IllegalChange, Intent, IntentId, Refund, RefundId};
use crate::problem::Problem;

pub(crate) use entry::{Entry, Fingerprint, Keyed};
pub(crate) use keys::{Claim, Keys};

/// Intents, refunds and remembered answers.
#[derive(Debug, Default)]
pub(crate) struct Books {
    intents: Shelf<IntentId, Intent>,
    refunds: Shelf<RefundId, Refund>,
    refunds_of: HashMap<IntentId, Vec<Arc<Refund>>>,
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
        for change in &entry.changes {
            self.apply_change(change)?;
        }
        let reply = self.reply(&entry.outcome)?;
        if let Some(keyed) = &entry.keyed {
            self.keys.store(keyed, entry.at_unix_ms, reply.clone());
        }
        Ok(reply)
    }

    fn apply_change(&mut self, change: &Change) -> Result<(), IllegalChange> {
        let id = match change {
            Change::Created { id, .. } => {
                let fresh = Intent::created(change).ok_or(IllegalChange::WrongState(*id))?;
                let added = self.intents.add(*id, Arc::new(fresh));
                return if added { Ok(()) } else { Err(IllegalChange::IntentExists(*id)) };
            }
            Change::Paid { intent, .. }
            | Change::Declined { intent, .. }
            | Change::ActionRequired { intent, .. }
            | Change::Canceled { intent, .. } => *intent,
            Change::Refunded(refund) => refund.intent,
        };
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

    /// The refunds of one intent, oldest first.
    pub(crate) fn refunds_of(&self, intent: IntentId) -> &[Arc<Refund>] {
        self.refunds_of.get(&intent).map_or(&[], Vec::as_slice)
    }
}

/// Objects in the order of their creation, found by id.
#[derive(Debug)]
pub(crate) struct Shelf<Id, T> {
    items: Vec<Arc<T>>,
    places: HashMap<Id, usize>,
}

impl<Id, T> Default for Shelf<Id, T> {
    fn default() -> Self {
        Self { items: Vec::new(), places: HashMap::new() }
    }
}

impl<Id: Copy + Eq + std::hash::Hash, T> Shelf<Id, T> {
    fn add(&mut self, id: Id, item: Arc<T>) -> bool {
        let fresh = !self.places.contains_key(&id);
        if fresh {
            self.places.insert(id, self.items.len());
            self.items.push(item);
        }
        fresh
    }

    fn place(&mut self, id: Id) -> Option<&mut Arc<T>> {
        self.items.get_mut(*self.places.get(&id)?)
    }

    pub(crate) fn get(&self, id: Id) -> Option<&Arc<T>> {
        self.items.get(*self.places.get(&id)?)
    }

    /// All, oldest first.
    pub(crate) fn all(&self) -> &[Arc<T>] {
        &self.items
    }

    /// How many were made before this one.
    pub(crate) fn position(&self, id: Id) -> Option<usize> {
        self.places.get(&id).copied()
    }
}
