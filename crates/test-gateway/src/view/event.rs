//! An event in Stripe's format.

use serde::Serialize;

use super::{Absent, ChargeView, DisputeView, IntentView, RefundView, seconds};
use crate::{
    books::{Event, Subject},
    model::EventId,
};

/// Version of Stripe's API whose format the objects have.
const API_VERSION: &str = "2025-03-31.basil";

/// An event in Stripe's format.
#[derive(Debug, Serialize)]
pub(crate) struct EventView<'a> {
    id: EventId,
    object: &'static str,
    api_version: &'static str,
    created: i64,
    data: Data<'a>,
    livemode: bool,
    pending_webhooks: u64,
    request: RequestView<'a>,
    r#type: &'static str,
}

#[derive(Debug, Serialize)]
struct Data<'a> {
    object: ObjectView<'a>,
}

/// The request of an event, identified only by its key; request ids are not stored.
#[derive(Debug, Serialize)]
struct RequestView<'a> {
    id: Absent,
    idempotency_key: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum ObjectView<'a> {
    Intent(Box<IntentView<'a>>),
    Charge(Box<ChargeView<'a>>),
    Refund(Box<RefundView<'a>>),
    Dispute(Box<DisputeView<'a>>),
    Nothing(Absent),
}

impl<'a> EventView<'a> {
    /// An event with its number of pending deliveries.
    pub(crate) fn of(event: &'a Event, pending_webhooks: u64) -> Self {
        let object = match &event.subject {
            Subject::Intent(intent) => ObjectView::Intent(Box::new(IntentView::of(intent))),
            Subject::Charge(intent) => match intent.accepted_charge() {
                Some(charge) => ObjectView::Charge(Box::new(ChargeView::of(intent, charge))),
                None => ObjectView::Nothing(None),
            },
            Subject::Refund(refund) => ObjectView::Refund(Box::new(RefundView::of(refund))),
            Subject::Dispute(dispute) => {
                ObjectView::Dispute(Box::new(DisputeView::of(dispute, event.at_unix_ms)))
            }
        };
        Self {
            id: event.id(),
            object: "event",
            api_version: API_VERSION,
            created: seconds(event.at_unix_ms),
            data: Data { object },
            livemode: false,
            pending_webhooks,
            request: RequestView { id: None, idempotency_key: event.key.as_deref() },
            r#type: event.kind(),
        }
    }
}
