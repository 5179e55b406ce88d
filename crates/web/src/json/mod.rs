//! Strict JSON bodies: every error names the field, the expected and the actual value; unknown
//! fields are refused.

mod tree;
mod wrong;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::StatusCode,
};
use domain::violation::Violation;
use serde::{Deserialize, de::DeserializeOwned};
use serde_ignored::Path;
use serde_json::error::Category;

use self::{tree::Tree, wrong::ValueError};
use super::problem::Problem;

/// Maximum number of unknown fields in an error.
const MAX_UNKNOWN: usize = 50;
/// Message for an unknown field.
const UNKNOWN_FIELD: &str = "is not a field of this request; remove it";

/// The body as `T`. An unknown field is an error: a client that sends a price must learn that it
/// has no effect.
#[derive(Clone, Copy, Debug)]
pub struct StrictJson<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for StrictJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Problem::body_too_large()
            } else {
                Problem::malformed(rejection.body_text())
            }
        })?;
        Ok(Self(read(&bytes)?))
    }
}

/// Why a body cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonError {
    /// Not JSON: the error message.
    NoJson(String),
    /// JSON of another form: the violations.
    Invalid(Vec<Violation>),
}

impl JsonError {
    /// An error message for each violation.
    pub fn messages(self) -> Vec<String> {
        match self {
            Self::NoJson(sentence) => vec![sentence],
            Self::Invalid(errors) => {
                errors.iter().map(|v| format!("{} {}.", v.field, v.kind)).collect()
            }
        }
    }
}

impl From<JsonError> for Problem {
    fn from(why: JsonError) -> Self {
        let errors = match &why {
            JsonError::NoJson(_) => Vec::new(),
            JsonError::Invalid(errors) => errors.clone(),
        };
        Self { errors, ..Self::malformed(why.messages().join(" ")) }
    }
}

/// Reads JSON strictly.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    let tree = parse(bytes)?;
    let (mut unknown, mut track) = (Vec::new(), serde_path_to_error::Track::new());
    let tree = serde_path_to_error::Deserializer::new(tree, &mut track);
    let value = serde_ignored::deserialize(tree, |path| {
        if unknown.len() < MAX_UNKNOWN {
            unknown.push(Violation::new(path_text(&path), UNKNOWN_FIELD));
        }
    });
    match value {
        Err(wrong) => Err(JsonError::Invalid(vec![violation(&track.path().to_string(), wrong)])),
        Ok(_) if !unknown.is_empty() => Err(JsonError::Invalid(unknown)),
        Ok(value) => Ok(value),
    }
}

/// Parses JSON and refuses trailing text.
fn parse(bytes: &[u8]) -> Result<Tree, JsonError> {
    let not_json = |text: String| JsonError::NoJson(text);
    if bytes.trim_ascii().is_empty() {
        return Err(not_json("The body is empty: send a JSON object.".to_owned()));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let tree = Tree::deserialize(&mut json).map_err(|error| {
        let text = error.to_string();
        not_json(match error.classify() {
            Category::Data => format!("The body has {text}."),
            _ if text.starts_with("recursion limit") => {
                "The body is nested too deeply: more than 127 levels.".to_owned()
            }
            _ => format!("The body is not JSON: {text}."),
        })
    })?;
    json.end().map_err(|error| not_json(format!("There is more after the JSON: {error}.")))?;
    Ok(tree)
}

fn violation(path: &str, wrong: ValueError) -> Violation {
    let ValueError { field, what } = wrong;
    let full_path = match (path, field) {
        (".", None) => "The body".to_owned(),
        (".", Some(field)) => field,
        (path, None) => path.to_owned(),
        (path, Some(field)) => format!("{path}.{field}"),
    };
    Violation::new(full_path, what)
}

/// A path in the usual form: `lines[0].quantity`.
fn path_text(path: &Path<'_>) -> String {
    let below = |parent: &Path<'_>, name: &str| match path_text(parent) {
        parent if parent.is_empty() => name.to_owned(),
        parent => format!("{parent}.{name}"),
    };
    match path {
        Path::Root => String::new(),
        Path::Seq { parent, index } => format!("{}[{index}]", path_text(parent)),
        Path::Map { parent, key } => below(parent, key),
        Path::Some { parent }
        | Path::NewtypeStruct { parent }
        | Path::NewtypeVariant { parent } => path_text(parent),
    }
}

#[cfg(test)]
mod tests;
