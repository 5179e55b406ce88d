//! Errors in Stripe's format.

use serde::Serialize;

use super::IntentView;
use crate::{
    model::{ChargeId, DeclineCode, Intent},
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
