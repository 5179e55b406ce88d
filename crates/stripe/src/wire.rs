//! Stripe's objects and their conversion to domain types.

use domain::{
    causes::with_causes,
    ids::OrderId,
    money::Money,
    payment::{DeclineReason, GatewayRefund, IntentId, IntentState, RefundId, RefundPurpose},
    ports::GatewayError,
};
use jiff::Timestamp;
use reqwest::Response;
use serde::Deserialize;

use super::amounts::from_wire;

#[derive(Deserialize)]
pub(super) struct Intent {
    pub(super) id: String,
    status: String,
    amount_received: i64,
    #[serde(default)]
    amount_capturable: i64,
    #[serde(default)]
    latest_charge: Option<Charge>,
    currency: String,
    #[serde(default)]
    pub(super) metadata: Metadata,
    last_payment_error: Option<ApiError>,
    /// Only for `/orders/{id}/pay`; never stored or logged.
    #[serde(default)]
    pub(super) client_secret: Option<String>,
    #[serde(default)]
    pub(super) next_action: Option<NextActionBody>,
}

/// A charge, or its id where it was not asked for.
#[derive(Deserialize)]
#[serde(untagged)]
enum Charge {
    Whole(ChargeBody),
    Id(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct ChargeBody {
    #[serde(default)]
    payment_method_details: Option<MethodDetails>,
}

#[derive(Deserialize)]
struct MethodDetails {
    #[serde(default)]
    card: Option<CardDetails>,
}

#[derive(Deserialize)]
struct CardDetails {
    /// Seconds since 1970.
    #[serde(default)]
    capture_before: Option<i64>,
}

impl Intent {
    /// When the hold on the customer's money lapses, if the gateway says so.
    fn capture_before(&self) -> Option<Timestamp> {
        let Some(Charge::Whole(charge)) = &self.latest_charge else { return None };
        let card = charge.payment_method_details.as_ref()?.card.as_ref()?;
        Timestamp::from_second(card.capture_before?).ok()
    }

    /// An amount in the intent's currency.
    fn amount(&self, wire: i64) -> Result<Money, GatewayError> {
        amount_of(wire, &self.currency)
    }
}

/// An amount as the gateway writes it.
pub(super) fn amount_of(wire: i64, currency: &str) -> Result<Money, GatewayError> {
    let known = currency.to_uppercase().parse().ok();
    known.and_then(|known| from_wire(wire, known)).ok_or_else(|| {
        GatewayError::Unknown(format!(
            "the gateway has {wire} {currency}, which is not an amount of a currency"
        ))
    })
}

#[derive(Deserialize)]
pub(super) struct NextActionBody {
    #[serde(default)]
    pub(super) redirect_to_url: Option<RedirectBody>,
}

#[derive(Deserialize)]
pub(super) struct RedirectBody {
    pub(super) url: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ApiError {
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) code: Option<String>,
    #[serde(default)]
    pub(super) decline_code: Option<String>,
    #[serde(default)]
    pub(super) param: Option<String>,
    #[serde(default)]
    pub(super) message: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ErrorBody {
    pub(super) error: ApiError,
}

#[derive(Default, Deserialize)]
pub(super) struct Metadata {
    #[serde(default)]
    pub(super) order_id: Option<String>,
    /// Which refund of a part.
    #[serde(default)]
    refund_key: Option<String>,
}

impl Metadata {
    /// The order, if it is one of ours.
    pub(super) fn order(&self) -> Option<OrderId> {
        self.order_id.as_deref()?.parse().ok()
    }

    /// What a refund with this metadata was made for.
    fn purpose(&self) -> RefundPurpose {
        let key = self.refund_key.as_deref().and_then(|key| key.parse().ok());
        match (key, self.order()) {
            (Some(key), Some(_)) => RefundPurpose::Part(key),
            (None, Some(_)) => RefundPurpose::Rest,
            (_, None) => RefundPurpose::Foreign,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct RefundBody {
    pub(super) id: String,
    pub(super) amount: i64,
    #[serde(default)]
    pub(super) currency: String,
    pub(super) payment_intent: Option<String>,
    #[serde(default)]
    pub(super) metadata: Metadata,
    /// Seconds since 1970.
    #[serde(default)]
    pub(super) created: i64,
    status: String,
}

impl RefundBody {
    /// Whether the refund has succeeded or is pending.
    pub(super) fn is_effective(&self) -> bool {
        matches!(self.status.as_str(), "succeeded" | "pending")
    }
}

/// The refund in a body; `None` for one of another kind of payment than an intent.
pub(super) fn refund_of(body: RefundBody) -> Result<Option<GatewayRefund>, GatewayError> {
    let Some(intent) = body.payment_intent else { return Ok(None) };
    Ok(Some(GatewayRefund {
        purpose: body.metadata.purpose(),
        order_id: body.metadata.order(),
        amount: amount_of(body.amount, &body.currency)?,
        intent: IntentId(validate_id(intent)?),
        id: RefundId(validate_id(body.id)?),
    }))
}

#[allow(clippy::needless_pass_by_value, reason = "used as map_err(unknown)")]
pub(super) fn unknown(error: reqwest::Error) -> GatewayError {
    GatewayError::Unknown(with_causes(&error.without_url()))
}

/// Decodes a JSON response. The outcome is unknown unless it is a success or a definite refusal.
pub(super) async fn decode<T: serde::de::DeserializeOwned>(
    response: Result<Response, reqwest::Error>,
) -> Result<T, GatewayError> {
    let response = response.map_err(unknown)?;
    let status = response.status();
    if status.is_success() {
        return response.json().await.map_err(unknown);
    }
    let body: Option<ErrorBody> = response.json().await.ok();
    let message = body.and_then(|b| b.error.message).unwrap_or_default();
    // Idempotency keys in use and rate limits are transient, and so may be a key rotation.
    let is_transient =
        status.is_server_error() || matches!(status.as_u16(), 401 | 403 | 408 | 409 | 429);
    if is_transient {
        Err(GatewayError::Unknown(format!("{status}: {message}")))
    } else {
        Err(GatewayError::Refused(format!("{status}: {message}")))
    }
}

pub(super) fn decline_reason(error: &ApiError) -> DeclineReason {
    match (error.code.as_deref(), error.decline_code.as_deref()) {
        (_, Some("insufficient_funds")) => DeclineReason::InsufficientFunds,
        (Some("payment_intent_authentication_failure"), _) => DeclineReason::AuthenticationFailed,
        (Some("authentication_required"), _) | (_, Some("authentication_required")) => {
            DeclineReason::AuthenticationRequired
        }
        _ => DeclineReason::CardDeclined,
    }
}

pub(super) fn intent_state(intent: &Intent) -> Result<IntentState, GatewayError> {
    match (intent.status.as_str(), &intent.last_payment_error) {
        ("succeeded", _) => {
            Ok(IntentState::Captured { amount: intent.amount(intent.amount_received)? })
        }
        ("requires_capture", _) => Ok(IntentState::Authorized {
            amount: intent.amount(intent.amount_capturable)?,
            capture_before: intent.capture_before(),
        }),
        ("requires_payment_method", Some(error)) => {
            Ok(IntentState::Declined(decline_reason(error)))
        }
        ("requires_payment_method" | "requires_confirmation", _) => Ok(IntentState::Unconfirmed),
        ("requires_action", _) => Ok(IntentState::ActionRequired),
        ("processing", _) => Ok(IntentState::Processing),
        ("canceled", _) => Ok(IntentState::Cancelled),
        (other, _) => Err(GatewayError::Unknown(format!("unknown intent status {other:?}"))),
    }
}

/// Validates an id of the gateway, which is used in URLs and stored in tables.
pub(super) fn validate_id(id: String) -> Result<String, GatewayError> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if (1..=255).contains(&id.len()) && id.chars().all(is_allowed) {
        return Ok(id);
    }
    Err(GatewayError::Unknown(format!("{id:?} is not an identifier")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intent(json: &str) -> Result<IntentState, GatewayError> {
        intent_state(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn an_unknown_status_is_an_unknown_outcome() {
        let with = |status: &str, more: &str| {
            let id = r#""id":"pi_1","amount_received":100,"currency":"eur""#;
            intent(&format!(r#"{{{id},"status":"{status}"{more}}}"#))
        };
        assert!(
            matches!(with("succeeded", ""), Ok(IntentState::Captured { amount }) if amount.minor == 100)
        );
        assert_eq!(with("requires_payment_method", ""), Ok(IntentState::Unconfirmed));
        let refused = r#","last_payment_error":{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds"}"#;
        assert_eq!(
            with("requires_payment_method", refused),
            Ok(IntentState::Declined(DeclineReason::InsufficientFunds))
        );
        assert_eq!(with("requires_action", ""), Ok(IntentState::ActionRequired));
        assert_eq!(with("canceled", refused), Ok(IntentState::Cancelled));
        let failed = r#","last_payment_error":{"code":"payment_intent_authentication_failure"}"#;
        assert_eq!(
            with("requires_payment_method", failed),
            Ok(IntentState::Declined(DeclineReason::AuthenticationFailed))
        );
        assert!(matches!(with("levitating", ""), Err(GatewayError::Unknown(_))));
    }
}
