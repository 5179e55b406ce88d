//! All events, in order. They are derived from the changes, so the journal does not store them.

use std::sync::Arc;

use super::Entry;
use crate::model::{CancelReason, Change, Dispute, EventId, Intent, Refund};

/// An event, as listed by the API and sent as a webhook.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    /// Position of its entry in the journal, counted from 1.
    pub(crate) position: u64,
    pub(crate) subject: Subject,
    pub(crate) at_unix_ms: i64,
    /// The idempotency key of the request that caused it.
    pub(crate) key: Option<Arc<str>>,
    kind: &'static str,
}

/// The object of an event, as it was at that time.
#[derive(Debug, Clone)]
pub(crate) enum Subject {
    Intent(Arc<Intent>),
    /// The charge of this intent that the bank accepted.
    Charge(Arc<Intent>),
    Refund(Arc<Refund>),
    Dispute(Arc<Dispute>),
}

impl Event {
    /// The event type, as named by Stripe.
    pub(crate) fn kind(&self) -> &'static str {
        self.kind
    }

    pub(crate) fn id(&self) -> EventId {
        let Self { position, kind, .. } = self;
        let seed = match &self.subject {
            Subject::Intent(intent) | Subject::Charge(intent) => format!("{} {kind}", intent.id()),
            Subject::Refund(refund) => format!("{} {kind}", refund.id),
            Subject::Dispute(dispute) => format!("{} {kind}", dispute.id),
        };
        EventId::derived(*position, &seed)
    }
}

/// All events, oldest first. None is ever removed.
#[derive(Debug, Default)]
pub(crate) struct Events(Vec<Event>);

impl Events {
    /// Adds the events of a change; `intent` is its state after the change.
    pub(super) fn add_change(
        &mut self,
        change: &Change,
        intent: Arc<Intent>,
        refund: Option<Arc<Refund>>,
        position: u64,
        entry: &Entry,
    ) {
        let mut add = |kind, subject| {
            let key = entry.idempotency_key.as_ref().map(|key| key.key.clone());
            self.0.push(Event { position, subject, at_unix_ms: entry.at_unix_ms, key, kind });
        };
        let is_released = intent.accepted_charge().is_some();
        let kind = match change {
            Change::Created(_) => "payment_intent.created",
            Change::Paid { .. } => "payment_intent.succeeded",
            Change::Authorized { .. } => "payment_intent.amount_capturable_updated",
            Change::Captured { .. } => {
                add("charge.captured", Subject::Charge(intent.clone()));
                "payment_intent.succeeded"
            }
            Change::Declined { .. } | Change::AuthenticationFailed { .. } => {
                "payment_intent.payment_failed"
            }
            Change::ActionRequired { .. } => "payment_intent.requires_action",
            Change::Canceled { reason, .. } => {
                // A hold that is released is a charge that is refunded without a capture.
                if is_released && *reason == Some(CancelReason::Automatic) {
                    add("charge.expired", Subject::Charge(intent.clone()));
                } else if is_released {
                    add("charge.refunded", Subject::Charge(intent.clone()));
                }
                "payment_intent.canceled"
            }
            Change::Refunded(_) => {
                add("charge.refunded", Subject::Charge(intent));
                if let Some(refund) = refund {
                    add("refund.created", Subject::Refund(refund));
                }
                return;
            }
            Change::Disputed(dispute) => {
                let dispute = Arc::new(dispute.clone());
                add("charge.dispute.created", Subject::Dispute(dispute.clone()));
                add("charge.dispute.funds_withdrawn", Subject::Dispute(dispute));
                return;
            }
            Change::TokenCreated(_) | Change::TokenUsed { .. } => return,
        };
        add(kind, Subject::Intent(intent));
    }

    pub(crate) fn all(&self) -> &[Event] {
        &self.0
    }

    /// The index of the first event after this position of the journal.
    pub(crate) fn index_after(&self, position: u64) -> usize {
        self.0.partition_point(|event| event.position <= position)
    }

    /// The index of an event.
    pub(crate) fn index_of(&self, id: EventId) -> Option<usize> {
        let first = self.index_after(id.position().checked_sub(1)?);
        let entry = self.0.get(first..)?.iter().take_while(|e| e.position == id.position());
        entry.enumerate().find(|(_, event)| event.id() == id).map(|(n, _)| first + n)
    }
}
