//! Errors as RFC 9457 problem details.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{
    ids::OrderId,
    money::{Currency, Money},
    ports::Unavailable,
    violation::{Violation, Violations},
};
use events::PublishError;
use serde::Serialize;
use serde_json::json;

/// A problem, with what a person or a client needs to continue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// The kind: the last segment of its `type`.
    pub kind: &'static str,
    /// The title of the kind.
    pub title: &'static str,
    /// What is wrong, and what to do.
    pub detail: String,
    /// Violations by field.
    pub errors: Vec<Violation>,
    /// The order, where the client needs it to retry.
    pub order_id: Option<OrderId>,
    /// The order's status, where it conflicts with the request.
    pub order_status: Option<&'static str>,
    /// The order's total, where the request expected another.
    pub total: Option<Money>,
    /// Seconds after which to retry.
    pub retry_after_s: Option<u32>,
}

impl Problem {
    fn new(
        status: StatusCode,
        kind: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        let detail = detail.into();
        Self {
            status,
            kind,
            title,
            detail,
            errors: Vec::new(),
            order_id: None,
            order_status: None,
            total: None,
            retry_after_s: None,
        }
    }

    /// The request cannot be read.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", "The request cannot be read", detail)
    }

    /// The request is well-formed but invalid.
    pub fn refused(refused: Violations) -> Self {
        let detail = refused.to_string();
        let title = "The request cannot be done as it is";
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", title, detail);
        Self { errors: refused.0, ..problem }
    }

    /// The restaurant takes no orders now.
    pub fn closed(refused: Violations) -> Self {
        let detail = refused.0.iter().map(|v| v.kind.to_string()).collect::<Vec<_>>().join("; ");
        let title = "The restaurant is closed";
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "closed", title, detail + ".");
        Self { errors: refused.0, ..problem }
    }

    /// It does not exist, or the sender may not see it.
    pub fn not_found(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "Not found",
            format!("There is no such {what}."),
        )
    }

    /// The route has other methods.
    pub fn wrong_method(methods: &str) -> Self {
        let detail = format!("This address knows {methods} only.");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "wrong-method", "Wrong method", detail)
    }

    /// A staff session or token is needed.
    pub fn not_staff() -> Self {
        let detail = "Sign in at /sign-in, or send the staff token as \"Authorization: Bearer …\".";
        Self::new(StatusCode::UNAUTHORIZED, "not-signed-in", "This is for staff", detail)
    }

    /// The actor is signed in but lacks the permission.
    pub fn not_allowed() -> Self {
        let detail =
            "Your account may not do this here. Whoever runs the restaurant can change that.";
        Self::new(StatusCode::FORBIDDEN, "not-allowed", "Not allowed", detail)
    }

    /// An actor who works at some restaurants must name one.
    pub fn name_restaurant() -> Self {
        let detail = "Name one of your restaurants: ?restaurant=… (restaurant_id=… in the API).";
        Self::new(StatusCode::FORBIDDEN, "name-restaurant", "Which restaurant?", detail)
    }

    /// A request from another site's page.
    pub fn cross_site() -> Self {
        let detail = "Requests that change something must come from this site's own pages.";
        Self::new(StatusCode::FORBIDDEN, "cross-site", "Refused", detail)
    }

    /// A request without exactly one host.
    pub fn no_host() -> Self {
        Self::malformed("The request must name one host, in its header Host.")
    }

    /// A request for a foreign host.
    pub fn other_host(host: &str) -> Self {
        let detail = format!(
            "This shop does not answer to the name {host:?}. If it is one of its own, set \
             COMANDA_PUBLIC_URL to the shop's address, or add the name to COMANDA_HOSTS."
        );
        Self::new(StatusCode::MISDIRECTED_REQUEST, "other-host", "Not this host", detail)
    }

    /// A body that did not arrive in time.
    pub fn late() -> Self {
        let detail = "The body of the request took too long to arrive. Send it again.";
        Self::new(StatusCode::REQUEST_TIMEOUT, "late", "Too slow", detail)
    }

    /// A body without the content type of JSON.
    pub fn no_json() -> Self {
        let detail = "Send JSON, and say so: Content-Type: application/json.";
        let (status, title) = (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Not JSON");
        Self::new(status, "not-json", title, detail)
    }

    /// A compressed body.
    pub fn encoded_body() -> Self {
        let detail = "Send the body uncompressed: without Content-Encoding, and without a \
                      Transfer-Encoding other than chunked.";
        let (status, title) = (StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is compressed");
        Self::new(status, "encoded-body", title, detail)
    }

    /// Too many tries to sign in.
    pub fn too_many_tries(retry_after_s: u32) -> Self {
        let detail = format!(
            "Too many wrong passwords or tokens came from your address. Nothing more is looked at \
             for a while, not even what is right: try again in {retry_after_s} seconds."
        );
        let kind = "too-many-tries";
        let title = "Too many tries";
        Self { kind, title, detail, ..Self::too_many(retry_after_s) }
    }

    /// An internal error.
    pub fn broken() -> Self {
        let detail = "Something went wrong here. It is in the log; try again in a moment.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "broken", "Something is broken", detail)
    }

    /// A body over the size limit.
    pub fn body_too_large() -> Self {
        Self::too_large("The body is larger than 512 KiB.")
    }

    /// Too many requests from one address.
    pub fn too_many(retry_after_s: u32) -> Self {
        let detail = format!("Too many requests. Try again in {retry_after_s} seconds.");
        let title = "Too many requests";
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", title, detail);
        Self { retry_after_s: Some(retry_after_s), ..problem }
    }

    /// The result of a request is over a size limit.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large", detail)
    }

    /// Too many orders for one email address.
    pub fn too_many_for_recipient(retry_after_s: u32) -> Self {
        let detail = format!(
            "Each order sends mails, and this e-mail address has had many within the hour. Try \
             again in {retry_after_s} seconds, or with another address."
        );
        Self { detail, ..Self::too_many(retry_after_s) }
    }

    /// An idempotency key was reused for another request.
    pub fn key_reused(what: &str) -> Self {
        let detail = format!(
            "This Idempotency-Key was used for another {what}. Use a new key for a new {what}."
        );
        let title = "The idempotency key is taken";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "key-reused", title, detail)
    }

    /// An idempotency key from the future.
    pub fn key_ahead() -> Self {
        let detail = "This Idempotency-Key is a UUID of version 7 that is dated more than five \
                      minutes ahead. Set the clock that makes your keys, and use a new key.";
        let title = "The idempotency key is dated in the future";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "key-ahead", title, detail)
    }

    /// A change of a version that is not the current one.
    pub fn overtaken() -> Self {
        let detail = "Somebody else has changed it since the version in If-Match: read it again.";
        let title = "Changed meanwhile";
        Self::new(StatusCode::PRECONDITION_FAILED, "overtaken", title, detail)
    }

    /// The order's status does not allow the request.
    pub fn conflict(status: &'static str) -> Self {
        let detail = format!("The order is {status} now, so this cannot be done.");
        let title = "The order has another status";
        let problem = Self::new(StatusCode::CONFLICT, "wrong-status", title, detail);
        Self { order_status: Some(status), ..problem }
    }

    /// The order comes to another total than its sender expected; nothing was placed.
    pub fn total_changed(total: Money) -> Self {
        let detail = format!(
            "The order comes to {total} now, not to expected_total_minor. Nothing was placed. Show \
             the new total, and send the order again with it."
        );
        let title = "The total has changed";
        let problem = Self::new(StatusCode::CONFLICT, "total_changed", title, detail);
        Self { total: Some(total), ..problem }
    }

    /// The currency of a restaurant changes, and it is not said what becomes of its prices.
    pub fn prices_undecided(from: Currency, to: Currency) -> Self {
        let detail = format!(
            "The prices of the menu are in {from}. Say what becomes of them in {to}: \
             ?prices=keep keeps the numbers, and ?prices=convert&rate=… takes how much {to} one \
             {from} is. Nothing was changed."
        );
        Self::new(StatusCode::CONFLICT, "prices_undecided", "What becomes of the prices?", detail)
    }

    /// It is not known whether an order was accepted.
    pub fn not_known(order: OrderId) -> Self {
        let detail = "It is not known whether the order was accepted. Send it again with the same \
                      Idempotency-Key: it will not be placed twice.";
        let problem = Self::unavailable(detail);
        Self { order_id: Some(order), ..problem }
    }

    /// A dependency does not answer.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        let title = "Not available at the moment";
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let problem = Self::new(status, "unavailable", title, detail);
        Self { retry_after_s: Some(1), ..problem }
    }
}

