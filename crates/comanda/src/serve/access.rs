//! What was asked and how it was answered: metrics, the access log, and a line for every failure of
//! ours.
//!
//! A request is told by its route, never by its path or query: routes are few, and what stands in the
//! place of `{id}` may be a secret or a person.

use std::{
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{ConnectInfo, MatchedPath, Request},
    http::{Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use domain::trace::Trace;
use events::TRACE_HEADER;
use hyper::body::{Frame, SizeHint};
use telemetry::{
    Scope,
    metrics::{HTTP_DURATION, OPEN_STREAMS, OneMore},
};
use uuid::Uuid;
use web::Source;

/// The target of the access log. It is written at `info`, so not by default.
const LOG: &str = "access";
/// The route of what has none.
const NO_ROUTE: &str = "other";

/// Measures a request, and tells of it.
pub(super) async fn measured(request: Request, next: Next) -> Response {
    let scope = scope(&request);
    scope.around(answered(scope, request, next)).await
}

/// The trace that a client says it is in (W3C Trace Context), or a new one.
fn scope(request: &Request) -> Scope {
    let mut headers = request.headers().get_all(TRACE_HEADER).iter();
    // Of two, neither can be believed.
    let header = headers.next().filter(|_| headers.next().is_none());
    let given = header.and_then(|header| header.to_str().ok()?.parse().ok());
    let new = || {
        let (id, span) = (Uuid::new_v4().as_u128(), Uuid::new_v4().as_u64_pair().0);
        Trace::new(id, span, true)
    };
    Scope { trace: given.unwrap_or_else(new), is_given: given.is_some(), order: None }
}

async fn answered(scope: Scope, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let asked = Asked::of(&request);
    let response = next.run(request).await;
    let (status, took) = (response.status(), began.elapsed());
    HTTP_DURATION.with([asked.route(), asked.method, status.as_str()]).observe(took);
    if status.is_server_error() {
        tracing::warn!(
            method = asked.method,
            route = asked.route(),
            status = status.as_u16(),
            duration_ms = millis(took),
            "a request failed"
        );
    }
    let is_logged = tracing::enabled!(target: LOG, tracing::Level::INFO);
    let is_stream = is_stream(&response);
    if !is_logged && !is_stream {
        return response;
    }
    let open = is_stream.then(|| OPEN_STREAMS.with([asked.route()]).one_more());
    let told = is_logged.then_some(Told { scope, asked, status, took, bytes: 0 });
    response.map(|body| Body::new(Answer { body, told, _open: open }))
}

fn is_stream(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

/// What was asked, in words of a bounded number.
struct Asked {
    method: &'static str,
    route: Option<MatchedPath>,
    source: Option<Source>,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let from = request.extensions().get::<ConnectInfo<SocketAddr>>();
        Self {
            method: name(request.method()),
            route: request.extensions().get().cloned(),
            source: from.map(|ConnectInfo(from)| from.ip().into()),
        }
    }

    fn route(&self) -> &str {
        self.route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str)
    }
}

/// Clients may make up methods.
fn name(method: &Method) -> &'static str {
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

/// A line of the access log: written when the answer is gone, for only then is its size known.
struct Told {
    scope: Scope,
    asked: Asked,
    status: StatusCode,
    took: Duration,
    bytes: u64,
}

impl Drop for Told {
    fn drop(&mut self) {
        let source = self.asked.source.map(|source| source.to_string()).unwrap_or_default();
        // Nobody is in the scope of a request any more when its answer is gone.
        self.scope.within(|| {
            tracing::info!(
                target: LOG,
                method = self.asked.method,
                route = self.asked.route(),
                status = self.status.as_u16(),
                duration_ms = millis(self.took),
                bytes = self.bytes,
                source,
            );
        });
    }
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

/// The body of an answer, and what is told of it.
struct Answer {
    body: Body,
    told: Option<Told>,
    _open: Option<OneMore>,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if let (Poll::Ready(Some(Ok(frame))), Some(told)) = (&frame, &mut self.told) {
            told.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
