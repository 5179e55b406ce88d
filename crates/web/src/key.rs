//! The header `Idempotency-Key`.

use axum::http::HeaderMap;

use super::problem::Problem;

/// Maximum length of a key, in characters.
const MAX_KEY_CHARS: usize = 255;

/// The idempotency key of a request, if it has one.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Problem::malformed("Send Idempotency-Key once.".to_owned()));
    }
    let key = value.to_str().ok().filter(|key| (1..=MAX_KEY_CHARS).contains(&key.len()));
    let wrong =
        || format!("Idempotency-Key must be 1 to {MAX_KEY_CHARS} printable ASCII characters.");
    key.map(Some).ok_or_else(|| Problem::malformed(wrong()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn two_keys_are_refused() {
        let mut headers = HeaderMap::new();
        headers.append("idempotency-key", HeaderValue::from_static("one"));
        assert_eq!(idempotency_key(&headers).ok(), Some(Some("one")));
        headers.append("idempotency-key", HeaderValue::from_static("two"));
        assert!(idempotency_key(&headers).is_err());
    }
}
