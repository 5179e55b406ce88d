//! Applies entries: live ones, and those of the journal at start.

use std::sync::Arc;

use super::{Books, Entry, RecordedReply, Reply};
use crate::model::{
    BalanceTransaction, Change, ConfirmationToken, IllegalChange, Intent, IntentId, TokenId,
};

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
        match change {
            Change::Created(details) => {
                let is_added = self.intents.add(details.id, Arc::new(Intent::new(details.clone())));
                if is_added { Ok(()) } else { Err(IllegalChange::IntentExists(details.id)) }
            }
            Change::TokenCreated(token) => {
                let is_added = self.tokens.add(token.id, Arc::new(token.clone()));
                if is_added { Ok(()) } else { Err(IllegalChange::Token(token.id)) }
            }
            Change::TokenUsed { token, intent } => self.use_token(*token, *intent),
            _ => change.intent().map_or(Ok(()), |id| self.apply_to_intent(id, change)),
        }
    }

    fn use_token(&mut self, id: TokenId, intent: IntentId) -> Result<(), IllegalChange> {
        let unused = self.tokens.get_mut(id).filter(|token| token.used_by.is_none());
        let token = unused.ok_or(IllegalChange::Token(id))?;
        *token = Arc::new(ConfirmationToken {
            used_by: Some(intent),
            ..ConfirmationToken::clone(token)
        });
        Ok(())
    }

    fn apply_to_intent(&mut self, id: IntentId, change: &Change) -> Result<(), IllegalChange> {
        let intent = self.intents.get(id).ok_or(IllegalChange::UnknownIntent(id))?;
        let next = Arc::new(intent.apply(change)?);
        if let Change::Refunded(refund) = change {
            let refund = Arc::new(refund.clone());
            if !self.refunds.add(refund.id, refund.clone()) {
                return Err(IllegalChange::RefundExists);
            }
            self.refunds_of.entry(id).or_default().push(refund);
        }
        if let Change::ActionRequired { challenge: Some(challenge), .. } = change {
            self.challenges.insert(challenge.id, (challenge.clone(), id));
        }
        if let Change::Disputed(dispute) = change {
            let is_added = self.disputes.add(dispute.id, Arc::new(dispute.clone()));
            is_added.then_some(()).ok_or(IllegalChange::Dispute(dispute.id))?;
        }
        if let Some(moved) = movement(change, &next) {
            self.balance.add(moved.source.transaction(), Arc::new(moved));
        }
        if let Some(charge) = change.charge() {
            self.charges.insert(charge, id);
        }
        self.replace_intent(id, next);
        Ok(())
    }

    fn replace_intent(&mut self, id: IntentId, next: Arc<Intent>) {
        let Some(intent) = self.intents.get_mut(id) else { return };
        let (before, after) = (intent.hold_lapses_unix_ms(), next.hold_lapses_unix_ms());
        *intent = next;
        if let Some(at_unix_ms) = before {
            self.holds.remove(&(at_unix_ms, id));
        }
        if let Some(at_unix_ms) = after {
            self.holds.insert((at_unix_ms, id));
        }
    }

    /// Adds the events of a change that was just applied.
    fn add_events(&mut self, change: &Change, entry: &Entry) -> Result<(), IllegalChange> {
        let Some(id) = change.intent() else { return Ok(()) };
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
            RecordedReply::Token(id) => {
                let token = self.tokens.get(*id).ok_or(IllegalChange::Token(*id))?;
                Ok(Reply::Token(token.clone()))
            }
            RecordedReply::Dispute(id) => {
                let dispute = self.disputes.get(*id).ok_or(IllegalChange::Dispute(*id))?;
                Ok(Reply::Dispute(dispute.clone()))
            }
            RecordedReply::Problem(problem) => {
                let intent = problem.intent.and_then(|id| self.intent(id)).cloned();
                Ok(Reply::Problem { problem: problem.clone(), intent })
            }
        }
    }
}

/// The movement of the balance that a change causes; `intent` is its state after the change.
fn movement(change: &Change, intent: &Intent) -> Option<BalanceTransaction> {
    match change {
        Change::Paid { at_unix_ms, .. } | Change::Captured { at_unix_ms, .. } => {
            let id = intent.captured_charge()?.id;
            let (captured, currency) = (intent.captured_minor(), *intent.currency());
            Some(BalanceTransaction::of_charge(id, captured, currency, *at_unix_ms))
        }
        Change::Refunded(refund) => Some(BalanceTransaction::of_refund(refund)),
        Change::Disputed(dispute) => Some(BalanceTransaction::of_dispute(dispute)),
        _ => None,
    }
}
