//! Decides on requests for intents.

use super::Decision;
use crate::{
    books::RecordedReply,
    model::{Change, ChargeId, Intent, IntentDetails, IntentId, Method, Refusal},
    problem::Problem,
};

/// A request for a new intent.
#[derive(Debug)]
pub(crate) struct CreateRequest {
    /// The intent; its creation time is set by the decision.
    pub(crate) details: IntentDetails,
    /// Id of the first charge, if the intent is confirmed at once.
    pub(crate) confirm: Option<ChargeId>,
}

pub(super) fn create(create: CreateRequest, created_unix_ms: i64) -> Decision {
    let CreateRequest { details, confirm } = create;
    let details = IntentDetails { created_unix_ms, ..details };
    let id = details.id;
    let created = Change::Created(details.clone());
    let Some(charge) = confirm else {
        return Decision { changes: vec![created], reply: RecordedReply::Intent(id) };
    };
    // Without a payment method to confirm with, the intent is not created either.
    let mut decision = confirm_new(&Intent::new(details), charge, created_unix_ms);
    if !decision.changes.is_empty() {
        decision.changes.insert(0, created);
    }
    decision
}

/// Confirms an intent that is not in the books yet, so that errors cannot show it.
fn confirm_new(intent: &Intent, attempt: ChargeId, now_unix_ms: i64) -> Decision {
    let decision = confirm(intent, None, attempt, now_unix_ms);
    match decision.reply {
        RecordedReply::Problem(problem) if decision.changes.is_empty() => {
            Problem { intent: None, ..*problem }.into()
        }
        _ => decision,
    }
}

pub(super) fn confirm(
    intent: &Intent,
    method: Option<Method>,
    attempt: ChargeId,
    now_unix_ms: i64,
) -> Decision {
    change_or_refuse(intent.id(), intent.confirm(method, attempt, now_unix_ms))
}

/// The decision of a change, or of its refusal. A declined charge is both a change and an error.
pub(super) fn change_or_refuse(id: IntentId, decided: Result<Change, Refusal>) -> Decision {
    let change = match decided {
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
