//! `order_progress`: a step of an order after its payment.

use domain::{ids::OrderId, kitchen::Requester, order::Order, status::StatusChange, text::Note};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    envelope::Envelope,
    number::{number_value, parse_number},
    order_details::{
        OrderDetails, decode_with, encode_json, parse_field, parse_optional, truncate_to_micros,
    },
    record::{DecodeError, OutgoingRecord, Record},
    topic::Topic,
};

/// The payload: the fields of the order and of the step.
#[derive(Clone, Debug, Serialize)]
pub struct OrderProgress<'a> {
    /// The order as placed.
    #[serde(flatten)]
    pub order: OrderDetails<'a>,
    /// The step.
    #[serde(flatten)]
    pub step: Step,
}

/// The fields of a step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Step {
    /// The status reached.
    pub status: String,
    /// RFC 3339.
    pub at: Timestamp,
    /// The originator: `kitchen`, `restaurant`, `customer`, `timer`.
    pub by: String,
    /// The reason, for statuses that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When the food should be ready, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_by: Option<Timestamp>,
    /// By which number people call the order; absent if it has none, and in earlier records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
}

/// Encodes the event that an order made a step.
pub fn encode_progress(order: &Order, change: &StatusChange, by: Requester) -> OutgoingRecord {
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
        number: number_value(change.number),
    };
    let payload = OrderProgress { order: OrderDetails::from(order), step };
    OutgoingRecord::event(Topic::OrderProgress, &key, &envelope, encode_json(&payload))
}

/// Decodes an `order_progress` record: the order, its step, and the originator.
pub fn decode_progress(record: &Record) -> Result<(Order, StatusChange, Requester), DecodeError> {
    let (order, step): (_, Step) = decode_with(record)?;
    let change = step.to_change(order.id)?;
    Ok((order, change, parse_field("by", &step.by)?))
}

/// Decodes the step of an `order_progress` record.
pub(crate) fn decode_change(
    record: &Record,
    order_id: OrderId,
) -> Result<StatusChange, DecodeError> {
    record.json::<Step>()?.to_change(order_id)
}

impl Step {
    fn to_change(&self, order_id: OrderId) -> Result<StatusChange, DecodeError> {
        Ok(StatusChange {
            order_id,
            status: parse_field("status", &self.status)?,
            at: truncate_to_micros(self.at),
            // Validated like typed text: databases do not accept a zero byte, for example.
            reason: parse_optional::<Note>("reason", self.reason.as_deref())?
                .map(|note| note.to_string()),
            ready_by: self.ready_by.map(truncate_to_micros),
            number: parse_number(self.number)?,
        })
    }
}
