//! What clients are told of, in order. It follows from the changes, so the journal has no more
//! of it.

use std::sync::Arc;

use super::Entry;
use crate::model::{Change, EventId, Intent, Refund};

/// One thing that clients are told of.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    /// Where its entry stands in the journal, counted from 1.
    pub(crate) position: u64,
    pub(crate) subject: Subject,
    pub(crate) at_unix_ms: i64,
    /// The idempotency key of the request that made it happen.
    pub(crate) key: Option<Arc<str>>,
    kind: &'static str,
}

/// What it happened to, as it was at that moment.
#[derive(Debug, Clone)]
pub(crate) enum Subject {
    Intent(Arc<Intent>),
    /// The charge that paid this intent.
    Charge(Arc<Intent>),
    Refund(Arc<Refund>),
}

impl Event {
    /// Stripe's word for what happened.
    pub(crate) fn kind(&self) -> &'static str {
        self.kind
    }

    pub(crate) fn id(&self) -> EventId {
        let Self { position, kind, .. } = self;
        let told = match &self.subject {
            Subject::Intent(intent) | Subject::Charge(intent) => format!("{} {kind}", intent.id()),
            Subject::Refund(refund) => format!("{} {kind}", refund.id),
        };
        EventId::derived(*position, &told)
    }
}

/// All events, oldest first. None is forgotten, as nothing in the books is.
#[derive(Debug, Default)]
pub(crate) struct Events(Vec<Event>);

impl Events {
    /// Notes what a change means to clients; `intent` is as it stands after the change.
    pub(super) fn tell(
        &mut self,
        change: &Change,
        intent: Arc<Intent>,
        refund: Option<Arc<Refund>>,
        position: u64,
        entry: &Entry,
    ) {
        let mut add = |kind, subject| {
            let key = entry.keyed.as_ref().map(|keyed| keyed.key.clone());
            self.0.push(Event { position, subject, at_unix_ms: entry.at_unix_ms, key, kind });
        };
        let kind = match change {
            Change::Created { .. } => "payment_intent.created",
            Change::Paid { .. } => "payment_intent.succeeded",
            Change::Declined { .. } => "payment_intent.payment_failed",
            Change::ActionRequired { .. } => "payment_intent.requires_action",
            Change::Canceled { .. } => "payment_intent.canceled",
            Change::Refunded(_) => {
                add("charge.refunded", Subject::Charge(intent));
                if let Some(refund) = refund {
                    add("refund.created", Subject::Refund(refund));
                }
                return;
            }
        };
        add(kind, Subject::Intent(intent));
    }

    pub(crate) fn all(&self) -> &[Event] {
        &self.0
    }

    /// The place of the first event whose entry is after this position of the journal.
    pub(crate) fn first_after(&self, position: u64) -> usize {
        self.0.partition_point(|event| event.position <= position)
    }

    /// The place of an event.
    pub(crate) fn place(&self, id: EventId) -> Option<usize> {
        let first = self.first_after(id.position().checked_sub(1)?);
        let entry = self.0.get(first..)?.iter().take_while(|e| e.position == id.position());
        entry.enumerate().find(|(_, event)| event.id() == id).map(|(n, _)| first + n)
    }
}
