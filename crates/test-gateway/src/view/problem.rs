//! Errors in Stripe's format.

use serde::Serialize;

use super::{BillingDetails, IntentView, seconds};
use crate::{
    model::{Charge, ChargeId, DeclineCode, Intent},
    problem::Problem,
};

/// The body of an error response.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorView<'a> {
    error: Inner<'a>,
}

#[derive(Debug, Serialize)]
struct Inner<'a> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decline_code: Option<&'static str>,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    param: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    charge: Option<ChargeId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_intent: Option<IntentView<'a>>,
}

impl<'a> ErrorView<'a> {
    pub(crate) fn of(problem: &'a Problem, intent: Option<&'a Intent>) -> Self {
        Self {
            error: Inner {
                r#type: problem.kind.stripe_type(),
                code: problem.code.as_deref(),
                decline_code: problem.decline.map(DeclineCode::as_str),
                message: &problem.message,
                param: problem.param.as_deref(),
                charge: problem.decline.and(intent).and_then(Intent::latest_charge).map(|c| c.id),
                payment_intent: intent.map(IntentView::of),
            },
        }
    }
}

/// `last_payment_error`
#[derive(Debug, Serialize)]
pub(super) struct FailureView {
    r#type: &'static str,
    code: &'static str,
    decline_code: &'static str,
    message: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    param: Option<&'static str>,
    charge: ChargeId,
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

impl FailureView {
    pub(super) fn new(charge: &Charge, code: DeclineCode) -> Self {
        Self {
            r#type: "card_error",
            code: code.code(),
            decline_code: code.as_str(),
            message: code.message(),
            param: code.param(),
            charge: charge.id,
            payment_method: MethodView {
                id: charge.method.token(),
                object: "payment_method",
                billing_details: BillingDetails::default(),
                created: seconds(charge.at_unix_ms),
                livemode: false,
                r#type: "card",
            },
        }
    }
}
