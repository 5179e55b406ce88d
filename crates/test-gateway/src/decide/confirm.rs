//! Decides on confirmations.

use super::{Decision, intents::change_or_refuse, tokens};
use crate::{
    books::Books,
    model::{Change, ChargeId, Intent, Method, TokenId},
};

/// A request to confirm an intent.
#[derive(Debug)]
pub(crate) struct ConfirmRequest {
    /// Takes precedence over the method of the token, like any parameter of the request.
    pub(crate) method: Option<Method>,
    pub(crate) token: Option<TokenId>,
    /// Id of the charge, if one is made.
    pub(crate) charge: ChargeId,
}

/// Confirms an intent. A token is used by any attempt, even by a declined one.
pub(super) fn confirm(
    intent: &Intent,
    request: &ConfirmRequest,
    books: &Books,
    now_unix_ms: i64,
) -> Decision {
    let id = intent.id();
    let of_token = request.token.map(|token| tokens::method(token, intent, books, now_unix_ms));
    let of_token = match of_token.transpose() {
        Ok(method) => method,
        Err(problem) => return problem.into(),
    };
    let method = request.method.or(of_token);
    let mut decision = change_or_refuse(id, intent.confirm(method, request.charge, now_unix_ms));
    if let Some(token) = request.token.filter(|_| !decision.changes.is_empty()) {
        decision.changes.push(Change::TokenUsed { token, intent: id });
    }
    decision
}
