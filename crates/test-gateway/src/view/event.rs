//! An event as Stripe shows and sends it.

use serde::Serialize;

use super::{Absent, ChargeView, IntentView, RefundView, seconds};
use crate::books::{Event, Subject};
use crate::model::EventId;

/// The version of Stripe's API whose shapes the objects have.
const API_VERSION: &str = "2025-03-31.basil";

/// An event as Stripe shows and sends it.
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

/// A request is named only by its key: answers are numbered anew each time.
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
    Nothing(Absent),
}

impl<'a> EventView<'a> {
    /// `pending_webhooks` is how many deliveries of it are still to come.
    pub(crate) fn of(event: &'a Event, pending_webhooks: u64) -> Self {
        let object = match &event.subject {
            Subject::Intent(intent) => ObjectView::Intent(Box::new(IntentView::of(intent))),
            Subject::Charge(intent) => match intent.paid() {
                Some(charge) => ObjectView::Charge(Box::new(ChargeView::of(intent, charge))),
                None => ObjectView::Nothing(None),
            },
            Subject::Refund(refund) => ObjectView::Refund(Box::new(RefundView::of(refund))),
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
