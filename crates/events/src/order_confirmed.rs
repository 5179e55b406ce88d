//! `order_confirmed`: a verified order, whose money is captured, held by the bank, or due in cash. Plain consumers need only `customer_email` and
//! `total_cost`.

use domain::{
    number::OrderNumber,
    order::Order,
    payment::{IntentId, PaymentState},
    payment_method::MethodKind,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    envelope::Envelope,
    number::{number_value, parse_number},
    order_details::{OrderDetails, decode_with, encode_json, parse_field, truncate_to_micros},
    record::{DecodeError, OutgoingRecord, Record},
    topic::Topic,
};

/// The payload: the fields of the order and of its payment.
#[derive(Clone, Debug, Serialize)]
pub struct OrderConfirmed<'a> {
    /// The order as placed.
    #[serde(flatten)]
    pub order: OrderDetails<'a>,
    /// Its payment.
    #[serde(flatten)]
    pub paid: Paid,
}

/// The fields of a payment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Paid {
    /// The gateway's intent, or `cash`.
    pub payment_id: String,
    /// RFC 3339.
    pub confirmed_at: Timestamp,
    /// For plain consumers: the same as `user_id`.
    #[serde(default)]
    pub customer_id: String,
    /// For plain consumers: the same as `customer.email`.
    #[serde(default)]
    pub customer_email: String,
    /// How it is paid, when it was confirmed; absent in earlier records, which were captured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<PaymentBody>,
    /// By which number people call the order; absent if it has none, and in earlier records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
}

/// How an order is paid.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PaymentBody {
    /// `card` or `cash`.
    pub method: String,
    /// `captured`, `authorized` or `due`.
    pub state: String,
}

/// How an order is paid when it is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified<'a> {
    /// The money was captured with this intent.
    Captured(&'a IntentId),
    /// The bank holds the money for this intent.
    Authorized(&'a IntentId),
    /// To be paid in cash.
    Due,
}

impl Verified<'_> {
    fn payment_id(self) -> String {
        match self {
            Self::Captured(intent) | Self::Authorized(intent) => intent.0.clone(),
            Self::Due => MethodKind::Cash.name().to_owned(),
        }
    }

    fn body(self) -> PaymentBody {
        let (method, state) = match self {
            Self::Captured(_) => (MethodKind::Card, PaymentState::Captured),
            Self::Authorized(_) => (MethodKind::Card, PaymentState::Authorized),
            Self::Due => (MethodKind::Cash, PaymentState::Due),
        };
        PaymentBody { method: method.name().to_owned(), state: state.name().to_owned() }
    }
}

/// Encodes the event that an order is verified.
pub fn encode_confirmed(
    order: &Order,
    number: Option<OrderNumber>,
    verified: Verified<'_>,
    at: Timestamp,
) -> OutgoingRecord {
    let key = order.id.to_string();
    let envelope = Envelope::new(
        Topic::OrderConfirmed,
        "/comanda/transactions",
        "comanda.order.confirmed.v1",
        &key,
        "confirmed",
        at,
    )
    .in_trace_of(order);
    let paid = Paid {
        payment_id: verified.payment_id(),
        confirmed_at: at,
        customer_id: order.customer.email.canonical(),
        customer_email: order.customer.email.to_string(),
        payment: Some(verified.body()),
        number: number_value(number),
    };
    let payload = OrderConfirmed { order: OrderDetails::from(order), paid };
    OutgoingRecord::event(Topic::OrderConfirmed, &key, &envelope, encode_json(&payload))
}

/// When the order of an `order_confirmed` record was confirmed, and its number.
pub(crate) fn decode_confirmed_at(
    record: &Record,
) -> Result<(Timestamp, Option<OrderNumber>), DecodeError> {
    let paid = record.json::<Paid>()?;
    Ok((truncate_to_micros(paid.confirmed_at), parse_number(paid.number)?))
}

/// The state of the payment in an `order_confirmed` record; in earlier ones, it was captured.
pub fn decode_state(record: &Record) -> Result<PaymentState, DecodeError> {
    match record.json::<Paid>()?.payment {
        Some(payment) => parse_field("payment.state", &payment.state),
        None => Ok(PaymentState::Captured),
    }
}

/// Decodes an `order_confirmed` record: the order, its payment id, and when it was confirmed.
pub fn decode_confirmed(record: &Record) -> Result<(Order, String, Timestamp), DecodeError> {
    let (order, paid): (_, Paid) = decode_with(record)?;
    Ok((order, paid.payment_id, truncate_to_micros(paid.confirmed_at)))
}
