//! Decides on requests, given the books. Pure: new ids and the time are inputs.

use crate::{
    books::{Books, RecordedReply},
    model::{
        Amount, CancelReason, Change, ChargeId, Currency, Intent, IntentId, Metadata, Method,
        Refund, RefundId, RefundReason,
    },
    problem::{Kind, Problem},
};

/// A validated write request.
#[derive(Debug)]
pub(crate) enum Operation {
    Create(CreateRequest),
    Confirm { intent: IntentId, method: Option<Method>, charge: ChargeId },
    Cancel { intent: IntentId, reason: Option<CancelReason> },
    Refund(RefundRequest),
}

/// A request for a new intent.
#[derive(Debug)]
pub(crate) struct CreateRequest {
    pub(crate) id: IntentId,
    pub(crate) amount: Amount,
    pub(crate) currency: Currency,
    pub(crate) method: Option<Method>,
    pub(crate) description: Option<Box<str>>,
    pub(crate) metadata: Metadata,
    /// Id of the first charge, if the intent is confirmed at once.
    pub(crate) confirm: Option<ChargeId>,
}

/// A request for a refund.
#[derive(Debug)]
pub(crate) struct RefundRequest {
    pub(crate) id: RefundId,
    pub(crate) intent: IntentId,
    pub(crate) amount: Option<Amount>,
    pub(crate) reason: Option<RefundReason>,
    pub(crate) metadata: Metadata,
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
    match operation {
        Operation::Create(create) => decide_create(create, now_unix_ms),
        Operation::Confirm { intent: id, method, charge } => match books.intent(id) {
            Some(intent) => decide_confirm(intent, method, charge, now_unix_ms),
            None => no_such_intent(id),
        },
        Operation::Cancel { intent: id, reason } => match books.intent(id) {
            Some(intent) => match intent.cancel(reason, now_unix_ms) {
                Ok(change) => Decision { changes: vec![change], reply: RecordedReply::Intent(id) },
                Err(refusal) => Problem::refused(id, refusal).into(),
            },
            None => no_such_intent(id),
        },
        Operation::Refund(request) => decide_refund(request, books, now_unix_ms),
    }
}

fn decide_create(create: CreateRequest, created_unix_ms: i64) -> Decision {
    let CreateRequest { id, amount, currency, method, description, metadata, confirm } = create;
    let amount_minor = amount;
    let created = Change::Created {
        id,
        amount_minor,
        currency,
        method,
        description,
        metadata,
        created_unix_ms,
    };
    let confirmed = confirm.zip(Intent::from_created(&created));
    let Some((charge, intent)) = confirmed else {
        return Decision { changes: vec![created], reply: RecordedReply::Intent(id) };
    };
    // Without a payment method to confirm with, the intent is not created either.
    let mut decision = decide_confirm(&intent, None, charge, created_unix_ms);
    if decision.changes.is_empty() {
        return match decision.reply {
            RecordedReply::Problem(problem) => Problem { intent: None, ..*problem }.into(),
            _ => decision,
        };
    }
    decision.changes.insert(0, created);
    decision
}

fn decide_confirm(
    intent: &Intent,
    method: Option<Method>,
    attempt: ChargeId,
    now_unix_ms: i64,
) -> Decision {
    let id = intent.id();
    let change = match intent.confirm(method, attempt, now_unix_ms) {
        Ok(change) => change,
        Err(refusal) => return Problem::refused(id, refusal).into(),
    };
    let reply = match change {
        Change::Declined { code, .. } => {
            RecordedReply::Problem(Box::new(Problem::declined(id, code)))
        }
        _ => RecordedReply::Intent(id),
    };
    Decision { changes: vec![change], reply }
}

fn decide_refund(request: RefundRequest, books: &Books, created_unix_ms: i64) -> Decision {
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

fn no_such_intent(id: IntentId) -> Decision {
    Problem::no_such(Kind::NotFound, "payment_intent", &id.to_string()).param("intent").into()
}
