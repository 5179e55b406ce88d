//! What all writing requests share: the idempotency key around an operation.

use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};

use super::params::Params;
use crate::books::{Fingerprint, Keyed};
use crate::connection::Cutter;
use crate::decide::Operation;
use crate::engine::{Ending, Engine};
use crate::problem::Problem;

const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// A writing request, but for its body.
pub(super) struct Writing {
    engine: Arc<Engine>,
    path: String,
    key: Option<HeaderValue>,
    cutter: Option<Cutter>,
}

impl FromRequestParts<Arc<Engine>> for Writing {
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

impl Writing {
    /// Parses the body into an operation and executes it. As at Stripe, a request whose
    /// parameters are wrong leaves its key unused.
    pub(super) async fn run(
        self,
        body: &[u8],
        parse: impl FnOnce(Params<'_>) -> Result<Operation, Problem>,
    ) -> Response {
        let params = Params::parse(body);
        let keyed = match self.keyed(&params) {
            Ok(keyed) => keyed,
            Err(problem) => return problem.into_response(),
        };
        let operation = match parse(params) {
            Ok(operation) => operation,
            Err(problem) => return problem.into_response(),
        };
        let (reply, replayed) = match self.engine.execute(operation, keyed).await {
            Ending::Answer { reply, replayed } => (reply, replayed),
            Ending::Reset => {
                if let Some(cutter) = self.cutter {
                    cutter.cut();
                }
                return Problem::injected().into_response();
            }
        };
        let mut response = reply.into_response();
        if let Some(key) = self.key {
            response.headers_mut().insert(IDEMPOTENCY_KEY, key);
        }
        if replayed {
            mark_replayed(response.headers_mut());
        }
        response
    }

    fn keyed(&self, params: &Params<'_>) -> Result<Option<Keyed>, Problem> {
        let Some(header) = &self.key else { return Ok(None) };
        let key = header.to_str().ok().filter(|key| (1..=255).contains(&key.len()));
        let key = key.ok_or_else(|| {
            Problem::invalid("An idempotency key has 1 to 255 visible ASCII characters.")
        })?;
        let fingerprint = Fingerprint::of(&self.path, params.all());
        Ok(Some(Keyed { key: key.into(), fingerprint }))
    }
}

fn mark_replayed(headers: &mut HeaderMap) {
    headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
}
