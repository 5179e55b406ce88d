//! The header `If-Match` (RFC 9110 §13.1.1): a change of one version.

use axum::http::{HeaderMap, header};

use super::problem::Problem;

/// The version that a change replaces: `If-Match: "7"`; `None` for any version.
pub fn if_match(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let quoted = value.to_str().ok().and_then(|text| text.trim().strip_prefix('"'));
    let version = quoted.and_then(|text| text.strip_suffix('"')?.parse().ok());
    let detail = "If-Match takes one version in quotes, as the answer to a PUT has it: \"7\".";
    version.map(Some).ok_or_else(|| Problem::malformed(detail))
}
