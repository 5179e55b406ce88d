//! Decides on confirmations and on the authentication that they may need.

use super::{Decision, intents::change_or_refuse, tokens};
use crate::{
    books::Books,
    model::{Challenge, ChallengeId, Change, ChargeId, ConfirmationToken, Intent, Method, TokenId},
    problem::{Kind, Problem},
};

/// A request to confirm an intent. Its parameters take precedence over what the token has.
#[derive(Debug)]
pub(crate) struct ConfirmRequest {
    pub(crate) method: Option<Method>,
    pub(crate) token: Option<TokenId>,
    /// Id of the charge, if one is made.
    pub(crate) charge: ChargeId,
    /// Id and page of the challenge, if the bank wants one.
    pub(crate) challenge: ChallengeId,
    pub(crate) challenge_url: Box<str>,
    /// Where the bank's page leads back to.
    pub(crate) return_url: Option<Box<str>>,
    /// Whether the script in the shop's page shows the bank's page.
    pub(crate) use_stripe_sdk: Option<bool>,
}

/// The end of a challenge, on the bank's page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChallengeOutcome {
    pub(crate) challenge: ChallengeId,
    pub(crate) is_passed: bool,
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
    let token = request.token.map(|token| tokens::find(token, intent, books, now_unix_ms));
    let token = match token.transpose() {
        Ok(token) => token,
        Err(problem) => return problem.into(),
    };
    let method = request.method.or(token.map(|token| token.method));
    let change = intent.confirm(method, request.charge, challenge_of(request, token), now_unix_ms);
    let mut decision = change_or_refuse(id, change);
    if let Some(token) = request.token.filter(|_| !decision.changes.is_empty()) {
        decision.changes.push(Change::TokenUsed { token, intent: id });
    }
    decision
}

/// The challenge, if the bank wants one. Tokens ask for the script unless the request says
/// otherwise. Without an address to return to, only the script can learn of its end.
fn challenge_of(request: &ConfirmRequest, token: Option<&ConfirmationToken>) -> Challenge {
    let uses_script = request.use_stripe_sdk.unwrap_or(token.is_some());
    let return_url = request.return_url.clone();
    let return_url = return_url.or_else(|| token.and_then(|token| token.return_url.clone()));
    Challenge {
        id: request.challenge,
        url: request.challenge_url.clone(),
        return_url: return_url.filter(|_| !uses_script),
    }
}

/// Ends a challenge.
pub(super) fn end_challenge(
    outcome: ChallengeOutcome,
    books: &Books,
    now_unix_ms: i64,
) -> Decision {
    let ChallengeOutcome { challenge, is_passed, charge } = outcome;
    match books.challenge(challenge) {
        Some((_, intent)) => change_or_refuse(
            intent.id(),
            intent.authenticate(challenge, is_passed, charge, now_unix_ms),
        ),
        None => Problem::no_such(Kind::NotFound, "challenge", &challenge.to_string()).into(),
    }
}
