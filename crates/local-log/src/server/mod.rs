//! Accepts connections, up to a maximum number.

mod connection;
mod frame;

use std::{sync::Arc, time::Duration};

use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{broker::Broker, memory::MemoryBudget, throttled_log::ThrottledLog};

/// Pause after a failed accept, for example without free file handles.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// State shared by all connections.
pub(crate) struct ServerState {
    /// The log.
    pub(crate) broker: Arc<Broker>,
    /// Memory budget of requests and responses.
    pub(crate) memory: MemoryBudget,
}

/// Serves until the log stops, then waits for open connections; `kill` closes them at once.
pub(crate) async fn run(listener: TcpListener, broker: Arc<Broker>, kill: CancellationToken) {
    let config = &broker.config;
    let memory = MemoryBudget::new(config.max_in_flight_bytes, config.request_stall_timeout);
    let shared = Arc::new(ServerState { broker: Arc::clone(&broker), memory });
    let slots = Arc::new(Semaphore::new(broker.config.max_connections));
    let connections = TaskTracker::new();
    let refusals = ThrottledLog::default();
    loop {
        let accepted = tokio::select! {
            () = broker.stopping.cancelled() => break,
            () = kill.cancelled() => break,
            _ = broker.flusher.wait_for_failure() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, client) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                refusals.log(|| tracing::warn!(%error, "cannot accept a connection"));
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else {
            refusals.log(|| tracing::warn!(%client, "closed a connection: there are too many"));
            continue;
        };
        let (shared, kill) = (Arc::clone(&shared), kill.clone());
        connections.spawn(async move {
            tokio::select! {
                () = kill.cancelled() => {}
                _ = shared.broker.flusher.wait_for_failure() => {}
                () = connection::serve(stream, client, &shared) => {}
            }
            drop(slot);
        });
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}
