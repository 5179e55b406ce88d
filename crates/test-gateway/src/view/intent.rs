//! A payment intent in Stripe's format.

use serde::Serialize;

use super::{Absent, problem::FailureView, seconds};
use crate::model::{CancelReason, ChargeId, Intent, IntentId, Metadata, Method, State};

/// A payment intent in Stripe's format.
#[derive(Debug, Serialize)]
pub(crate) struct IntentView<'a> {
    id: IntentId,
    object: &'static str,
    amount: u64,
    amount_capturable: u64,
    amount_received: u64,
    application: Absent,
    canceled_at: Option<i64>,
    cancellation_reason: Option<&'static str>,
    capture_method: &'static str,
    client_secret: String,
    confirmation_method: &'static str,
    created: i64,
    currency: &'a str,
    customer: Absent,
    description: Option<&'a str>,
    last_payment_error: Option<FailureView>,
    latest_charge: Option<ChargeId>,
    livemode: bool,
    metadata: &'a Metadata,
    next_action: Option<NextAction>,
    payment_method: Option<&'static str>,
    payment_method_types: [&'static str; 1],
    processing: Absent,
    receipt_email: Absent,
    setup_future_usage: Absent,
    shipping: Absent,
    statement_descriptor: Absent,
    status: &'static str,
}

/// The action required from the customer.
#[derive(Debug, Serialize)]
struct NextAction {
    r#type: &'static str,
    use_stripe_sdk: Sdk,
}

#[derive(Debug, Serialize)]
struct Sdk {
    r#type: &'static str,
}

const AUTHENTICATE: NextAction = NextAction {
    r#type: "use_stripe_sdk",
    use_stripe_sdk: Sdk { r#type: "three_d_secure_redirect" },
};

impl<'a> IntentView<'a> {
    pub(crate) fn of(intent: &'a Intent) -> Self {
        let (canceled_at, reason) = match intent.state() {
            State::Canceled { at_unix_ms, reason, .. } => (Some(seconds(*at_unix_ms)), *reason),
            _ => (None, None),
        };
        let requires_action = matches!(intent.state(), State::RequiresAction { .. });
        Self {
            id: intent.id(),
            object: "payment_intent",
            amount: intent.amount().minor(),
            amount_capturable: intent.capturable_minor(),
            amount_received: intent.captured_minor(),
            application: None,
            canceled_at,
            cancellation_reason: reason.map(CancelReason::as_str),
            capture_method: intent.details().capture_method.as_str(),
            client_secret: format!("{}_secret_test", intent.id()),
            confirmation_method: "automatic",
            created: seconds(intent.details().created_unix_ms),
            currency: intent.currency().as_str(),
            customer: None,
            description: intent.details().description.as_deref(),
            last_payment_error: last_error(intent),
            latest_charge: intent.latest_charge().map(|charge| charge.id),
            livemode: false,
            metadata: intent.metadata(),
            next_action: requires_action.then_some(AUTHENTICATE),
            payment_method: intent.method().map(Method::token),
            payment_method_types: Intent::PAYMENT_METHOD_TYPES,
            processing: None,
            receipt_email: None,
            setup_future_usage: None,
            shipping: None,
            statement_descriptor: None,
            status: intent.status(),
        }
    }
}

/// The newest decline, unless another payment method was set since.
fn last_error(intent: &Intent) -> Option<FailureView> {
    if !matches!(intent.state(), State::RequiresPaymentMethod) {
        return None;
    }
    let charge = intent.failed_charges().last()?;
    charge.decline_code().map(|code| FailureView::new(charge, code))
}
