//! A refund in Stripe's format.

use serde::Serialize;

use super::{Absent, seconds};
use crate::model::{
    ChargeId, IntentId, Metadata, Refund, RefundId, RefundReason, TransactionId, TransactionSource,
};

/// A refund in Stripe's format.
#[derive(Debug, Serialize)]
pub(crate) struct RefundView<'a> {
    id: RefundId,
    object: &'static str,
    amount: u64,
    balance_transaction: TransactionId,
    charge: ChargeId,
    created: i64,
    currency: &'a str,
    metadata: &'a Metadata,
    payment_intent: IntentId,
    reason: Option<&'static str>,
    receipt_number: Absent,
    status: &'static str,
}

impl<'a> RefundView<'a> {
    pub(crate) fn of(refund: &'a Refund) -> Self {
        Self {
            id: refund.id,
            object: "refund",
            amount: refund.amount_minor.minor(),
            balance_transaction: TransactionSource::Refund(refund.id).transaction(),
            charge: refund.charge,
            created: seconds(refund.created_unix_ms),
            currency: refund.currency.as_str(),
            metadata: &refund.metadata,
            payment_intent: refund.intent,
            reason: refund.reason.map(RefundReason::as_str),
            receipt_number: None,
            status: "succeeded",
        }
    }
}
