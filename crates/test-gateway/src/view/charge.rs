//! A charge in Stripe's format.

use serde::Serialize;

use super::{BillingDetails, card::MethodDetails, seconds};
use crate::model::{
    Charge, ChargeId, DeclineCode, Intent, IntentId, Metadata, TransactionId, TransactionSource,
};

/// A charge in Stripe's format.
#[derive(Debug, Serialize)]
#[allow(clippy::struct_excessive_bools, reason = "Stripe's object has these fields")]
pub(crate) struct ChargeView<'a> {
    id: ChargeId,
    object: &'static str,
    amount: u64,
    amount_captured: u64,
    /// As with Stripe, what was authorised and never captured counts as refunded once released.
    amount_refunded: u64,
    /// Absent until it is captured.
    balance_transaction: Option<TransactionId>,
    billing_details: BillingDetails,
    captured: bool,
    created: i64,
    currency: &'a str,
    disputed: bool,
    failure_code: Option<&'static str>,
    failure_message: Option<&'static str>,
    livemode: bool,
    metadata: &'a Metadata,
    paid: bool,
    payment_intent: IntentId,
    payment_method: &'static str,
    payment_method_details: MethodDetails,
    refunded: bool,
    status: &'static str,
}

impl<'a> ChargeView<'a> {
    pub(crate) fn of(intent: &'a Intent, charge: &Charge) -> Self {
        let amount = intent.amount().minor();
        let failure = charge.decline_code();
        let is_paid = failure.is_none();
        let (captured, refunded) = if is_paid {
            (intent.captured_minor(), intent.refunded_minor() + intent.released_minor())
        } else {
            (0, 0)
        };
        Self {
            id: charge.id,
            object: "charge",
            amount,
            amount_captured: captured,
            amount_refunded: refunded,
            balance_transaction: (captured > 0)
                .then(|| TransactionSource::Charge(charge.id).transaction()),
            billing_details: BillingDetails::default(),
            captured: captured > 0,
            created: seconds(charge.at_unix_ms),
            currency: intent.currency().as_str(),
            disputed: is_paid && intent.is_disputed(),
            failure_code: failure.map(DeclineCode::code),
            failure_message: failure.map(DeclineCode::message),
            livemode: false,
            metadata: intent.metadata(),
            paid: is_paid,
            payment_intent: intent.id(),
            payment_method: charge.method.token(),
            payment_method_details: MethodDetails::of(charge, amount),
            refunded: refunded == amount,
            status: if is_paid { "succeeded" } else { "failed" },
        }
    }
}
