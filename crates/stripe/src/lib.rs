//! Payments over HTTP with the API shapes of Stripe (`PaymentIntents`, API version pinned).
//!
//! Stripe's own test mode was not reachable where this was written: the shapes follow its public
//! reference and are exercised against the test gateway.

mod books;
mod figures;
mod webhook;
mod wire;

use std::{sync::Arc, time::Duration};

use domain::{
    payment::{DeclineReason, IntentId, IntentState, Payment, RefundId},
    ports::{GatewayError, PaymentGateway},
    text::PaymentMethod,
};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use tokio::sync::Semaphore;

use self::figures::{Call, measured};
use self::wire::{ErrorBody, Intent, RefundBody, decline_reason, plain_id, read, state, unknown};

pub use books::Capture;
pub use webhook::StripeEvents;

/// The version of the API that answers are read as.
const API_VERSION: &str = "2025-03-31.basil";
/// How long one call may take before its end counts as unknown.
const DEADLINE: Duration = Duration::from_secs(3);

/// The gateway at an address. Clones share connections, and the limit of calls.
#[derive(Clone)]
pub struct StripeGateway {
    http: Client,
    /// The right to be under way.
    calls: Arc<Semaphore>,
    base: String,
    secret_key: String,
}

/// The gateway cannot be used as configured.
#[derive(Debug, thiserror::Error)]
#[error("the payment gateway client cannot be made: {0}")]
pub struct SetupError(reqwest::Error);

impl StripeGateway {
    /// Calls that are under way at most, unless told otherwise: with answers within 200 ms, enough
    /// for two thousand orders a second.
    pub const CALLS: u32 = 1_000;

    /// The gateway at `base` (`https://api.stripe.com`), with a secret key.
    pub fn new(base: &str, secret_key: &str) -> Result<Self, SetupError> {
        let http = Client::builder()
            .timeout(DEADLINE)
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

    /// The same with at most so many calls under way; further ones wait for their turn.
    #[must_use]
    pub fn with_calls(self, most: u32) -> Self {
        Self { calls: Arc::new(Semaphore::new(most as usize)), ..self }
    }

    /// Sends a request once it may be under way. Its deadline begins then, and so does its time.
    async fn send(&self, call: Call, request: RequestBuilder) -> reqwest::Result<Response> {
        // The semaphore is never closed; if it were, the call would be made all the same.
        let _permit = self.calls.acquire().await.ok();
        let request = request.bearer_auth(&self.secret_key);
        measured(call, request.header("Stripe-Version", API_VERSION).send()).await
    }

    async fn get(
        &self,
        call: Call,
        path: &str,
        query: &[(&str, &str)],
    ) -> reqwest::Result<Response> {
        self.send(call, self.http.get(format!("{}{path}", self.base)).query(query)).await
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
    async fn create(&self, payment: &Payment, key: &str) -> Result<IntentId, GatewayError> {
        let (amount, order) = (payment.amount.minor.to_string(), payment.order_id.to_string());
        let currency = payment.amount.currency.code().to_lowercase();
        let form = [
            ("amount", amount.as_str()),
            ("currency", currency.as_str()),
            ("payment_method_types[]", "card"),
            ("metadata[order_id]", order.as_str()),
        ];
        let path = "/v1/payment_intents";
        let intent: Intent = read(self.post(Call::Create, path, key, &form).await).await?;
        Ok(IntentId(plain_id(intent.id)?))
    }

    async fn confirm(
        &self,
        intent: &IntentId,
        method: &PaymentMethod,
        key: &str,
    ) -> Result<IntentState, GatewayError> {
        let path = format!("/v1/payment_intents/{}/confirm", intent.0);
        let form = [("payment_method", method.as_str())];
        let answer = self.post(Call::Confirm, &path, key, &form).await.map_err(unknown)?;
        match answer.status() {
            StatusCode::PAYMENT_REQUIRED | StatusCode::BAD_REQUEST => refusal(answer).await,
            _ => state(&read(Ok(answer)).await?),
        }
    }

    async fn retrieve(&self, intent: &IntentId) -> Result<IntentState, GatewayError> {
        let path = format!("/v1/payment_intents/{}", intent.0);
        let answer = self.get(Call::Retrieve, &path, &[]).await;
        state(&read(answer).await?)
    }

    async fn cancel(&self, intent: &IntentId, key: &str) -> Result<IntentState, GatewayError> {
        let path = format!("/v1/payment_intents/{}/cancel", intent.0);
        let form = [("cancellation_reason", "requested_by_customer")];
        let answer = self.post(Call::Cancel, &path, key, &form).await.map_err(unknown)?;
        match answer.status() {
            // It went another way before: captured, or cancelled already.
            StatusCode::BAD_REQUEST => match self.retrieve(intent).await? {
                IntentState::Unconfirmed => {
                    Err(GatewayError::Unknown("the intent can still be confirmed".to_owned()))
                }
                elsewhere => Ok(elsewhere),
            },
            _ => state(&read(Ok(answer)).await?),
        }
    }

    async fn refund(
        &self,
        payment: &Payment,
        intent: &IntentId,
        key: &str,
    ) -> Result<RefundId, GatewayError> {
        let order = payment.order_id.to_string();
        let form = [("payment_intent", intent.0.as_str()), ("metadata[order_id]", order.as_str())];
        let answer = self.post(Call::Refund, "/v1/refunds", key, &form).await;
        let answer = answer.map_err(unknown)?;
        if answer.status() == StatusCode::BAD_REQUEST {
            // Given back already, by us or by a person at the gateway's own desk.
            let ErrorBody { error } = answer.json().await.map_err(unknown)?;
            let found = self.find_refund(intent).await?;
            let words = error.message.unwrap_or_default();
            return found.ok_or_else(|| GatewayError::Refused(format!("no refund: {words}")));
        }
        let refund: RefundBody = read(Ok(answer)).await?;
        if !refund.stands() {
            return Err(GatewayError::Refused(format!("the refund {} failed", refund.id)));
        }
        if refund.amount != payment.amount.minor {
            let told = format!("the refund is {} of {}", refund.amount, payment.amount.minor);
            return Err(GatewayError::Refused(told));
        }
        Ok(RefundId(plain_id(refund.id)?))
    }

    async fn find_refund(&self, intent: &IntentId) -> Result<Option<RefundId>, GatewayError> {
        let query = [("payment_intent", intent.0.as_str())];
        match self.page::<RefundBody>("/v1/refunds", &query, None).await?.first_that_stands() {
            Some(refund) => Ok(Some(RefundId(plain_id(refund.id)?))),
            None => Ok(None),
        }
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
