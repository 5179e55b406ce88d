//! Payments over HTTP with the API shapes of Stripe (`PaymentIntents`, API version pinned).
//!
//! Stripe's own test mode was not reachable where this was written: the shapes follow its public
//! reference and are exercised against the test gateway.

use std::time::Duration;

use domain::{
    money::Money,
    payment::{DeclineReason, IntentId, IntentState, Payment},
    ports::{GatewayError, PaymentGateway},
    text::PaymentMethod,
};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde::Deserialize;

/// The version of the API that answers are read as.
const API_VERSION: &str = "2025-03-31.basil";
/// How long one call may take before its end counts as unknown.
const DEADLINE: Duration = Duration::from_secs(3);

/// Pauses before a page of a list is asked for again.
const LIST_AGAIN_AFTER_MS: [u64; 5] = [100, 200, 500, 1_000, 2_000];

/// The gateway at an address. Clones share connections.
#[derive(Clone)]
pub struct StripeGateway {
    http: Client,
    base: String,
    secret_key: String,
}

/// The gateway cannot be used as configured.
#[derive(Debug, thiserror::Error)]
#[error("the payment gateway client cannot be made: {0}")]
pub struct SetupError(reqwest::Error);

#[derive(Deserialize)]
struct Intent {
    id: String,
    status: String,
    amount_received: i64,
    currency: String,
    last_payment_error: Option<ApiError>,
}

#[derive(Deserialize)]
struct ApiError {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    decline_code: Option<String>,
    #[serde(default)]
    param: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

#[derive(Deserialize)]
struct ErrorBody {
    error: ApiError,
}

#[derive(Deserialize)]
struct Page<T> {
    data: Vec<T>,
    has_more: bool,
}

#[derive(Deserialize)]
struct Listed {
    id: String,
    amount_received: i64,
    currency: String,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    order_id: Option<String>,
}

#[derive(Deserialize)]
struct ListedRefund {
    id: String,
    amount: i64,
    payment_intent: Option<String>,
    status: String,
}

/// An object that the gateway lists.
trait Paged {
    fn id(&self) -> &str;
}

impl Paged for Listed {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Paged for ListedRefund {
    fn id(&self) -> &str {
        &self.id
    }
}

/// A capture as the gateway's own books have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// The intent.
    pub intent_id: String,
    /// The order it says it is for.
    pub order_id: Option<String>,
    /// What was taken, in minor units; 0 if nothing.
    pub amount_minor: i64,
    /// ISO 4217, upper case.
    pub currency: String,
}

impl StripeGateway {
    /// The gateway at `base` (`https://api.stripe.com`), with a secret key.
    pub fn new(base: &str, secret_key: &str) -> Result<Self, SetupError> {
        let http = Client::builder()
            .timeout(DEADLINE)
            .connect_timeout(Duration::from_secs(1))
            .pool_max_idle_per_host(256)
            .build()
            .map_err(SetupError)?;
        Ok(Self {
            http,
            base: base.trim_end_matches('/').to_owned(),
            secret_key: secret_key.to_owned(),
        })
    }

    fn request(&self, request: RequestBuilder) -> RequestBuilder {
        request.bearer_auth(&self.secret_key).header("Stripe-Version", API_VERSION)
    }

    fn post(&self, path: &str, key: &str, form: &[(&str, &str)]) -> RequestBuilder {
        let request = self.http.post(format!("{}{path}", self.base)).form(form);
        self.request(request).header("Idempotency-Key", key)
    }

    /// Every intent in the gateway's books, newest first; `each` gets one at a time.
    pub async fn captures(&self, mut each: impl FnMut(Capture)) -> Result<(), GatewayError> {
        let each = |listed: Listed| {
            each(Capture {
                intent_id: listed.id,
                order_id: listed.metadata.order_id,
                amount_minor: listed.amount_received,
                currency: listed.currency.to_uppercase(),
            });
        };
        self.list("/v1/payment_intents", each).await
    }

    /// Every refund that was made, newest first: the intent it belongs to, and minor units.
    pub async fn refunds(&self, mut each: impl FnMut(String, i64)) -> Result<(), GatewayError> {
        let each = |listed: ListedRefund| {
            if let ("succeeded" | "pending", Some(intent)) =
                (listed.status.as_str(), listed.payment_intent)
            {
                each(intent, listed.amount);
            }
        };
        self.list("/v1/refunds", each).await
    }

