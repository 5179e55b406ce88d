//! Payments through Stripe's HTTP API (`PaymentIntents`, with a pinned API version).
//!
//! The formats follow Stripe's public reference and are tested against the test gateway, not
//! against Stripe's own test mode.

mod amounts;
mod balance;
mod call_metrics;
mod lists;
mod next_action;
mod webhook;
mod wire;

use std::{sync::Arc, time::Duration};

use domain::{
    ids::OrderId,
    money::Money,
    payment::{
        DeclineReason, GatewayRefund, IntentId, IntentState, NextAction, Payment, RefundKey,
    },
    payment_method::{CapturePoint, PaymentMethod},
    ports::{GatewayError, PaymentGateway},
};
use jiff::Timestamp;
pub use lists::Capture;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use tokio::sync::Semaphore;
pub use webhook::StripeEvents;

pub use self::amounts::to_wire;
use self::{
    call_metrics::{Call, measure},
    next_action::next_action,
    wire::{
        ErrorBody, Intent, RefundBody, decline_reason, decode, intent_state, refund_of, unknown,
        validate_id,
    },
};

/// Version of the API.
const API_VERSION: &str = "2025-03-31.basil";
/// When the money is captured, as the gateway calls it. Tokens of the gateway's fields for cards are
/// refused unless the page said the same, and without it the gateway would take `automatic_async`
/// (docs.stripe.com/changelog/2024-04-10).
pub const fn capture_method(capture: CapturePoint) -> &'static str {
    match capture {
        CapturePoint::AtOrder => "automatic",
        CapturePoint::AtAcceptance => "manual",
    }
}
/// Has the charge in the intent, which says when a hold lapses.
const EXPAND_CHARGE: (&str, &str) = ("expand[]", "latest_charge");
/// The field in the metadata of a refund with the key of the refund of a part.
const METADATA_REFUND: &str = "metadata[refund_key]";
/// Timeout of a call, after which its outcome is unknown.
const TIMEOUT: Duration = Duration::from_secs(3);

/// A client of the gateway. Clones share connections and the limit of concurrent calls.
#[derive(Clone)]
pub struct StripeGateway {
    http: Client,
    /// One permit per concurrent call.
    calls: Arc<Semaphore>,
    base: String,
    secret_key: String,
}

