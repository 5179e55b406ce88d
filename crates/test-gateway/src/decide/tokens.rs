//! Decides on requests for confirmation tokens, and on their use.

use super::Decision;
use crate::{
    books::{Books, RecordedReply},
    model::{Change, ConfirmationToken, Intent, TokenId},
    problem::{Kind, Problem},
};

pub(super) fn create(token: ConfirmationToken, created_unix_ms: i64) -> Decision {
    let id = token.id;
    let created = ConfirmationToken { created_unix_ms, ..token };
    Decision { changes: vec![Change::TokenCreated(created)], reply: RecordedReply::Token(id) }
}

/// A token that can confirm the intent.
pub(super) fn find<'a>(
    id: TokenId,
    intent: &Intent,
    books: &'a Books,
    now_unix_ms: i64,
) -> Result<&'a ConfirmationToken, Problem> {
    let token = books.tokens().get(id).ok_or_else(|| {
        let missing = Problem::no_such(Kind::Invalid, "confirmation_token", &id.to_string());
        missing.param("confirmation_token")
    })?;
    match token.check(intent, now_unix_ms) {
        Ok(()) => Ok(token),
        Err(refusal) => Err(Problem::refused_token(id, refusal)),
    }
}