    async fn list<T: Paged + serde::de::DeserializeOwned>(
        &self,
        path: &str,
        mut each: impl FnMut(T),
    ) -> Result<(), GatewayError> {
        let mut after: Option<String> = None;
        loop {
            let page: Page<T> = self.page(path, after.as_deref()).await?;
            after = page.data.last().map(|last| last.id().to_owned());
            page.data.into_iter().for_each(&mut each);
            if !page.has_more || after.is_none() {
                return Ok(());
            }
        }
    }

    /// One page of a list. Reading is harmless, so what passes by itself is asked again.
    async fn page<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        after: Option<&str>,
    ) -> Result<Page<T>, GatewayError> {
        let mut query = vec![("limit", "100")];
        query.extend(after.map(|id| ("starting_after", id)));
        let mut pauses = LIST_AGAIN_AFTER_MS.iter();
        loop {
            let request = self.http.get(format!("{}{path}", self.base)).query(&query);
            match (read(self.request(request).send().await).await, pauses.next()) {
                (Err(GatewayError::Unknown(_)), Some(pause)) => {
                    tokio::time::sleep(Duration::from_millis(*pause)).await;
                }
                (answer, _) => return answer,
            }
        }
    }
}

impl PaymentGateway for StripeGateway {
    async fn create(&self, payment: &Payment, key: &str) -> Result<IntentId, GatewayError> {
        let (amount, order) = (payment.amount.minor.to_string(), payment.order_id.to_string());
        let currency = payment.amount.currency.code().to_lowercase();
        let form = [
            ("amount", amount.as_str()),
            ("currency", currency.as_str()),
            ("payment_method_types[]", "card"),
            ("metadata[order_id]", order.as_str()),
        ];
        let intent: Intent =
            read(self.post("/v1/payment_intents", key, &form).send().await).await?;
        // It goes into addresses and tables.
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if intent.id.is_empty() || !intent.id.chars().all(plain) {
            let told = format!("{:?} is no id of an intent", intent.id);
            return Err(GatewayError::Unknown(told));
        }
        Ok(IntentId(intent.id))
    }

    async fn confirm(
        &self,
        intent: &IntentId,
        method: &PaymentMethod,
        key: &str,
    ) -> Result<IntentState, GatewayError> {
        let path = format!("/v1/payment_intents/{}/confirm", intent.0);
        let form = [("payment_method", method.as_str())];
        let answer = self.post(&path, key, &form).send().await.map_err(unknown)?;
        match answer.status() {
            StatusCode::PAYMENT_REQUIRED | StatusCode::BAD_REQUEST => refusal(answer).await,
            _ => state(&read(Ok(answer)).await?),
        }
    }

    async fn retrieve(&self, intent: &IntentId) -> Result<IntentState, GatewayError> {
        let request = self.http.get(format!("{}/v1/payment_intents/{}", self.base, intent.0));
        state(&read(self.request(request).send().await).await?)
    }
}

#[allow(clippy::needless_pass_by_value, reason = "used as map_err(unknown)")]
fn unknown(error: reqwest::Error) -> GatewayError {
    GatewayError::Unknown(error.without_url().to_string())
}

/// Reads a JSON answer. Anything but a clear yes or a clear refusal is unknown.
async fn read<T: serde::de::DeserializeOwned>(
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

async fn refusal(answer: Response) -> Result<IntentState, GatewayError> {
    let status = answer.status();
    let ErrorBody { error } = answer.json().await.map_err(unknown)?;
    let about_method = error.param.as_deref() == Some("payment_method");
    if error.kind == "card_error" {
        Ok(IntentState::Declined(decline_reason(&error)))
    } else if about_method && error.code.as_deref() == Some("resource_missing") {
        Ok(IntentState::Declined(DeclineReason::InvalidPaymentMethod))
    } else {
        // An intent in another state than we think ends here too: the next step asks it.
        Err(GatewayError::Unknown(format!("{status}: {}", error.message.unwrap_or_default())))
    }
}

fn decline_reason(error: &ApiError) -> DeclineReason {
    match (error.code.as_deref(), error.decline_code.as_deref()) {
        (_, Some("insufficient_funds")) => DeclineReason::InsufficientFunds,
        (Some("authentication_required"), _) | (_, Some("authentication_required")) => {
            DeclineReason::AuthenticationRequired
        }
        _ => DeclineReason::CardDeclined,
    }
}

fn state(intent: &Intent) -> Result<IntentState, GatewayError> {
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
