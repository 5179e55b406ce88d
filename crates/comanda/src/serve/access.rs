//! Metrics of requests, the access log, and a line for every 5xx.
//!
//! A request is named by its route, never by its path or query: routes are few, and the value of
//! `{id}` may be a secret or a person.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use axum::{
    extract::{ConnectInfo, MatchedPath, Request},
    http::{Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use domain::{ids::OrderId, trace::Trace};
use events::TRACE_HEADER;
use telemetry::{
    Scope,
    metrics::{CountedItem, HTTP_DURATION, OPEN_STREAMS},
    trace::{self, Kind, Span},
};
use uuid::Uuid;
use web::ClientAddress;

use super::body::{BodyGuard, guard_body};

/// Target of the access log. Its level is `info`, so it is off by default.
const LOG_TARGET: &str = "access";
/// The label of requests without a route.
const NO_ROUTE: &str = "other";
/// The status of a request whose connection is closed before the head of the response, as in the
/// logs of nginx.
const ABANDONED: u16 = 499;

/// Measures a request and logs it.
pub(super) async fn measure_request(request: Request, next: Next) -> Response {
    let (scope, span) = start_span(&request);
    scope.run(respond_measured(scope, span, request, next)).await
}

/// The span of a request, in the trace of the client's `traceparent` (W3C Trace Context) or in a
/// new one.
fn start_span(request: &Request) -> (Scope, Span) {
    let mut headers = request.headers().get_all(TRACE_HEADER).iter();
    // Two contradict each other.
    let header = headers.next().filter(|_| headers.next().is_none());
    let given: Option<Trace> = header.and_then(|header| header.to_str().ok()?.parse().ok());
    let span = Span::enter(given, Kind::Server, "request");
    let new = || {
        let (id, span) = (Uuid::new_v4().as_u128(), Uuid::new_v4().as_u64_pair().0);
        Trace::new(id, span, true)
    };
    let trace = span.trace().or(given).unwrap_or_else(new);
    // Where spans are recorded, an order belongs to the trace of its request in any case.
    let is_given = given.is_some() || trace::is_recording();
    let order = order_of(request.uri().path());
    (Scope { trace, is_given, is_of_many: false, order }, span)
}

/// The order that a path or URL names: `…/orders/{id}…`.
fn order_of(path: &str) -> Option<OrderId> {
    let (_, rest) = path.split_once("/orders/")?;
    rest.split(['/', '?', '#']).next()?.parse().ok()
}

async fn respond_measured(scope: Scope, span: Span, request: Request, next: Next) -> Response {
    let labels = RequestLabels::of(&request);
    let mut measured =
        MeasuredRequest { scope, span, labels, began: Instant::now(), head: None, bytes: 0 };
    let response = next.run(request).await;
    let status = response.status();
    // A new order is named by the response only.
    let location = || response.headers().get(header::LOCATION)?.to_str().ok();
    measured.scope.order = measured.scope.order.or_else(|| order_of(location()?));
    let took = measured.record(status);
    if status.is_server_error() {
        tracing::warn!(
            method = measured.labels.method,
            route = measured.labels.route(),
            status = status.as_u16(),
            duration_ms = millis(took),
            "a request failed"
        );
    }
    let is_stream = is_stream(&response);
    if !is_logged() && !is_stream {
        return response;
    }
    let open = is_stream.then(|| OPEN_STREAMS.with([measured.labels.route()]).count_item());
    response.map(|body| guard_body(body, MeasuredBody { request: measured, _open: open }))
}

/// True if the access log is on.
fn is_logged() -> bool {
    tracing::enabled!(target: LOG_TARGET, tracing::Level::INFO)
}

fn is_stream(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

/// The labels of a request; each has a bounded number of values.
struct RequestLabels {
    method: &'static str,
    route: Option<MatchedPath>,
    client: Option<ClientAddress>,
}

impl RequestLabels {
    fn of(request: &Request) -> Self {
        let from = request.extensions().get::<ConnectInfo<SocketAddr>>();
        Self {
            method: method_label(request.method()),
            route: request.extensions().get().cloned(),
            client: from.map(|ConnectInfo(from)| from.ip().into()),
        }
    }

    fn route(&self) -> &str {
        self.route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str)
    }
}

/// The label of a method: clients may invent some.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// A request, until its response is sent or it is abandoned. Its line of the access log is written
/// on drop: only then is the size of the response known.
struct MeasuredRequest {
    scope: Scope,
    span: Span,
    labels: RequestLabels,
    began: Instant,
    /// The status, and the time until the head of the response; `None` until then.
    head: Option<(StatusCode, Duration)>,
    bytes: u64,
}

impl MeasuredRequest {
    /// Records the head of the response. Returns the time until then.
    fn record(&mut self, status: StatusCode) -> Duration {
        let (labels, took) = (&self.labels, self.began.elapsed());
        HTTP_DURATION.with([labels.route(), labels.method, status.as_str()]).observe(took);
        // The span ends here, and not with the body.
        let mut span = std::mem::replace(&mut self.span, Span::NONE);
        if span.is_recorded() {
            if let Some(order) = self.scope.order {
                span.set_text("order.id", order.to_string());
            }
            span.rename(format!("{} {}", labels.method, labels.route()));
            span.set_text("http.request.method", labels.method);
            span.set_text("http.route", labels.route());
            span.set_number("http.response.status_code", status.as_u16());
        }
        if status.is_server_error() {
            span.fail(|| status.to_string());
        }
        self.head = Some((status, took));
        took
    }
}

impl Drop for MeasuredRequest {
    fn drop(&mut self) {
        if let (None, Ok(abandoned)) = (self.head, StatusCode::from_u16(ABANDONED)) {
            self.record(abandoned);
        }
        let Some((status, took)) = self.head.filter(|_| is_logged()) else { return };
        let client = self.labels.client.map(|client| client.to_string()).unwrap_or_default();
        // By now the scope of the request has been left.
        self.scope.run_sync(|| {
            tracing::info!(
                target: LOG_TARGET,
                method = self.labels.method,
                route = self.labels.route(),
                status = status.as_u16(),
                duration_ms = millis(took),
                bytes = self.bytes,
                client,
            );
        });
    }
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

/// The guard of a measured body: its request, and its count among open streams.
struct MeasuredBody {
    request: MeasuredRequest,
    _open: Option<CountedItem>,
}

impl BodyGuard for MeasuredBody {
    fn count_bytes(&mut self, bytes: usize) {
        self.request.bytes += bytes as u64;
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, middleware::from_fn, routing::get};
    use futures::FutureExt;
    use tower::ServiceExt;

    use super::*;

    /// As a constant: other tests collect the program's routes from its sources.
    const HANGING: &str = "/hanging";

    #[test]
    fn an_abandoned_request_is_measured() {
        let app = Router::new()
            .route(HANGING, get(std::future::pending::<()>))
            .layer(from_fn(measure_request));
        let request = Request::get(HANGING).body(Body::empty()).unwrap();
        assert!(app.oneshot(request).now_or_never().is_none());
        assert_eq!(HTTP_DURATION.with([HANGING, "GET", "499"]).count(), 1);
    }

    #[test]
    fn an_order_is_found_in_paths_and_locations() {
        let id = "01a22b75-8509-7216-b6a7-0cd7f84b531f";
        let order = id.parse().ok();
        for path in ["/orders/ID", "/api/orders/ID/events", "/kitchen/orders/ID/accept"] {
            assert_eq!(order_of(&path.replace("ID", id)), order, "{path}");
        }
        assert_eq!(order_of(&format!("https://x.example/orders/{id}?token=a")), order);
        assert!(["/api/orders", "/orders/mine", "/menu"].iter().all(|p| order_of(p).is_none()));
    }
}
