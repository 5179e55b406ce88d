//! Accepts connections and keeps their number bounded.

mod connection;
mod frame;

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::broker::Broker;
use crate::memory::Budget;
use crate::trouble::Trouble;

/// Pause after a failed accept, for instance when no file handles are left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What all connections share.
pub(crate) struct Shared {
    /// The log.
    pub(crate) broker: Arc<Broker>,
    /// Memory for requests and responses.
    pub(crate) memory: Budget,
}

/// Serves until the log stops, then waits for the connections to end.
pub(crate) async fn run(listener: TcpListener, broker: Arc<Broker>, kill: CancellationToken) {
    let config = &broker.config;
    let memory = Budget::new(config.max_in_flight_bytes, config.stalled_request);
    let shared = Arc::new(Shared { broker: Arc::clone(&broker), memory });
    let places = Arc::new(Semaphore::new(broker.config.max_connections));
    let connections = TaskTracker::new();
    let refused = Trouble::default();
    loop {
        let accepted = tokio::select! {
            () = broker.stopping.cancelled() => break,
            () = kill.cancelled() => break,
            _ = broker.flusher.failed() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                refused.warn(|| tracing::warn!(%error, "cannot accept a connection"));
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            refused.warn(|| tracing::warn!(%peer, "closed a connection: there are too many"));
            continue;
        };
        let (shared, kill) = (Arc::clone(&shared), kill.clone());
        connections.spawn(async move {
            tokio::select! {
                () = kill.cancelled() => {}
                _ = shared.broker.flusher.failed() => {}
                () = connection::serve(stream, peer, &shared) => {}
            }
            drop(place);
        });
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}
