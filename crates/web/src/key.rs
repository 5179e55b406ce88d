//! The header `Idempotency-Key`.

use axum::http::HeaderMap;

use super::problem::Problem;

/// Maximum length of a key, in characters.
const MAX_KEY_CHARS: usize = 255;

/// The idempotency key of a request, if it has one.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=MAX_KEY_CHARS).contains(&key.len()));
    let wrong =
        || format!("Idempotency-Key must be 1 to {MAX_KEY_CHARS} visible ASCII characters.");
    key.map(Some).ok_or_else(|| Problem::malformed(wrong()))
}
