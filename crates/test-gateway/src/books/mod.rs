//! The books: the state of the gateway in memory. A start rebuilds it by applying the journal,
//! with the same code as live requests.

mod apply;
mod entry;
mod events;
mod indexed_list;
mod keys;
mod recorded_reply;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

pub(crate) use entry::{Entry, Fingerprint, IdempotencyKey};
pub(crate) use events::{Event, Events, Subject};
pub(crate) use indexed_list::IndexedList;
pub(crate) use keys::{Claim, Keys};
pub(crate) use recorded_reply::RecordedReply;

use crate::{
    model::{
        BalanceTransaction, Challenge, ChallengeId, Change, ChargeId, ConfirmationToken, Dispute,
        DisputeId, Intent, IntentId, Refund, RefundId, TokenId, TransactionId,
    },
    problem::Problem,
};

/// Intents, refunds, events and idempotency keys.
#[derive(Debug, Default)]
pub(crate) struct Books {
    intents: IndexedList<IntentId, Intent>,
    refunds: IndexedList<RefundId, Refund>,
    /// The intent of each charge.
    charges: HashMap<ChargeId, IntentId>,
    /// Each challenge, current or over, with its intent.
    challenges: HashMap<ChallengeId, (Challenge, IntentId)>,
    refunds_of: HashMap<IntentId, Vec<Arc<Refund>>>,
    tokens: IndexedList<TokenId, ConfirmationToken>,
    disputes: IndexedList<DisputeId, Dispute>,
    balance: IndexedList<TransactionId, BalanceTransaction>,
    events: Events,
    /// Authorised intents, by the time at which they lapse.
    holds: BTreeSet<(i64, IntentId)>,
    /// Number of entries in the journal.
    position: u64,
    pub(crate) keys: Keys,
}

/// A reply: an object as it was at that time, or an error.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Intent(Arc<Intent>),
    Refund(Arc<Refund>),
    Token(Arc<ConfirmationToken>),
    Dispute(Arc<Dispute>),
    Problem { problem: Box<Problem>, intent: Option<Arc<Intent>> },
}

impl From<Problem> for Reply {
    fn from(problem: Problem) -> Self {
        Self::Problem { problem: Box::new(problem), intent: None }
    }
}

impl Books {
    /// The cancellation that an authorisation needs which has lapsed by this time.
    pub(crate) fn next_lapse(&self, now_unix_ms: i64) -> Option<(IntentId, Change)> {
        let (lapses_unix_ms, id) = self.holds.first()?;
        let intent = self.intent(*id).filter(|_| *lapses_unix_ms <= now_unix_ms)?;
        Some((*id, intent.lapse(now_unix_ms)))
    }

    /// Whether any authorisation waits for its capture.
    pub(crate) fn has_holds(&self) -> bool {
        !self.holds.is_empty()
    }

    pub(crate) fn intent(&self, id: IntentId) -> Option<&Arc<Intent>> {
        self.intents.get(id)
    }

    /// The intent of a charge.
    pub(crate) fn intent_of(&self, charge: ChargeId) -> Option<&Arc<Intent>> {
        self.intent(*self.charges.get(&charge)?)
    }

    /// A challenge, current or over, and its intent.
    pub(crate) fn challenge(&self, id: ChallengeId) -> Option<(&Challenge, &Arc<Intent>)> {
        let (challenge, intent) = self.challenges.get(&id)?;
        Some((challenge, self.intent(*intent)?))
    }

    pub(crate) fn intents(&self) -> &IndexedList<IntentId, Intent> {
        &self.intents
    }

    pub(crate) fn refunds(&self) -> &IndexedList<RefundId, Refund> {
        &self.refunds
    }

    pub(crate) fn tokens(&self) -> &IndexedList<TokenId, ConfirmationToken> {
        &self.tokens
    }

    pub(crate) fn disputes(&self) -> &IndexedList<DisputeId, Dispute> {
        &self.disputes
    }

    /// The movements of the balance.
    pub(crate) fn balance(&self) -> &IndexedList<TransactionId, BalanceTransaction> {
        &self.balance
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
