//! Decides on disputes.

use super::{Decision, refunds};
use crate::{
    books::{Books, RecordedReply},
    model::{Amount, Change, ChargeId, Dispute, DisputeId, DisputeReason},
    problem::Problem,
};

/// A cardholder's request to the bank.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DisputeRequest {
    pub(crate) id: DisputeId,
    pub(crate) charge: ChargeId,
    pub(crate) amount: Option<Amount>,
    pub(crate) reason: DisputeReason,
}

pub(super) fn dispute(request: DisputeRequest, books: &Books, created_unix_ms: i64) -> Decision {
    let DisputeRequest { id, charge, amount, reason } = request;
    let paid = match refunds::find(refunds::RefundTarget::Charge(charge), books) {
        Ok(paid) => paid,
        Err(problem) => return problem.into(),
    };
    match paid.dispute(amount) {
        Ok((charge, amount_minor)) => {
            let dispute = Dispute {
                id,
                intent: paid.id(),
                charge: charge.id,
                method: charge.method,
                amount_minor,
                currency: *paid.currency(),
                reason,
                created_unix_ms,
            };
            Decision { changes: vec![Change::Disputed(dispute)], reply: RecordedReply::Dispute(id) }
        }
        Err(refusal) => Problem::refused(paid.id(), refusal).into(),
    }
}