impl From<Violations> for Problem {
    fn from(refused: Violations) -> Self {
        Self::refused(refused)
    }
}

impl From<Unavailable> for Problem {
    fn from(unavailable: Unavailable) -> Self {
        // The reason is for operators; it may name hosts and files.
        tracing::warn!(error = %unavailable, "a request could not be answered");
        Self::unavailable(format!(
            "The {} does not answer. Try again in a moment.",
            unavailable.part
        ))
    }
}

impl From<PublishError> for Problem {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Unavailable(unavailable) => unavailable.into(),
            // Sizes of requests are bounded, so the topic has a lower limit.
            PublishError::TooLarge(_) => {
                tracing::error!(%error, "a request could not be published");
                Self::too_large("This is larger than the log takes. Make it shorter.")
            }
        }
    }
}

#[derive(Serialize)]
struct FieldError<'a> {
    field: &'a str,
    message: String,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({
            "type": format!("https://comanda.example/problems/{}", self.kind),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if !self.errors.is_empty() {
            let errors = self.errors.iter();
            let errors: Vec<_> = errors
                .map(|v| FieldError { field: &v.field, message: v.kind.to_string() })
                .collect();
            body["errors"] = json!(errors);
        }
        if let Some(order) = self.order_id {
            body["order_id"] = json!(order.to_string());
        }
        if let Some(status) = self.order_status {
            body["order_status"] = json!(status);
        }
        if let Some(total) = self.total {
            body["total_minor"] = json!(total.minor);
            body["currency"] = json!(total.currency.code());
        }
        let content_type = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (self.status, content_type, body.to_string()).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
        }
        // For the layer that renders it as a page for browsers.
        response.extensions_mut().insert(self);
        response
    }
}