/// The HTTP client cannot be created.
#[derive(Debug, thiserror::Error)]
#[error("cannot create the client of the payment gateway: {0}")]
pub struct SetupError(#[source] reqwest::Error);

impl StripeGateway {
    /// Default limit of concurrent calls: with responses within 200 ms, enough for two thousand
    /// orders per second.
    pub const CALLS: u32 = 1_000;

    /// A client of the gateway at `base` (`https://api.stripe.com`), with a secret key.
    pub fn new(base: &str, secret_key: &str) -> Result<Self, SetupError> {
        let http = Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(Duration::from_secs(1))
            .build()
            .map_err(SetupError)?;
        Ok(Self {
            http,
            calls: Arc::new(Semaphore::new(Self::CALLS as usize)),
            base: base.trim_end_matches('/').to_owned(),
            secret_key: secret_key.to_owned(),
        })
    }

    /// Sets the limit of concurrent calls; further ones wait.
    #[must_use]
    pub fn with_calls(self, limit: u32) -> Self {
        Self { calls: Arc::new(Semaphore::new(limit as usize)), ..self }
    }

    /// Sends a request once a permit is free. Timeout and measured duration start then.
    async fn send(&self, call: Call, request: RequestBuilder) -> reqwest::Result<Response> {
        // The semaphore is never closed.
        let _permit = self.calls.acquire().await.ok();
        let request = request.bearer_auth(&self.secret_key);
        measure(call, request.header("Stripe-Version", API_VERSION).send()).await
    }

    async fn get(
        &self,
        call: Call,
        path: &str,
        query: &[(&str, &str)],
    ) -> reqwest::Result<Response> {
        self.send(call, self.http.get(format!("{}{path}", self.base)).query(query)).await
    }

    /// A request without an idempotency key, which has the same effect however often it is sent.
    async fn post_once(&self, call: Call, path: &str) -> reqwest::Result<Response> {
        self.send(call, self.http.post(format!("{}{path}", self.base))).await
    }

    async fn post(
        &self,
        call: Call,
        path: &str,
        key: &str,
        form: &[(&str, &str)],
    ) -> reqwest::Result<Response> {
        let request = self.http.post(format!("{}{path}", self.base)).form(form);
        self.send(call, request.header("Idempotency-Key", key)).await
    }
}

impl PaymentGateway for StripeGateway {
    async fn create(
        &self,
        payment: &Payment,
        capture: CapturePoint,
        key: &str,
    ) -> Result<IntentId, GatewayError> {
        let amount = to_wire(payment.amount).ok_or_else(|| {
            GatewayError::Refused(format!("{} cannot be charged", payment.amount))
        })?;
        let (amount, order) = (amount.to_string(), payment.order_id.to_string());
        let currency = payment.amount.currency.code().to_lowercase();
        let form = [
            ("amount", amount.as_str()),
            ("currency", currency.as_str()),
            ("payment_method_types[]", "card"),
            ("capture_method", capture_method(capture)),
            ("metadata[order_id]", order.as_str()),
        ];
        let path = "/v1/payment_intents";
        let intent: Intent = decode(self.post(Call::Create, path, key, &form).await).await?;
        Ok(IntentId(validate_id(intent.id)?))
    }

    async fn confirm(
        &self,
        intent: &IntentId,
        method: &PaymentMethod,
        capture: CapturePoint,
        return_url: &str,
        key: &str,
    ) -> Result<IntentState, GatewayError> {
        let path = format!("/v1/payment_intents/{}/confirm", intent.0);
        let method_field = match method {
            PaymentMethod::Card(card) => ("payment_method", card.as_str()),
            PaymentMethod::Token(token) => ("confirmation_token", token.as_str()),
            PaymentMethod::Cash => {
                return Err(GatewayError::Refused("cash is not paid at the gateway".to_owned()));
            }
        };
        // Asks for a redirect, which works without a script; the gateway may decide otherwise.
        let mut form = vec![method_field, ("return_url", return_url), ("use_stripe_sdk", "false")];
        if capture == CapturePoint::AtAcceptance {
            form.push(EXPAND_CHARGE);
        }
        let response = self.post(Call::Confirm, &path, key, &form).await.map_err(unknown)?;
        match response.status() {
            StatusCode::PAYMENT_REQUIRED | StatusCode::BAD_REQUEST => {
                self.decode_refusal(intent, method, response).await
            }
            _ => intent_state(&decode(Ok(response)).await?),
        }
    }

    async fn next_action(&self, intent: &IntentId) -> Result<NextAction, GatewayError> {
        let path = format!("/v1/payment_intents/{}", intent.0);
        next_action(decode(self.get(Call::Retrieve, &path, &[]).await).await?)
    }

    async fn retrieve(&self, intent: &IntentId) -> Result<IntentState, GatewayError> {
        let path = format!("/v1/payment_intents/{}", intent.0);
        let response = self.get(Call::Retrieve, &path, &[EXPAND_CHARGE]).await;
        intent_state(&decode(response).await?)
    }

    async fn capture(&self, intent: &IntentId) -> Result<IntentState, GatewayError> {
        let path = format!("/v1/payment_intents/{}/capture", intent.0);
        let response = self.post_once(Call::Capture, &path).await.map_err(unknown)?;
        match response.status() {
            // Captured or cancelled before, lapsed, or refused by the bank.
            StatusCode::BAD_REQUEST | StatusCode::PAYMENT_REQUIRED => {
                let ErrorBody { error } = response.json().await.map_err(unknown)?;
                match self.retrieve(intent).await? {
                    IntentState::Authorized { .. } => {
                        Err(GatewayError::Refused(error.message.unwrap_or_default()))
                    }
                    state => Ok(state),
                }
            }
            _ => intent_state(&decode(Ok(response)).await?),
        }
    }

    async fn cancel(&self, intent: &IntentId, key: &str) -> Result<IntentState, GatewayError> {
        let path = format!("/v1/payment_intents/{}/cancel", intent.0);
        let form = [("cancellation_reason", "requested_by_customer")];
        let response = self.post(Call::Cancel, &path, key, &form).await.map_err(unknown)?;
        match response.status() {
            // Captured or cancelled before.
            StatusCode::BAD_REQUEST => match self.retrieve(intent).await? {
                IntentState::Unconfirmed
                | IntentState::Authorized { .. }
                | IntentState::Declined(_)
                | IntentState::ActionRequired => {
                    Err(GatewayError::Unknown("the intent can still be confirmed".to_owned()))
                }
                state => Ok(state),
            },
            _ => intent_state(&decode(Ok(response)).await?),
        }
    }

    async fn refund(
        &self,
        order: OrderId,
        intent: &IntentId,
        amount: Money,
        part: Option<&RefundKey>,
        key: &str,
    ) -> Result<GatewayRefund, GatewayError> {
        let wire = to_wire(amount)
            .ok_or_else(|| GatewayError::Refused(format!("{amount} cannot be refunded")))?;
        let (wire, order) = (wire.to_string(), order.to_string());
        let part = part.map(ToString::to_string);
        let mut form = vec![
            ("payment_intent", intent.0.as_str()),
            ("amount", wire.as_str()),
            ("metadata[order_id]", order.as_str()),
        ];
        form.extend(part.as_deref().map(|part| (METADATA_REFUND, part)));
        let body: RefundBody =
            decode(self.post(Call::Refund, "/v1/refunds", key, &form).await).await?;
        if !body.is_effective() {
            return Err(GatewayError::Refused(format!("the refund {} failed", body.id)));
        }
        let refund = refund_of(body)?
            .ok_or_else(|| GatewayError::Unknown("the refund has no intent".to_owned()))?;
        if refund.amount != amount {
            let reason = format!("the refund is {} instead of {amount}", refund.amount);
            return Err(GatewayError::Refused(reason));
        }
        Ok(refund)
    }

    async fn refunds_of(&self, intent: &IntentId) -> Result<Vec<GatewayRefund>, GatewayError> {
        self.effective_refunds(&[("payment_intent", intent.0.as_str())]).await
    }

    async fn recent_refunds(&self, since: Timestamp) -> Result<Vec<GatewayRefund>, GatewayError> {
        let since = since.as_second().to_string();
        self.effective_refunds(&[("created[gte]", since.as_str())]).await
    }

    async fn order_of(&self, intent: &IntentId) -> Result<Option<OrderId>, GatewayError> {
        let path = format!("/v1/payment_intents/{}", intent.0);
        let intent: Intent = decode(self.get(Call::Retrieve, &path, &[]).await).await?;
        Ok(intent.metadata.order())
    }
}

impl StripeGateway {
    /// The state after a confirmation was refused. A confirmation token serves one intent and
    /// lapses: refused with one, the intent shows what became of it.
    async fn decode_refusal(
        &self,
        intent: &IntentId,
        method: &PaymentMethod,
        response: Response,
    ) -> Result<IntentState, GatewayError> {
        let status = response.status();
        let ErrorBody { error } = response.json().await.map_err(unknown)?;
        let is_missing = error.param.as_deref() == Some("payment_method")
            && error.code.as_deref() == Some("resource_missing");
        let is_token = matches!(method, PaymentMethod::Token(_));
        match error.kind.as_str() {
            "card_error" => Ok(IntentState::Declined(decline_reason(&error))),
            "invalid_request_error" if is_token => match self.retrieve(intent).await? {
                IntentState::Unconfirmed => {
                    Ok(IntentState::Declined(DeclineReason::InvalidPaymentMethod))
                }
                state => Ok(state),
            },
            _ if is_missing => Ok(IntentState::Declined(DeclineReason::InvalidPaymentMethod)),
            // Also an intent in an unexpected state, which the next step retrieves.
            _ => Err(GatewayError::Unknown(format!(
                "{status}: {}",
                error.message.unwrap_or_default()
            ))),
        }
    }
}
