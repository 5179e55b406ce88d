//! Stripe's webhooks. An event is accepted if it is signed with one of the secrets, with a recent
//! timestamp; its object is decoded like a response.

use domain::{
    payment::{Dispute, DisputeId, IntentId},
    ports::{GatewayError, GatewayEvent, GatewayEventKind, GatewayEvents, InvalidGatewayEvent},
};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::Sha256;

use super::wire::{Intent, Metadata, RefundBody, amount_of, refund_of, validate_id};

/// Maximum difference between the timestamp of a signature and the clock, as in Stripe's
/// libraries.
const TOLERANCE_S: i64 = 300;

/// Decodes Stripe's signed events.
#[derive(Clone)]
pub struct StripeEvents {
    secrets: Vec<String>,
}

#[derive(Deserialize)]
struct Event<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    object: &'a RawValue,
}

impl StripeEvents {
    /// Accepts events signed with any of `secrets`; a rotation uses two.
    pub fn new(secrets: Vec<String>) -> Self {
        Self { secrets }
    }

    fn verify(
        &self,
        signature: &str,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), InvalidGatewayEvent> {
        let refuse = |why: &str| Err(InvalidGatewayEvent(why.to_owned()));
        let (mut at, mut signed) = (None, Vec::new());
        for part in signature.split(',') {
            match part.trim().split_once('=') {
                Some(("t", text)) => at = text.parse::<i64>().ok(),
                Some(("v1", text)) => signed.extend(decode_hex(text)),
                // Other signature schemes are ignored.
                _ => {}
            }
        }
        let Some(at) = at else { return refuse("the signature has no timestamp") };
        if now.as_second().abs_diff(at) > TOLERANCE_S.unsigned_abs() {
            return refuse("the signature is too old, or a clock is wrong");
        }
        let compute_mac = |secret: &String| {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
            mac.update(at.to_string().as_bytes());
            mac.update(b".");
            mac.update(body);
            Some(mac)
        };
        // `verify_slice` compares in constant time.
        let is_signed =
            self.secrets.iter().filter_map(compute_mac).any(|mac| {
                signed.iter().any(|signature| mac.clone().verify_slice(signature).is_ok())
            });
        if is_signed { Ok(()) } else { refuse("no signature matches the message") }
    }
}

impl GatewayEvents for StripeEvents {
    fn decode_event(
        &self,
        signature: &str,
        body: &[u8],
        now: Timestamp,
    ) -> Result<GatewayEvent, InvalidGatewayEvent> {
        self.verify(signature, body, now)?;
        let malformed =
            |error: serde_json::Error| InvalidGatewayEvent(format!("malformed event: {error}"));
        let event: Event<'_> = serde_json::from_slice(body).map_err(malformed)?;
        let object = event.data.object.get();
        let (order_id, kind) = match event.kind.as_str() {
            "payment_intent.succeeded"
            | "payment_intent.amount_capturable_updated"
            | "payment_intent.payment_failed"
            | "payment_intent.canceled"
            | "payment_intent.requires_action" => {
                let intent: Intent = serde_json::from_str(object).map_err(malformed)?;
                let id = IntentId(identifier(intent.id)?);
                (intent.metadata.order(), GatewayEventKind::Intent(id))
            }
            "refund.created" | "refund.updated" | "charge.refund.updated" => {
                let body: RefundBody = serde_json::from_str(object).map_err(malformed)?;
                let refund = match body.is_effective() {
                    true => refund_of(body).map_err(unreadable)?,
                    false => None,
                };
                let order = refund.as_ref().and_then(|refund| refund.order_id);
                (order, refund.map_or(GatewayEventKind::Other, GatewayEventKind::Refunded))
            }
            "charge.refunded" => {
                let charge: ChargeObject = serde_json::from_str(object).map_err(malformed)?;
                (
                    charge.metadata.order(),
                    charge
                        .intent()?
                        .map_or(GatewayEventKind::Other, GatewayEventKind::ChargeRefunded),
                )
            }
            "charge.dispute.created" => {
                let body: DisputeBody = serde_json::from_str(object).map_err(malformed)?;
                let kind = body.dispute()?.map_or(GatewayEventKind::Other, |(intent, dispute)| {
                    GatewayEventKind::Disputed(intent, dispute)
                });
                (None, kind)
            }
            _ => (None, GatewayEventKind::Other),
        };
        Ok(GatewayEvent { id: identifier(event.id)?, order_id, kind })
    }
}

/// A charge, as far as it is needed to find its intent.
#[derive(Deserialize)]
struct ChargeObject {
    payment_intent: Option<String>,
    #[serde(default)]
    metadata: Metadata,
}

impl ChargeObject {
    fn intent(&self) -> Result<Option<IntentId>, InvalidGatewayEvent> {
        self.payment_intent.clone().map(identifier).transpose().map(|id| id.map(IntentId))
    }
}

#[derive(Deserialize)]
struct DisputeBody {
    id: String,
    amount: i64,
    currency: String,
    payment_intent: Option<String>,
    #[serde(default)]
    reason: String,
    /// Seconds since 1970.
    created: i64,
}

impl DisputeBody {
    /// The intent and the dispute; `None` for a payment without an intent.
    fn dispute(self) -> Result<Option<(IntentId, Dispute)>, InvalidGatewayEvent> {
        let Some(intent) = self.payment_intent else { return Ok(None) };
        let at = Timestamp::from_second(self.created)
            .map_err(|error| InvalidGatewayEvent(error.to_string()))?;
        let dispute = Dispute {
            id: DisputeId(identifier(self.id)?),
            amount: amount_of(self.amount, &self.currency).map_err(unreadable)?,
            reason: self.reason,
            at,
        };
        Ok(Some((IntentId(identifier(intent)?), dispute)))
    }
}

#[allow(clippy::needless_pass_by_value, reason = "used as map_err(unreadable)")]
fn unreadable(error: GatewayError) -> InvalidGatewayEvent {
    InvalidGatewayEvent(error.to_string())
}

fn identifier(id: String) -> Result<String, InvalidGatewayEvent> {
    validate_id(id).map_err(|error| InvalidGatewayEvent(error.to_string()))
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests;
