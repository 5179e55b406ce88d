//! Extractors whose rejections are errors in Stripe's format.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Request, rejection::BytesRejection},
    http::{StatusCode, request::Parts},
};

use crate::{
    engine::Engine,
    problem::{Kind, Problem},
};

/// The body of a request.
pub(super) struct RequestBody(pub(super) Bytes);

impl FromRequest<Arc<Engine>> for RequestBody {
    type Rejection = Problem;

    async fn from_request(request: Request, engine: &Arc<Engine>) -> Result<Self, Problem> {
        Bytes::from_request(request, engine).await.map(Self).map_err(|rejection: BytesRejection| {
            match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => {
                    Problem::new(Kind::TooLarge, "The request is larger than 64 KiB.")
                }
                _ => Problem::invalid("The body of the request could not be read."),
            }
        })
    }
}

/// The id in the path.
pub(super) struct PathId(pub(super) String);

impl FromRequestParts<Arc<Engine>> for PathId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, engine: &Arc<Engine>) -> Result<Self, Problem> {
        let path = Path::<String>::from_request_parts(parts, engine).await;
        path.map(|Path(id)| Self(id))
            .map_err(|_| Problem::new(Kind::NotFound, "The path is not valid text.").param("id"))
    }
}
