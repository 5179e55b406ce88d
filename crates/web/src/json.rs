//! JSON bodies, read strictly: every error names the field, and unknown fields are refused.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::StatusCode,
};
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// The body as `T`. A misspelt or unexpected field is an error, not something to overlook: a
/// client that sends a price should learn that it has no effect.
#[derive(Clone, Copy, Debug)]
pub struct StrictJson<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for StrictJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Problem::too_large("The body is larger than 512 KiB.")
            } else {
                Problem::malformed(rejection.body_text())
            }
        })?;
        read(&bytes).map(Self).map_err(Problem::malformed)
    }
}

/// Reads JSON strictly; the error is a sentence that names the place.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    // serde reads structs from arrays too, field by field; what nobody named, nobody asked for.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err("The body is not what is expected: it must be a JSON object.".to_owned());
    }
    let mut unknown = Vec::new();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let mut track = serde_path_to_error::Track::new();
    let json_with_path = serde_path_to_error::Deserializer::new(&mut json, &mut track);
    let value = serde_ignored::deserialize(json_with_path, |path| unknown.push(path.to_string()));
    let value: T = value.map_err(|error: serde_json::Error| match track.path().to_string() {
        path if path == "." => format!("The body is not what is expected: {error}."),
        path => format!("{path} is not what is expected: {error}."),
    })?;
    json.end().map_err(|error| format!("There is more after the JSON: {error}."))?;
    match unknown.first() {
        None => Ok(value),
        Some(field) => Err(format!("{field} is not a field of this request; remove it.")),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "only read")]
    struct Body {
        lines: Vec<Line>,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "only read")]
    struct Line {
        quantity: u32,
    }

    fn error(json: &str) -> String {
        read::<Body>(json.as_bytes()).unwrap_err()
    }

    #[test]
    fn errors_name_the_field() {
        assert!(error(r#"{"lines":[{"quantity":1.5}]}"#).starts_with("lines[0].quantity is not"));
        assert!(
            error(r#"{"lines":[{"quantity":1,"price":1}]}"#)
                .starts_with("lines.0.price is not a field")
        );
        assert!(error("{").starts_with("The body is not") || error("{").contains("EOF"));
        assert!(error(r#"{"lines":[]} x"#).starts_with("There is more"));
        let deep = format!("{{\"lines\":{}", "[".repeat(200_000));
        assert!(error(&deep).contains("is not what is expected"));
    }

    #[test]
    fn an_array_is_no_object() {
        for array in ["[]", " \n[[]]", "[[{\"quantity\":1}]]"] {
            assert!(error(array).contains("must be a JSON object"), "{array}");
        }
    }
}
