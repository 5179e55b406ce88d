//! `last_payment_error` of an intent.

use serde::Serialize;

use super::{BillingDetails, seconds};
use crate::model::{Charge, ChargeId, DeclineCode, FailedAuthentication, Intent, Method, State};

/// Why the newest attempt failed, unless another one is under way.
#[derive(Debug, Serialize)]
pub(super) struct LastError {
    r#type: &'static str,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    decline_code: Option<&'static str>,
    message: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    param: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    charge: Option<ChargeId>,
    payment_method: MethodView,
}

#[derive(Debug, Serialize)]
struct MethodView {
    id: &'static str,
    object: &'static str,
    billing_details: BillingDetails,
    created: i64,
    livemode: bool,
    r#type: &'static str,
}

impl LastError {
    pub(super) fn of(intent: &Intent) -> Option<Self> {
        match intent.state() {
            State::RequiresPaymentMethod { failed_authentication: Some(failed) } => {
                Some(Self::authentication(*failed))
            }
            State::RequiresPaymentMethod { failed_authentication: None } => {
                let charge = intent.failed_charges().last()?;
                charge.decline_code().map(|code| Self::declined(charge, code))
            }
            _ => None,
        }
    }

    fn declined(charge: &Charge, code: DeclineCode) -> Self {
        Self {
            r#type: "card_error",
            code: code.code(),
            decline_code: Some(code.as_str()),
            message: code.message(),
            param: code.param(),
            charge: Some(charge.id),
            payment_method: MethodView::of(charge.method, charge.at_unix_ms),
        }
    }

    fn authentication(failed: FailedAuthentication) -> Self {
        Self {
            r#type: "invalid_request_error",
            code: "payment_intent_authentication_failure",
            decline_code: None,
            message: "The provided PaymentMethod has failed authentication. You can provide \
                      payment_method_data or a new PaymentMethod to attempt to fulfill this \
                      PaymentIntent again.",
            param: None,
            charge: None,
            payment_method: MethodView::of(failed.method, failed.at_unix_ms),
        }
    }
}

impl MethodView {
    fn of(method: Method, at_unix_ms: i64) -> Self {
        Self {
            id: method.token(),
            object: "payment_method",
            billing_details: BillingDetails::default(),
            created: seconds(at_unix_ms),
            livemode: false,
            r#type: "card",
        }
    }
}
