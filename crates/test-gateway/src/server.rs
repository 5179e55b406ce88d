//! Start and shutdown of the gateway.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use parking_lot::Mutex;
use stand_in::{StartError, listen};
use tokio::{task::JoinHandle, time::timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    config::Config,
    connection::{CuttableListener, Cutter},
    endpoint::EndpointState,
    engine::Engine,
    expiry,
    fault_injector::FaultInjector,
    http, journal, webhooks,
};

/// How long a shutdown waits for requests in progress.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// A running gateway. Dropping it stops it without waiting for requests in progress.
#[derive(Debug)]
pub struct Gateway {
    address: SocketAddr,
    stop: DropGuard,
    serving: JoinHandle<()>,
    sending: JoinHandle<()>,
    expiring: JoinHandle<()>,
    engine: Arc<Engine>,
}

impl Gateway {
    /// Opens the ledger and starts to serve.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let (listener, address) = listen(config.listen).await?;
        let Config {
            data, key_lifetime, faults, webhooks: endpoint, public_url, now_unix_ms, ..
        } = config;
        let opened = tokio::task::spawn_blocking({
            let data = data.clone();
            move || {
                journal::open(&data).and_then(|opened| Ok((opened, EndpointState::open(&data)?)))
            }
        });
        let aborted = |error| StartError::storage(&data)(io::Error::other(error));
        let ((books, journal), endpoint_state) = opened.await.map_err(aborted)??;
        let stop = CancellationToken::new();
        let engine = Arc::new(Engine {
            books: Mutex::new(books),
            journal,
            faults: FaultInjector::new(faults),
            endpoint: endpoint_state,
            public_url: public_url
                .unwrap_or_else(|| format!("http://{address}"))
                .trim_end_matches('/')
                .into(),
            forces_script: AtomicBool::new(false),
            now_unix_ms,
            key_lifetime_ms: i64::try_from(key_lifetime.as_millis()).unwrap_or(i64::MAX),
            stop: stop.clone(),
        });
        if endpoint.is_some() {
            let set = engine.endpoint.set_webhooks(&engine.books, endpoint).await;
            set.map_err(StartError::not_writable(&data))?;
        }
        let sending = tokio::spawn(webhooks::run(engine.clone()));
        let expiring = tokio::spawn(expiry::run(engine.clone()));
        let service = http::router(engine.clone()).into_make_service_with_connect_info::<Cutter>();
        let stopped = stop.clone().cancelled_owned();
        let serving = tokio::spawn(async move {
            let server = axum::serve(CuttableListener(listener), service);
            if let Err(error) = server.with_graceful_shutdown(stopped).await {
                tracing::error!(%error, "the gateway stopped serving");
            }
        });
        tracing::info!(%address, "the test gateway listens");
        Ok(Self { address, stop: stop.drop_guard(), serving, sending, expiring, engine })
    }

    /// The address the gateway listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting connections, finishes requests in progress, and closes the ledger.
    pub async fn shutdown(self) {
        let Self { stop, mut serving, mut sending, expiring, engine, .. } = self;
        drop(stop);
        if timeout(DRAIN_TIMEOUT, &mut sending).await.is_err() {
            sending.abort();
        }
        if timeout(DRAIN_TIMEOUT, &mut serving).await.is_err() {
            serving.abort();
            let _ = serving.await;
        }
        let _ = expiring.await;
        // Dropping the journal writes the remaining lines and joins its thread.
        let _ = tokio::task::spawn_blocking(move || drop(engine)).await;
    }
}
