//! `order_progress`: a step of an order after its payment.

use domain::{ids::OrderId, kitchen::Requester, order::Order, status::StatusChange, text::Note};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    envelope::Envelope,
    order_details::{OrderDetails, field, json, optional, read_with, whole_micros},
    record::{DecodeError, OutgoingRecord, Record},
    topic::Topic,
};

/// The payload: the order with the step, side by side.
#[derive(Clone, Debug, Serialize)]
pub struct OrderProgress<'a> {
    /// The order as placed.
    #[serde(flatten)]
    pub order: OrderDetails<'a>,
    /// What it did.
    #[serde(flatten)]
    pub step: Step,
}

/// What a step adds to an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Step {
    /// The status reached.
    pub status: String,
    /// RFC 3339.
    pub at: Timestamp,
    /// Who did it: `kitchen`, `restaurant`, `customer`, `timer`.
    pub by: String,
    /// Why, where a reason belongs to the status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When the food should be ready, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_by: Option<Timestamp>,
}

/// The event that an order made a step.
pub fn progressed(order: &Order, change: &StatusChange, by: Requester) -> OutgoingRecord {
    let key = order.id.to_string();
    let envelope = Envelope::new(
        Topic::OrderProgress,
        "/comanda/orders",
        "comanda.order.progressed.v1",
        &key,
        change.status.name(),
        change.at,
    )
    .in_trace_of(order);
    let step = Step {
        status: change.status.name().to_owned(),
        at: change.at,
        by: by.name().to_owned(),
        reason: change.reason.clone(),
        ready_by: change.ready_by,
    };
    let payload = OrderProgress { order: OrderDetails::from(order), step };
    OutgoingRecord::event(Topic::OrderProgress, &key, &envelope, json(&payload))
}

/// Reads an `order_progress` record: the order, its step, and who made it.
pub fn read(record: &Record) -> Result<(Order, StatusChange, Requester), DecodeError> {
    let (order, step): (_, Step) = read_with(record)?;
    let change = step.of(order.id)?;
    Ok((order, change, field("by", &step.by)?))
}

/// The step that an `order_progress` record of an order tells.
pub(crate) fn change(record: &Record, order_id: OrderId) -> Result<StatusChange, DecodeError> {
    record.json::<Step>()?.of(order_id)
}

impl Step {
    fn of(&self, order_id: OrderId) -> Result<StatusChange, DecodeError> {
        Ok(StatusChange {
            order_id,
            status: field("status", &self.status)?,
            at: whole_micros(self.at),
            // Checked as text that people type: a zero byte, for one, is nothing a database takes.
            reason: optional::<Note>("reason", self.reason.as_deref())?
                .map(|note| note.to_string()),
            ready_by: self.ready_by.map(whole_micros),
        })
    }
}
