//! A confirmation token in Stripe's format.

use serde::Serialize;

use super::{Absent, BillingDetails, seconds};
use crate::model::{CardExpiry, CardNumber, ConfirmationToken, IntentId, TokenId};

/// A confirmation token in Stripe's format.
#[derive(Debug, Serialize)]
pub(crate) struct TokenView<'a> {
    id: TokenId,
    object: &'static str,
    created: i64,
    /// As with Stripe, null once the token is used.
    expires_at: Option<i64>,
    livemode: bool,
    mandate_data: Absent,
    payment_intent: Option<IntentId>,
    payment_method_options: Absent,
    payment_method_preview: Preview,
    return_url: Option<&'a str>,
    setup_future_usage: Absent,
    setup_intent: Absent,
    shipping: Absent,
    use_stripe_sdk: bool,
}

#[derive(Debug, Serialize)]
struct Preview {
    allow_redisplay: &'static str,
    billing_details: BillingDetails,
    card: CardPreview,
    customer: Absent,
    r#type: &'static str,
}

#[derive(Debug, Serialize)]
struct CardPreview {
    brand: &'static str,
    checks: Absent,
    country: &'static str,
    exp_month: u8,
    exp_year: u16,
    funding: &'static str,
    last4: &'static str,
    wallet: Absent,
}

impl<'a> TokenView<'a> {
    pub(crate) fn of(token: &'a ConfirmationToken) -> Self {
        let number: CardNumber = token.method.card_number();
        let CardExpiry { month, year } = token.expiry;
        Self {
            id: token.id,
            object: "confirmation_token",
            created: seconds(token.created_unix_ms),
            expires_at: token.used_by.is_none().then(|| seconds(token.expires_unix_ms())),
            livemode: false,
            mandate_data: None,
            payment_intent: token.used_by,
            payment_method_options: None,
            payment_method_preview: Preview {
                allow_redisplay: "unspecified",
                billing_details: BillingDetails::default(),
                card: CardPreview {
                    brand: number.brand(),
                    checks: None,
                    country: "US",
                    exp_month: month,
                    exp_year: year,
                    funding: number.funding(),
                    last4: number.last4(),
                    wallet: None,
                },
                customer: None,
                r#type: "card",
            },
            return_url: token.return_url.as_deref(),
            setup_future_usage: None,
            setup_intent: None,
            shipping: None,
            use_stripe_sdk: true,
        }
    }
}
