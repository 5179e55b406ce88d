//! Decides on requests, given the books. Pure: new ids and the time are inputs.

mod confirm;
mod disputes;
mod intents;
mod refunds;
mod tokens;

pub(crate) use confirm::{ChallengeOutcome, ConfirmRequest};
pub(crate) use disputes::DisputeRequest;
pub(crate) use intents::CreateRequest;
pub(crate) use refunds::{RefundRequest, RefundTarget};

use crate::{
    books::{Books, RecordedReply},
    model::{Amount, CancelReason, Change, ConfirmationToken, Intent, IntentId},
    problem::{Kind, Problem},
};

/// A validated write request.
#[derive(Debug)]
pub(crate) enum Operation {
    Create(CreateRequest),
    Confirm { intent: IntentId, request: ConfirmRequest },
    Capture { intent: IntentId, amount: Option<Amount> },
    Cancel { intent: IntentId, reason: Option<CancelReason> },
    Refund(RefundRequest),
    Dispute(DisputeRequest),
    CreateToken(ConfirmationToken),
    EndChallenge(ChallengeOutcome),
}

/// The changes and the reply.
#[derive(Debug)]
pub(crate) struct Decision {
    pub(crate) changes: Vec<Change>,
    pub(crate) reply: RecordedReply,
}

impl From<Problem> for Decision {
    fn from(problem: Problem) -> Self {
        Self { changes: Vec::new(), reply: RecordedReply::Problem(Box::new(problem)) }
    }
}

/// Decides on a write request.
pub(crate) fn decide(operation: Operation, books: &Books, now_unix_ms: i64) -> Decision {
    let on_intent = |id, decide: &dyn Fn(&Intent) -> Decision| match books.intent(id) {
        Some(intent) => decide(intent),
        None => no_such_intent(id),
    };
    match operation {
        Operation::Create(create) => intents::create(create, books, now_unix_ms),
        Operation::Confirm { intent, request } => {
            on_intent(intent, &|intent| confirm::confirm(intent, &request, books, now_unix_ms))
        }
        Operation::Capture { intent, amount } => on_intent(intent, &|intent| {
            intents::change_or_refuse(intent.id(), intent.capture(amount, now_unix_ms))
        }),
        Operation::Cancel { intent, reason } => on_intent(intent, &|intent| {
            intents::change_or_refuse(intent.id(), intent.cancel(reason, now_unix_ms))
        }),
        Operation::Refund(request) => refunds::refund(request, books, now_unix_ms),
        Operation::EndChallenge(outcome) => confirm::end_challenge(outcome, books, now_unix_ms),
        Operation::Dispute(request) => disputes::dispute(request, books, now_unix_ms),
        Operation::CreateToken(token) => tokens::create(token, now_unix_ms),
    }
}

fn no_such_intent(id: IntentId) -> Decision {
    Problem::no_such(Kind::NotFound, "payment_intent", &id.to_string()).param("intent").into()
}
