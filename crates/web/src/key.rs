//! The header `Idempotency-Key`.

use axum::http::HeaderMap;

use super::problem::Problem;

/// Longest idempotency key, in characters.
const MAX_KEY: usize = 255;

/// The key that a client gave its request, so that repeating it does nothing more.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=MAX_KEY).contains(&key.len()));
    let wrong = || format!("Idempotency-Key must be 1 to {MAX_KEY} visible ASCII characters.");
    key.map(Some).ok_or_else(|| Problem::malformed(wrong()))
}
