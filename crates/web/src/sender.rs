//! The sender of a request, before the actor is known.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderMap, request::Parts},
};

use super::client_address::{ClientAddress, client_address, client_address_of_parts};

/// The headers and the client address of a request.
#[derive(Clone, Debug)]
pub struct Sender {
    /// Headers, with bearer and cookies.
    pub headers: HeaderMap,
    /// The client address, as rate limits count it.
    pub from: ClientAddress,
}

impl Sender {
    /// The sender of a request.
    pub fn of(request: &Request) -> Self {
        Self { headers: request.headers().clone(), from: client_address(request) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Sender {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self { headers: parts.headers.clone(), from: client_address_of_parts(parts) })
    }
}
