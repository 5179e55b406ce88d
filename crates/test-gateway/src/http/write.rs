//! Write requests: the idempotency key and the execution of an operation.

use std::sync::Arc;

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, HeaderValue, request::Parts},
    response::{IntoResponse, Response},
};

use super::params::Params;
use crate::{
    books::{Fingerprint, IdempotencyKey},
    connection::Cutter,
    decide::Operation,
    engine::{Engine, EngineResponse},
    problem::Problem,
};

const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// A write request, without its body.
pub(super) struct WriteRequest {
    engine: Arc<Engine>,
    path: String,
    key: Option<HeaderValue>,
    cutter: Option<Cutter>,
}

impl FromRequestParts<Arc<Engine>> for WriteRequest {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        engine: &Arc<Engine>,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self {
            engine: engine.clone(),
            path: parts.uri.path().to_owned(),
            key: parts.headers.get(IDEMPOTENCY_KEY).cloned(),
            cutter: parts.extensions.get::<ConnectInfo<Cutter>>().map(|info| info.0.clone()),
        })
    }
}

impl WriteRequest {
    pub(super) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Parses the body into an operation and executes it. Like with Stripe, a request with invalid
    /// parameters does not use its key.
    pub(super) async fn run(
        self,
        body: &[u8],
        parse: impl FnOnce(Params<'_>) -> Result<Operation, Problem>,
    ) -> Response {
        let params = Params::parse(body);
        let is_expanded = params.expands("latest_charge");
        let key = match self.idempotency_key(&params) {
            Ok(key) => key,
            Err(problem) => return problem.into_response(),
        };
        let operation = match parse(params) {
            Ok(operation) => operation,
            Err(problem) => return problem.into_response(),
        };
        let (reply, is_replayed) = match self.engine.execute(operation, key).await {
            EngineResponse::Reply { reply, is_replayed } => (reply, is_replayed),
            EngineResponse::Reset => {
                if let Some(cutter) = self.cutter {
                    cutter.cut();
                }
                return Problem::injected().into_response();
            }
        };
        let mut response = reply.respond(is_expanded);
        if let Some(key) = self.key {
            response.headers_mut().insert(IDEMPOTENCY_KEY, key);
        }
        if is_replayed {
            mark_replayed(response.headers_mut());
        }
        response
    }

    fn idempotency_key(&self, params: &Params<'_>) -> Result<Option<IdempotencyKey>, Problem> {
        let Some(header) = &self.key else { return Ok(None) };
        let key = header.to_str().ok().filter(|key| (1..=255).contains(&key.len()));
        let key = key.ok_or_else(|| {
            Problem::invalid("An idempotency key has 1 to 255 visible ASCII characters.")
        })?;
        let fingerprint = Fingerprint::of(&self.path, params.all());
        Ok(Some(IdempotencyKey { key: key.into(), fingerprint }))
    }
}

fn mark_replayed(headers: &mut HeaderMap) {
    headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
}
