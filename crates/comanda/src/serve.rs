//! The HTTP server of a process.

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router, extract::DefaultBodyLimit, middleware::from_fn, routing::get, serve::ListenerExt,
};
use services::web::{guard::guard, language::speak, openapi, page};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

use crate::fault::Fault;

/// Largest request body: a big menu.
const MAX_BODY: usize = 512 * 1024;
/// How long open requests may take to end at shutdown; event streams have no end of their own.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// Takes the address, before anything else is started.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, Fault> {
    TcpListener::bind(address).await.map_err(|e| match e.kind() {
        std::io::ErrorKind::AddrInUse => Fault::unavailable(format!(
            "{address} is in use: stop the program that listens there, or choose another --port"
        )),
        _ => Fault::unavailable(format!("cannot listen on {address}: {e}")),
    })
}

/// Serves `routes` until `stop`.
pub(crate) async fn serve(listener: TcpListener, routes: Router, stop: CancellationToken) {
    let app = routes
        .merge(openapi::routes())
        .route("/assets/{name}", get(page::asset))
        .fallback(page::not_found)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn(speak))
        .layer(from_fn(guard))
        .layer(CatchPanicLayer::new())
        .layer(CompressionLayer::new())
        .into_make_service_with_connect_info::<SocketAddr>();
    let closing = stop.clone();
    // A status that is pushed must not wait until the one before it was acknowledged.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
    });
    let server = axum::serve(listener, app).with_graceful_shutdown(closing.cancelled_owned());
    let deadline = async {
        stop.cancelled().await;
        tokio::time::sleep(CLOSE_WITHIN).await;
    };
    tokio::select! {
        _ = server => {}
        () = deadline => {}
    }
}
