//! Decides on requests for intents.

use super::{ConfirmRequest, Decision, confirm::confirm};
use crate::{
    books::{Books, RecordedReply},
    model::{Change, Intent, IntentDetails, IntentId, Refusal},
    problem::Problem,
};

/// A request for a new intent.
#[derive(Debug)]
pub(crate) struct CreateRequest {
    /// The intent; its creation time is set by the decision.
    pub(crate) details: IntentDetails,
    /// Whether and how the intent is confirmed at once.
    pub(crate) confirm: Option<ConfirmRequest>,
}

pub(super) fn create(create: CreateRequest, books: &Books, created_unix_ms: i64) -> Decision {
    let details = IntentDetails { created_unix_ms, ..create.details };
    let id = details.id;
    let created = Change::Created(details.clone());
    let Some(request) = create.confirm else {
        return Decision { changes: vec![created], reply: RecordedReply::Intent(id) };
    };
    let mut decision = confirm(&Intent::new(details), &request, books, created_unix_ms);
    if decision.changes.is_empty() {
        // An intent that cannot be confirmed is not created either, so the error cannot show it.
        return match decision.reply {
            RecordedReply::Problem(problem) => Problem { intent: None, ..*problem }.into(),
            _ => decision,
        };
    }
    decision.changes.insert(0, created);
    decision
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
