//! The HTTP server of a process.

mod access;
mod body;
mod finish;
mod slots;
#[cfg(test)]
mod tests;
mod timeouts;

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

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
use web::{ClientAddress, Problem, Site, guard::guard, language::store_language, openapi, page};

use self::{
    body::guard_body,
    slots::{ConnectionSlot, ConnectionSlots, ResponseGuard},
    timeouts::{Refusal, WriteTimeout, begin_request, with_deadline},
};
pub(crate) use self::{slots::ConnectionLimits, timeouts::Timeouts};
use crate::{fault::Fault, limits, proxies::Proxies};

/// Maximum size of a request body, in bytes: that of a big menu.
const MAX_BODY_BYTES: usize = 512 * 1024;
/// Timeout for open requests at shutdown; event streams would never end.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// Pause after an accept that failed for lack of a resource, such as file handles.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);
/// The response to a connection beyond the limits.
const REFUSAL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n\
    Content-Type: text/plain\r\nContent-Length: 42\r\nConnection: close\r\n\r\n\
    Too many connections; come back in a while";

/// Listens on an address; called before anything else is started.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, Fault> {
    TcpListener::bind(address).await.map_err(|e| match e.kind() {
        io::ErrorKind::AddrInUse => Fault::unavailable(format!(
            "{address} is in use: stop the program that listens there, or choose another --port"
        )),
        _ => Fault::unavailable(format!("cannot listen on {address}")).with_cause(e),
    })
}

/// The network settings of a server.
#[derive(Clone, Debug)]
pub(crate) struct NetworkSettings {
    /// The address of the shop and its host names.
    pub(crate) site: Arc<Site>,
    /// Trusted proxies.
    pub(crate) proxies: Proxies,
    /// Limits of connections.
    pub(crate) limits: ConnectionLimits,
    /// Timeouts for clients.
    pub(crate) timeouts: Timeouts,
}

/// Serves `routes` until `stop`.
///
/// Connections speak HTTP/1.1 only: a server that detects the protocol needs twice the memory for
/// each, and most of them are long, quiet event streams.
pub(crate) async fn serve(
    listener: TcpListener,
    routes: Router,
    network: NetworkSettings,
    stop: CancellationToken,
) {
    let app = routes
        .merge(openapi::routes())
        .route("/assets/{name}", get(page::asset))
        .fallback(page::not_found)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(from_fn(finish::finish_changes))
        .layer(from_fn(store_language))
        .layer(CatchPanicLayer::new())
        .layer(from_fn(refuse_incomplete))
        .layer(from_fn_with_state(network.site, guard))
        .layer(CompressionLayer::new())
        .layer(from_fn(access::measure_request));
    let slots = ConnectionSlots::new(network.limits);
    let server = Server { app, proxies: Arc::new(network.proxies), timeouts: network.timeouts };
    let open = GracefulShutdown::new();
    while let Some((stream, from)) = accept_connection(&listener, &stop).await {
        if let Some(slot) = slots.acquire(server.counted_address(from)) {
            server.serve_connection(stream, from, slot, &open);
        } else {
            metrics::CONNECTIONS_REFUSED.with([]).inc();
            // These few bytes fit into the send buffer of a new connection.
            drop(stream.try_write(REFUSAL));
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(CLOSE_TIMEOUT, open.shutdown()).await;
}

/// State shared by all connections.
#[derive(Clone)]
struct Server {
    app: Router,
    proxies: Arc<Proxies>,
    timeouts: Timeouts,
}

impl Server {
    /// The address whose connections are counted; `None` for this machine and trusted proxies,
    /// behind which all clients have one address.
    fn counted_address(&self, from: SocketAddr) -> Option<ClientAddress> {
        let address = ClientAddress::from(from.ip());
        let is_counted = !address.is_this_machine() && !self.proxies.is_trusted(from.ip());
        is_counted.then_some(address)
    }

    /// Serves a connection until it ends, or must make room for another.
    fn serve_connection(
        &self,
        stream: TcpStream,
        from: SocketAddr,
        slot: ConnectionSlot,
        open: &GracefulShutdown,
    ) {
        // Without Nagle's delay, which would hold back a pushed status.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY cannot be set");
        }
        limits::set_peer_timeout(&stream, self.timeouts.read);
        let (server, slot, first) = (self.clone(), Arc::new(slot), Arc::new(Notify::new()));
        let (busy_slot, has_come) = (slot.clone(), first.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            has_come.notify_one();
            server.clone().respond(from, busy_slot.clone(), request.map(Body::new))
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.timeouts.head)
            .serve_connection(TokioIo::new(WriteTimeout::new(stream, self.timeouts.read)), service);
        let connection = open.watch(connection);
        let timeouts = self.timeouts.first;
        tokio::spawn(async move {
            let silent = async {
                if tokio::time::timeout(timeouts, first.notified()).await.is_ok() {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                // A connection that has lost its slot begins no request.
                biased;
                () = slot.wait_until_needed() => {
                    tracing::debug!("a connection made room for another");
                }
                ended = connection => if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended early");
                },
                () = silent => tracing::debug!("a connection sent no request"),
            }
        });
    }

    async fn respond(
        self,
        from: SocketAddr,
        slot: Arc<ConnectionSlot>,
        mut request: Request,
    ) -> Result<Response, Infallible> {
        let (refusal, deadline) = (Refusal::default(), Instant::now() + self.timeouts.body);
        let client = self.proxies.client_address(from, request.headers());
        request.extensions_mut().insert(ConnectInfo(client));
        request.extensions_mut().insert(refusal.clone());
        let request = if request.body().is_end_stream() {
            begin_request(&slot, &refusal);
            request
        } else {
            let slot = slot.clone();
            request.map(|body| with_deadline(body, deadline, slot, refusal))
        };
        let response = self.app.oneshot(request).await?;
        slot.mark_busy();
        Ok(response.map(|body| guard_body(body, ResponseGuard(slot))))
    }
}

/// Refuses a request that has not arrived as a whole, regardless of the handler's response.
async fn refuse_incomplete(request: Request, next: Next) -> Response {
    let refusal = request.extensions().get::<Refusal>().cloned().unwrap_or_default();
    let refuse = |problem: &Problem| {
        let mut response = problem.clone().into_response();
        // The rest of the body is not read.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        response
    };
    if let Some(problem) = refusal.get() {
        return refuse(problem);
    }
    let response = next.run(request).await;
    refusal.get().map_or(response, refuse)
}

/// The next connection; `None` once the process stops.
async fn accept_connection(
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
        // These errors concern one connection only.
        if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
            tracing::error!(%error, "cannot accept a connection");
            tokio::time::sleep(ACCEPT_PAUSE).await;
        }
    }
}
