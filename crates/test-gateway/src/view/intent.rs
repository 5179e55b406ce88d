//! A payment intent in Stripe's format.

use serde::Serialize;

use super::{Absent, ChargeView, last_error::LastError, next_action::NextAction, seconds};
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
    client_secret: Option<String>,
    confirmation_method: &'static str,
    created: i64,
    currency: &'a str,
    customer: Absent,
    description: Option<&'a str>,
    last_payment_error: Option<LastError>,
    latest_charge: Option<LatestCharge<'a>>,
    livemode: bool,
    metadata: &'a Metadata,
    next_action: Option<NextAction<'a>>,
    payment_method: Option<&'static str>,
    payment_method_types: [&'static str; 1],
    processing: Absent,
    receipt_email: Absent,
    setup_future_usage: Absent,
    shipping: Absent,
    statement_descriptor: Absent,
    status: &'static str,
}

/// The newest charge: its id or, if the request expands it, the charge.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum LatestCharge<'a> {
    Id(ChargeId),
    Expanded(Box<ChargeView<'a>>),
}

impl<'a> IntentView<'a> {
    /// An intent with its newest charge.
    pub(crate) fn with_charge(intent: &'a Intent) -> Self {
        let charge = intent.latest_charge().map(|charge| ChargeView::of(intent, charge));
        let latest_charge = charge.map(|charge| LatestCharge::Expanded(Box::new(charge)));
        Self { latest_charge, ..Self::of(intent) }
    }

    pub(crate) fn of(intent: &'a Intent) -> Self {
        let (canceled_at, reason) = match intent.state() {
            State::Canceled { at_unix_ms, reason, .. } => (Some(seconds(*at_unix_ms)), *reason),
            _ => (None, None),
        };
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
            client_secret: intent.client_secret(),
            confirmation_method: "automatic",
            created: seconds(intent.details().created_unix_ms),
            currency: intent.currency().as_str(),
            customer: None,
            description: intent.details().description.as_deref(),
            last_payment_error: LastError::of(intent),
            latest_charge: intent.latest_charge().map(|charge| LatestCharge::Id(charge.id)),
            livemode: false,
            metadata: intent.metadata(),
            next_action: NextAction::of(intent),
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

/// An intent as its customer may see it, with the publishable key and the client secret. As with
/// Stripe, it has neither metadata nor anything about charges and captures.
#[derive(Debug, Serialize)]
pub(crate) struct PublicIntentView<'a> {
    id: IntentId,
    object: &'static str,
    amount: u64,
    canceled_at: Option<i64>,
    cancellation_reason: Option<&'static str>,
    capture_method: &'static str,
    client_secret: Option<String>,
    confirmation_method: &'static str,
    created: i64,
    currency: &'a str,
    description: Option<&'a str>,
    last_payment_error: Option<LastError>,
    livemode: bool,
    next_action: Option<NextAction<'a>>,
    payment_method: Option<&'static str>,
    payment_method_types: [&'static str; 1],
    processing: Absent,
    receipt_email: Absent,
    setup_future_usage: Absent,
    shipping: Absent,
    status: &'static str,
}

impl<'a> PublicIntentView<'a> {
    pub(crate) fn of(intent: &'a Intent) -> Self {
        let whole = IntentView::of(intent);
        Self {
            id: whole.id,
            object: whole.object,
            amount: whole.amount,
            canceled_at: whole.canceled_at,
            cancellation_reason: whole.cancellation_reason,
            capture_method: whole.capture_method,
            client_secret: whole.client_secret,
            confirmation_method: whole.confirmation_method,
            created: whole.created,
            currency: whole.currency,
            description: whole.description,
            last_payment_error: whole.last_payment_error,
            livemode: whole.livemode,
            next_action: whole.next_action,
            payment_method: whole.payment_method,
            payment_method_types: whole.payment_method_types,
            processing: whole.processing,
            receipt_email: whole.receipt_email,
            setup_future_usage: whole.setup_future_usage,
            shipping: whole.shipping,
            status: whole.status,
        }
    }
}
