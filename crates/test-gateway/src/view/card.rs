//! Details of a card in Stripe's format.

use serde::Serialize;

use super::{Absent, seconds};
use crate::model::{CardExpiry, CardNumber, Charge};

/// `payment_method_details` of a charge.
#[derive(Debug, Serialize)]
pub(super) struct MethodDetails {
    card: CardDetails,
    r#type: &'static str,
}

#[derive(Debug, Serialize)]
struct CardDetails {
    amount_authorized: Option<u64>,
    brand: &'static str,
    /// Only of an authorisation that needs a capture.
    #[serde(skip_serializing_if = "Option::is_none")]
    capture_before: Option<i64>,
    country: &'static str,
    exp_month: u8,
    exp_year: u16,
    funding: &'static str,
    last4: &'static str,
    network: &'static str,
    three_d_secure: Absent,
    wallet: Absent,
}

impl MethodDetails {
    pub(super) fn of(charge: &Charge, amount_minor: u64) -> Self {
        let number: CardNumber = charge.method.card_number();
        Self {
            card: CardDetails {
                amount_authorized: charge.decline_code().is_none().then_some(amount_minor),
                brand: number.brand(),
                capture_before: charge.capture_before_unix_ms().map(seconds),
                country: "US",
                exp_month: CardExpiry::OF_TEST_TOKENS.month,
                exp_year: CardExpiry::OF_TEST_TOKENS.year,
                funding: number.funding(),
                last4: number.last4(),
                network: number.brand(),
                three_d_secure: None,
                wallet: None,
            },
            r#type: "card",
        }
    }
}
