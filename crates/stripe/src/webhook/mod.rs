//! What Stripe tells by itself. A message counts if one of our secrets has signed its bytes not long
//! ago; what it says is then read as the answers to our own requests are.

use domain::{
    payment::{IntentId, RefundId},
    ports::{GatewayEvent, GatewayEvents, News, NotTheGateways},
};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::Sha256;

use super::wire::{Intent, RefundBody, plain_id, state};

/// How old a signature may be, and how far ahead its clock: what Stripe's own libraries allow.
const TOLERANCE_S: i64 = 300;

/// Reads Stripe's signed events.
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
    /// Events signed with any of `secrets`: two, while one takes over from the other.
    pub fn new(secrets: Vec<String>) -> Self {
        Self { secrets }
    }

    fn verify(&self, signature: &str, body: &[u8], now: Timestamp) -> Result<(), NotTheGateways> {
        let wrong = |why: &str| Err(NotTheGateways(why.to_owned()));
        let (mut at, mut signed) = (None, Vec::new());
        for part in signature.split(',') {
            match part.trim().split_once('=') {
                Some(("t", text)) => at = text.parse::<i64>().ok(),
                Some(("v1", text)) => signed.extend(hex(text)),
                // Other schemes are for others.
                _ => {}
            }
        }
        let Some(at) = at else { return wrong("the signature has no time") };
        if now.as_second().abs_diff(at) > TOLERANCE_S.unsigned_abs() {
            return wrong("the signature is too old, or a clock is wrong");
        }
        let ours = |secret: &String| {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
            mac.update(at.to_string().as_bytes());
            mac.update(b".");
            mac.update(body);
            Some(mac)
        };
        // Compared in constant time, as `verify_slice` does.
        let is_signed =
            self.secrets.iter().filter_map(ours).any(|mac| {
                signed.iter().any(|signature| mac.clone().verify_slice(signature).is_ok())
            });
        if is_signed { Ok(()) } else { wrong("no signature of ours fits the message") }
    }
}

impl GatewayEvents for StripeEvents {
    fn read(
        &self,
        signature: &str,
        body: &[u8],
        now: Timestamp,
    ) -> Result<GatewayEvent, NotTheGateways> {
        self.verify(signature, body, now)?;
        let senseless = |error: serde_json::Error| NotTheGateways(format!("no event: {error}"));
        let event: Event<'_> = serde_json::from_slice(body).map_err(senseless)?;
        let object = event.data.object.get();
        let (order, news) = match event.kind.as_str() {
            "payment_intent.succeeded"
            | "payment_intent.payment_failed"
            | "payment_intent.canceled"
            | "payment_intent.requires_action" => {
                let intent: Intent = serde_json::from_str(object).map_err(senseless)?;
                let stands = state(&intent).map_err(|e| NotTheGateways(e.to_string()))?;
                let order = intent.metadata.order_id.clone();
                (order, News::Intent(IntentId(identifier(intent.id)?), stands))
            }
            "refund.created" | "refund.updated" => {
                let refund: RefundBody = serde_json::from_str(object).map_err(senseless)?;
                let stands = refund.stands();
                let intent = refund.payment_intent.filter(|_| stands);
                let news = match intent {
                    Some(intent) => {
                        let id = RefundId(identifier(refund.id)?);
                        News::Refunded(IntentId(identifier(intent)?), id)
                    }
                    None => News::Other,
                };
                (refund.metadata.order_id, news)
            }
            _ => (None, News::Other),
        };
        let order_id = order.and_then(|id| id.parse().ok());
        Ok(GatewayEvent { id: identifier(event.id)?, order_id, news })
    }
}

fn identifier(id: String) -> Result<String, NotTheGateways> {
    plain_id(id).map_err(|error| NotTheGateways(error.to_string()))
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests;
