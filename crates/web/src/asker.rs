//! Whoever sends a request, before it is known who that is.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderMap, request::Parts},
};

use super::source::{Source, source_of, source_of_parts};

/// What a request says of its sender, and where it comes from.
#[derive(Clone, Debug)]
pub struct Asker {
    /// Its headers: bearer and cookies.
    pub headers: HeaderMap,
    /// Its address, as limits count it.
    pub from: Source,
}

impl Asker {
    /// The sender of a request.
    pub fn of(request: &Request) -> Self {
        Self { headers: request.headers().clone(), from: source_of(request) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asker {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self { headers: parts.headers.clone(), from: source_of_parts(parts) })
    }
}
