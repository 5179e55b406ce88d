//! The HTTP server of a process.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, DefaultBodyLimit, Request},
    middleware::{from_fn, from_fn_with_state},
    response::Response,
    routing::get,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use services::web::{Site, guard::guard, language::speak, openapi, page};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

use crate::{fault::Fault, proxies::Proxies};

/// Largest request body: a big menu.
const MAX_BODY: usize = 512 * 1024;
/// How long open requests may take to end at shutdown; event streams have no end of their own.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);
/// How long the head of a request may take, counted from the end of the one before it: whoever
/// sends a byte now and then holds no connection for ever. Longer than proxies keep idle
/// connections, so that none is closed under a request that is just being sent.
const HEAD_WITHIN: Duration = Duration::from_secs(150);
/// After an accept that failed for want of something, such as files.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_secs(1);

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
    let proxies = Arc::new(edge.proxies);
    let app = routes
        .merge(openapi::routes())
        .route("/assets/{name}", get(page::asset))
        .fallback(page::not_found)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn(speak))
        .layer(from_fn_with_state(edge.site, guard))
        .layer(CatchPanicLayer::new())
        .layer(CompressionLayer::new());
    let open = GracefulShutdown::new();
    while let Some((stream, from)) = accept(&listener, &stop).await {
        // A status that is pushed must not wait until the one before it was acknowledged.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
        let (app, proxies) = (app.clone(), proxies.clone());
        let answer = service_fn(move |request: Request<Incoming>| {
            let client = proxies.client(from, request.headers());
            answer(app.clone(), client, request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_WITHIN)
            .serve_connection(TokioIo::new(stream), answer);
        let connection = open.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(CLOSE_WITHIN, open.shutdown()).await;
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

async fn answer(
    app: Router,
    from: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(from));
    app.oneshot(request).await
}
