//! Payments through the gateway: what each step needs. `charge` and `refund` have the steps.

use domain::{
    ids::OrderId,
    payment::{Conclusion, IntentId, IntentState, Payment, conclude},
    ports::{GatewayError, PaymentBook, PaymentGateway, SharedClock, Unavailable},
};
use jiff::SignedDuration;

use super::gateway_health::GatewayHealth;

/// Charges and refunds orders.
pub struct Payments<B, G> {
    pub(super) book: B,
    pub(super) gateway: G,
    pub(super) clock: SharedClock,
    terms: PaymentTerms,
    health: GatewayHealth,
}

/// What customers who authenticate depend on.
#[derive(Clone, Debug)]
pub struct PaymentTerms {
    /// Base URL of the pages, without a trailing slash; the bank sends customers back there.
    pub public_url: String,
    /// Time limit for the authentication.
    pub authentication_limit: SignedDuration,
}

/// Why a payment has no outcome yet.
pub(super) enum HandleError {
    /// The gateway or the database is unavailable: all orders wait in place.
    Unavailable(Unavailable),
    /// Only this order has to wait.
    Retry(String),
    /// The record needs manual attention.
    Dead(String),
}

impl From<Unavailable> for HandleError {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl HandleError {
    pub(super) fn reason(&self) -> &str {
        match self {
            Self::Unavailable(unavailable) => &unavailable.reason,
            Self::Retry(reason) | Self::Dead(reason) => reason,
        }
    }
}

impl<B: PaymentBook, G: PaymentGateway> Payments<B, G> {
    /// Charges through `gateway` and stores payments in `book`.
    pub fn new(book: B, gateway: G, clock: SharedClock, terms: PaymentTerms) -> Self {
        Self { book, gateway, clock, terms, health: GatewayHealth::default() }
    }

    /// Where the bank sends the customer of an order.
    pub(super) fn return_url(&self, order: OrderId) -> String {
        format!("{}/orders/{order}/pay/return", self.terms.public_url)
    }

    /// What an intent's state means for a payment.
    pub(super) fn conclude(
        &self,
        state: &IntentState,
        payment: &Payment,
        intent: &IntentId,
    ) -> Conclusion {
        let now = self.clock.now();
        let action_until = now.checked_add(self.terms.authentication_limit).unwrap_or(now);
        conclude(state, payment, intent, now, action_until)
    }

    /// Records the result of a gateway call. A failed call concerns only its order, unless the
    /// gateway does not answer at all.
    pub(super) fn gateway_result<T>(
        &self,
        result: Result<T, GatewayError>,
    ) -> Result<T, HandleError> {
        self.health.record(result).map_err(|error| match error {
            GatewayError::Refused(_) => HandleError::Dead(error.to_string()),
            GatewayError::Unknown(reason) if self.health.is_unavailable() => {
                HandleError::Unavailable(Unavailable::new("payment gateway", reason))
            }
            GatewayError::Unknown(_) => HandleError::Retry(error.to_string()),
        })
    }
}
