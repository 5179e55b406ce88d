//! Replies as HTTP responses.

use axum::{
    body::Body,
    http::{
        HeaderValue, Response as HttpResponse, StatusCode,
        header::{CONTENT_TYPE, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::{
    books::Reply,
    model::RequestId,
    problem::{Kind, Problem},
    view::{DisputeView, ErrorView, IntentView, RefundView, TokenView},
};

impl Reply {
    /// The response; a request may expand the newest charge of an intent.
    pub(super) fn respond(self, is_expanded: bool) -> Response {
        match self {
            Self::Intent(intent) if is_expanded => {
                json_response(200, &IntentView::with_charge(&intent))
            }
            other => other.into_response(),
        }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        match &self {
            Self::Intent(intent) => json_response(200, &IntentView::of(intent)),
            Self::Refund(refund) => json_response(200, &RefundView::of(refund)),
            Self::Dispute(dispute) => {
                json_response(200, &DisputeView::of(dispute, dispute.created_unix_ms))
            }
            Self::Token(token) => json_response(200, &TokenView::of(token)),
            Self::Problem { problem, intent } => {
                let view = ErrorView::of(problem, intent.as_deref());
                let mut response = json_response(problem.kind.status(), &view);
                if problem.kind == Kind::Unauthorized {
                    let realm = HeaderValue::from_static("Basic realm=\"test-gateway\"");
                    response.headers_mut().insert(WWW_AUTHENTICATE, realm);
                }
                response
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        Reply::from(self).into_response()
    }
}

/// A JSON response.
pub(super) fn json_response(status: u16, view: &impl Serialize) -> Response {
    let mut bytes = Vec::with_capacity(1_024);
    if serde_json::to_writer(&mut bytes, view).is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let mut response = HttpResponse::new(Body::from(bytes));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(id) = HeaderValue::from_str(&RequestId::random().to_string()) {
        headers.insert("request-id", id);
    }
    response
}
