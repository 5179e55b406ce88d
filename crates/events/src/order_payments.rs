//! `order_payments`: what happens to the payment of an order beside its outcome. No record has a
//! secret of the gateway.

use domain::{
    ids::OrderId,
    money::Money,
    order::Order,
    payment::{DisputeId, PaymentState, RefundKey},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    envelope::Envelope,
    order_details::{check_key, encode_json, parse_field, truncate_to_micros},
    record::{DecodeError, OutgoingRecord, Record},
    topic::Topic,
};

/// The payload of every type on the topic.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PaymentBody {
    /// UUID, also the key.
    pub order_id: String,
    /// The amount concerned, in minor units of the currency.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// RFC 3339.
    pub at: Timestamp,
    /// The end of the time for authentication, RFC 3339; for `action_required`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The request for the refund; for `refund_failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<String>,
    /// The gateway's dispute; for `disputed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispute_id: Option<String>,
    /// Why: of a refund that failed, what the gateway said; of a dispute, what the customer says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What happened to a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentNews {
    /// The bank wants the customer to authenticate.
    ActionRequired {
        /// The end of the time for it.
        expires_at: Timestamp,
    },
    /// The money that the bank held was captured.
    Captured,
    /// The bank holds the money no longer, and it was not captured.
    Released,
    /// The money that the bank held can never be captured.
    CaptureFailed,
    /// The customer paid in cash.
    Collected,
    /// A refund of a part is refused for good.
    RefundFailed {
        /// The refund.
        refund: RefundKey,
        /// Why.
        reason: String,
    },
    /// The customer asks the bank for the money back.
    Disputed {
        /// The gateway's dispute.
        dispute: DisputeId,
        /// What the customer says, in the gateway's words.
        reason: String,
    },
}

impl PaymentNews {
    /// The state of the payment that this tells; `None` if it stays as it is.
    pub const fn state(&self) -> Option<PaymentState> {
        match self {
            Self::ActionRequired { .. } => Some(PaymentState::ActionRequired),
            Self::Captured => Some(PaymentState::Captured),
            Self::Released => Some(PaymentState::Void),
            Self::Collected => Some(PaymentState::Collected),
            Self::CaptureFailed | Self::RefundFailed { .. } | Self::Disputed { .. } => None,
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::ActionRequired { .. } => "action_required",
            Self::Captured => "captured",
            Self::Released => "released",
            Self::CaptureFailed => "capture_failed",
            Self::Collected => "collected",
            Self::RefundFailed { .. } => "refund_failed",
            Self::Disputed { .. } => "disputed",
        }
    }

    const fn event_type(&self) -> &'static str {
        match self {
            Self::ActionRequired { .. } => "comanda.payment.action_required.v1",
            Self::Captured => "comanda.payment.captured.v1",
            Self::Released => "comanda.payment.released.v1",
            Self::CaptureFailed => "comanda.payment.capture_failed.v1",
            Self::Collected => "comanda.payment.collected.v1",
            Self::RefundFailed { .. } => "comanda.payment.refund_failed.v1",
            Self::Disputed { .. } => "comanda.payment.disputed.v1",
        }
    }

    /// What distinguishes the news of one order: it happens once, or once for each refund or
    /// dispute.
    fn discriminator(&self) -> String {
        match self {
            Self::RefundFailed { refund, .. } => format!("{}:{refund}", self.name()),
            Self::Disputed { dispute, .. } => format!("{}:{}", self.name(), dispute.0),
            _ => self.name().to_owned(),
        }
    }
}

/// A record of the topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentEvent {
    /// The order.
    pub order_id: OrderId,
    /// The amount concerned.
    pub amount: Money,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub news: PaymentNews,
}

/// Encodes news about the whole payment of an order.
pub fn encode_payment(order: &Order, news: PaymentNews, at: Timestamp) -> OutgoingRecord {
    encode_payment_of(order, order.total().minor, news, at)
}

/// Encodes news about an amount of an order's money, in minor units of its currency.
pub fn encode_payment_of(
    order: &Order,
    amount_minor: i64,
    news: PaymentNews,
    at: Timestamp,
) -> OutgoingRecord {
    let key = order.id.to_string();
    let envelope = Envelope::new(
        Topic::OrderPayments,
        "/comanda/transactions",
        news.event_type(),
        &key,
        &news.discriminator(),
        at,
    )
    .in_trace_of(order);
    let mut payload = PaymentBody {
        order_id: key.clone(),
        amount_minor,
        currency: order.currency.code().to_owned(),
        at,
        expires_at: None,
        refund_id: None,
        dispute_id: None,
        reason: None,
    };
    match news {
        PaymentNews::ActionRequired { expires_at } => payload.expires_at = Some(expires_at),
        PaymentNews::RefundFailed { refund, reason } => {
            payload.refund_id = Some(refund.to_string());
            payload.reason = Some(reason);
        }
        PaymentNews::Disputed { dispute, reason } => {
            payload.dispute_id = Some(dispute.0);
            payload.reason = Some(reason);
        }
        _ => {}
    }
    OutgoingRecord::event(Topic::OrderPayments, &key, &envelope, encode_json(&payload))
}

/// Decodes a record of `order_payments`. Its type says what happened; without one, and with one of
/// a later release, there is no news for this release.
pub fn decode_payment(record: &Record) -> Result<Option<PaymentEvent>, DecodeError> {
    let body: PaymentBody = record.json()?;
    let order_id = parse_field("order_id", &body.order_id)?;
    check_key(record, order_id)?;
    let amount = Money::new(body.amount_minor, parse_field("currency", &body.currency)?);
    let news = match record.event_name() {
        Some("comanda.payment.action_required") => {
            let Some(expires_at) = body.expires_at.map(truncate_to_micros) else {
                return Err(DecodeError("expires_at is missing".into()));
            };
            PaymentNews::ActionRequired { expires_at }
        }
        Some("comanda.payment.captured") => PaymentNews::Captured,
        Some("comanda.payment.released") => PaymentNews::Released,
        Some("comanda.payment.capture_failed") => PaymentNews::CaptureFailed,
        Some("comanda.payment.collected") => PaymentNews::Collected,
        Some("comanda.payment.refund_failed") => {
            let refund = body.refund_id.as_deref().unwrap_or_default();
            let refund = parse_field("refund_id", refund)?;
            PaymentNews::RefundFailed { refund, reason: body.reason.unwrap_or_default() }
        }
        Some("comanda.payment.disputed") => {
            let Some(dispute) = body.dispute_id.map(DisputeId) else {
                return Err(DecodeError("dispute_id is missing".into()));
            };
            PaymentNews::Disputed { dispute, reason: body.reason.unwrap_or_default() }
        }
        _ => return Ok(None),
    };
    Ok(Some(PaymentEvent { order_id, amount, at: truncate_to_micros(body.at), news }))
}
