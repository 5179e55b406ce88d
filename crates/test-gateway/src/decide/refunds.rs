//! Decides on requests for refunds.

use super::Decision;
use crate::{
    books::{Books, RecordedReply},
    model::{Amount, Change, ChargeId, Intent, IntentId, Metadata, Refund, RefundId, RefundReason},
    problem::{Kind, Problem},
};

/// A request for a refund.
#[derive(Debug)]
pub(crate) struct RefundRequest {
    pub(crate) id: RefundId,
    pub(crate) target: RefundTarget,
    pub(crate) amount: Option<Amount>,
    pub(crate) reason: Option<RefundReason>,
    pub(crate) metadata: Metadata,
}

/// What is refunded.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RefundTarget {
    Intent(IntentId),
    Charge(ChargeId),
}

pub(super) fn refund(request: RefundRequest, books: &Books, created_unix_ms: i64) -> Decision {
    let RefundRequest { id, target, amount, reason, metadata } = request;
    let paid = match find(target, books) {
        Ok(paid) => paid,
        Err(problem) => return problem.into(),
    };
    let intent = paid.id();
    match paid.refund(amount) {
        Ok((charge, amount_minor)) => {
            let refund = Refund {
                id,
                intent,
                charge,
                amount_minor,
                currency: *paid.currency(),
                reason,
                metadata,
                created_unix_ms,
            };
            Decision { changes: vec![Change::Refunded(refund)], reply: RecordedReply::Refund(id) }
        }
        Err(refusal) => Problem::refused(intent, refusal).into(),
    }
}

pub(super) fn find(target: RefundTarget, books: &Books) -> Result<&Intent, Problem> {
    match target {
        RefundTarget::Intent(id) => books.intent(id).map(AsRef::as_ref).ok_or_else(|| {
            let missing = Problem::no_such(Kind::NotFound, "payment_intent", &id.to_string());
            missing.param("payment_intent")
        }),
        RefundTarget::Charge(id) => {
            let intent = books.intent_of(id).ok_or_else(|| {
                Problem::no_such(Kind::NotFound, "charge", &id.to_string()).param("charge")
            })?;
            let is_declined = intent.failed_charges().iter().any(|charge| charge.id == id);
            if is_declined { Err(not_refundable(id)) } else { Ok(intent) }
        }
    }
}

fn not_refundable(id: ChargeId) -> Problem {
    Problem::invalid(format!("Charge {id} is not refundable, because it has failed."))
        .code("charge_not_refundable")
        .param("charge")
}
