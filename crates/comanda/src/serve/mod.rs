//! The HTTP server of a process.

mod access;
mod body;
mod patience;
mod places;
#[cfg(test)]
mod tests;

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, HttpBody},
    extract::{ConnectInfo, DefaultBodyLimit, Request},
    http::{HeaderValue, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use telemetry::metrics;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Notify,
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};
use web::{Problem, Site, Source, guard::guard, language::store_language, openapi, page};

use self::{
    body::guard_body,
    patience::{Late, Patient, in_time},
    places::{ConnectionSlot, ConnectionSlots, Responding},
};
pub(crate) use self::{patience::Patience, places::Caps};
use crate::{fault::Fault, limits, proxies::Proxies};

/// Largest request body: a big menu.
const MAX_BODY: usize = 512 * 1024;
/// How long open requests may take to end at shutdown; event streams have no end of their own.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);
/// After an accept that failed for want of something, such as files.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// What a connection is told for which there is no place.
const NO_PLACE: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n\
    Content-Type: text/plain\r\nContent-Length: 42\r\nConnection: close\r\n\r\n\
    Too many connections; come back in a while";

/// Takes the address, before anything else is started.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, Fault> {
    TcpListener::bind(address).await.map_err(|e| match e.kind() {
        io::ErrorKind::AddrInUse => Fault::unavailable(format!(
            "{address} is in use: stop the program that listens there, or choose another --port"
        )),
        _ => Fault::unavailable(format!("cannot listen on {address}: {e}")),
    })
}

/// What a server knows of the network around it.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    /// The address of the shop, and its names.
    pub(crate) site: Arc<Site>,
    /// Whose word about addresses is believed.
    pub(crate) proxies: Proxies,
    /// How many connections there may be.
    pub(crate) caps: Caps,
    /// How long clients are waited for.
    pub(crate) patience: Patience,
}

/// Serves `routes` until `stop`.
///
/// Connections speak HTTP/1.1 and nothing else: a server that first has to find out keeps twice as
/// much memory for each, and most of them are event streams that say little for a long time.
pub(crate) async fn serve(
    listener: TcpListener,
    routes: Router,
    edge: Edge,
    stop: CancellationToken,
) {
    let app = routes
        .merge(openapi::routes())
        .route("/assets/{name}", get(page::asset))
        .fallback(page::not_found)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn(store_language))
        .layer(CatchPanicLayer::new())
        .layer(from_fn(refuse_late))
        .layer(from_fn_with_state(edge.site, guard))
        .layer(CompressionLayer::new())
        .layer(from_fn(access::measure_request));
    let places = ConnectionSlots::new(edge.caps);
    let server = Server { app, proxies: Arc::new(edge.proxies), patience: edge.patience };
    let open = GracefulShutdown::new();
    while let Some((stream, from)) = accept(&listener, &stop).await {
        if let Some(place) = places.take(server.counted(from)) {
            server.talk(stream, from, place, &open);
        } else {
            metrics::CONNECTIONS_REFUSED.with([]).inc();
            // There is room for so few bytes in a connection that has just begun.
            drop(stream.try_write(NO_PLACE));
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(CLOSE_WITHIN, open.shutdown()).await;
}

/// What every connection is served with.
#[derive(Clone)]
struct Server {
    app: Router,
    proxies: Arc<Proxies>,
    patience: Patience,
}

impl Server {
    /// Whose a connection is, if that is counted: behind a proxy everybody's are the proxy's.
    fn counted(&self, from: SocketAddr) -> Option<Source> {
        let source = Source::from(from.ip());
        let is_counted = !source.is_this_machine() && !self.proxies.is_trusted(from.ip());
        is_counted.then_some(source)
    }

    /// Answers what comes on a connection, until it ends or its place is needed.
    fn talk(
        &self,
        stream: TcpStream,
        from: SocketAddr,
        place: ConnectionSlot,
        open: &GracefulShutdown,
    ) {
        // A status that is pushed must not wait until the one before it was acknowledged.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
        limits::set_peer_timeout(&stream, self.patience.taking);
        let (server, place, first) = (self.clone(), Arc::new(place), Arc::new(Notify::new()));
        let (answered, has_come) = (place.clone(), first.clone());
        let answer = service_fn(move |request: Request<Incoming>| {
            has_come.notify_one();
            server.clone().answer(from, answered.clone(), request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.patience.head)
            .serve_connection(TokioIo::new(Patient::new(stream, self.patience.taking)), answer);
        let connection = open.watch(connection);
        let patience = self.patience.first;
        tokio::spawn(async move {
            let silent = async {
                if tokio::time::timeout(patience, first.notified()).await.is_ok() {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                ended = connection => if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended early");
                },
                () = place.is_needed() => tracing::debug!("a connection made room for another"),
                () = silent => tracing::debug!("a connection was opened for nothing"),
            }
        });
    }

    async fn answer(
        self,
        from: SocketAddr,
        place: Arc<ConnectionSlot>,
        request: Request<Incoming>,
    ) -> Result<Response, Infallible> {
        let (late, deadline) = (Late::default(), Instant::now() + self.patience.body);
        let client = self.proxies.client_address(from, request.headers());
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(client));
        request.extensions_mut().insert(late.clone());
        let request = if request.body().is_end_stream() {
            place.is_answered();
            request
        } else {
            let place = place.clone();
            request.map(|body| in_time(body, deadline, place, late))
        };
        let response = self.app.oneshot(request).await?;
        place.is_answered();
        Ok(response.map(|body| guard_body(body, Responding(place))))
    }
}

/// Answers a body that came too late, whatever the handler made of what there was.
async fn refuse_late(request: Request, next: Next) -> Response {
    let late = request.extensions().get::<Late>().cloned();
    let response = next.run(request).await;
    if !late.is_some_and(|late| late.load(Ordering::Relaxed)) {
        return response;
    }
    let mut response = Problem::late().into_response();
    // What is left of the body is not waited for.
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// The next connection; none once the process stops.
async fn accept(
    listener: &TcpListener,
    stop: &CancellationToken,
) -> Option<(TcpStream, SocketAddr)> {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};

    loop {
        let error = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(connection) => return Some(connection),
                Err(error) => error,
            },
            () = stop.cancelled() => return None,
        };
        // One that was broken off before it was taken says nothing about the next one.
        if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
            tracing::error!(%error, "cannot take a connection");
            tokio::time::sleep(ACCEPT_AGAIN_AFTER).await;
        }
    }
}
