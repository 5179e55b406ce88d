//! Decides on requests for refunds.

use super::Decision;
use crate::{
    books::{Books, RecordedReply},
    model::{Amount, Change, IntentId, Metadata, Refund, RefundId, RefundReason},
    problem::{Kind, Problem},
};

/// A request for a refund.
#[derive(Debug)]
pub(crate) struct RefundRequest {
    pub(crate) id: RefundId,
    pub(crate) intent: IntentId,
    pub(crate) amount: Option<Amount>,
    pub(crate) reason: Option<RefundReason>,
    pub(crate) metadata: Metadata,
}

pub(super) fn refund(request: RefundRequest, books: &Books, created_unix_ms: i64) -> Decision {
    let RefundRequest { id, intent, amount, reason, metadata } = request;
    let Some(paid) = books.intent(intent) else {
        let missing = Problem::no_such(Kind::NotFound, "payment_intent", &intent.to_string());
        return missing.param("payment_intent").into();
    };
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
