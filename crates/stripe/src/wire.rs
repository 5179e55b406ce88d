//! What Stripe's objects look like, and what they mean.

use domain::{
    money::Money,
    payment::{DeclineReason, IntentState},
    ports::GatewayError,
};
use reqwest::Response;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Intent {
    pub(super) id: String,
    status: String,
    amount_received: i64,
    currency: String,
    #[serde(default)]
    pub(super) metadata: Metadata,
    last_payment_error: Option<ApiError>,
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
}

#[derive(Deserialize)]
pub(super) struct RefundBody {
    pub(super) id: String,
    pub(super) amount: i64,
    pub(super) payment_intent: Option<String>,
    #[serde(default)]
    pub(super) metadata: Metadata,
    status: String,
}

impl RefundBody {
    /// True if the money is given back, or on its way.
    pub(super) fn stands(&self) -> bool {
        matches!(self.status.as_str(), "succeeded" | "pending")
    }
}

#[allow(clippy::needless_pass_by_value, reason = "used as map_err(unknown)")]
pub(super) fn unknown(error: reqwest::Error) -> GatewayError {
    GatewayError::Unknown(error.without_url().to_string())
}

/// Reads a JSON answer. Anything but a clear yes or a clear refusal is unknown.
pub(super) async fn read<T: serde::de::DeserializeOwned>(
    answer: Result<Response, reqwest::Error>,
) -> Result<T, GatewayError> {
    let answer = answer.map_err(unknown)?;
    let status = answer.status();
    if status.is_success() {
        return answer.json().await.map_err(unknown);
    }
    let body: Option<ErrorBody> = answer.json().await.ok();
    let words = body.and_then(|b| b.error.message).unwrap_or_default();
    // Busy keys and rate limits pass by themselves; so may a key that is being rotated.
    let passing =
        status.is_server_error() || matches!(status.as_u16(), 401 | 403 | 408 | 409 | 429);
    if passing {
        Err(GatewayError::Unknown(format!("{status}: {words}")))
    } else {
        Err(GatewayError::Refused(format!("{status}: {words}")))
    }
}

pub(super) fn decline_reason(error: &ApiError) -> DeclineReason {
    match (error.code.as_deref(), error.decline_code.as_deref()) {
        (_, Some("insufficient_funds")) => DeclineReason::InsufficientFunds,
        (Some("authentication_required"), _) | (_, Some("authentication_required")) => {
            DeclineReason::AuthenticationRequired
        }
        _ => DeclineReason::CardDeclined,
    }
}

pub(super) fn state(intent: &Intent) -> Result<IntentState, GatewayError> {
    match (intent.status.as_str(), &intent.last_payment_error) {
        ("succeeded", _) => {
            let currency = intent.currency.to_uppercase().parse().map_err(|_| {
                GatewayError::Unknown(format!(
                    "the gateway took {}, which is no currency",
                    intent.currency
                ))
            })?;
            Ok(IntentState::Captured { amount: Money::new(intent.amount_received, currency) })
        }
        ("requires_payment_method", Some(error)) => {
            Ok(IntentState::Declined(decline_reason(error)))
        }
        ("requires_payment_method" | "requires_confirmation", _) => Ok(IntentState::Unconfirmed),
        ("requires_action", _) => Ok(IntentState::Declined(DeclineReason::AuthenticationRequired)),
        ("processing", _) => Ok(IntentState::Processing),
        ("canceled", _) => Ok(IntentState::Declined(DeclineReason::Cancelled)),
        (other, _) => Err(GatewayError::Unknown(format!("unknown intent status {other:?}"))),
    }
}

/// An identifier of the gateway goes into addresses and tables.
pub(super) fn plain_id(id: String) -> Result<String, GatewayError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if (1..=255).contains(&id.len()) && id.chars().all(plain) {
        return Ok(id);
    }
    Err(GatewayError::Unknown(format!("{id:?} is no identifier")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intent(json: &str) -> Result<IntentState, GatewayError> {
        state(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn only_a_clear_answer_is_an_answer() {
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
        assert!(matches!(with("levitating", ""), Err(GatewayError::Unknown(_))));
    }
}
