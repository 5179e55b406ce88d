//! Connection pool.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

use lettre::{address::Envelope, transport::smtp::client::AsyncSmtpConnection};
use tokio::{sync::Semaphore, time::timeout};

use super::{
    delivery::{deliver, reset},
    failure::Failure,
    server::Server,
};

/// Maximum number of connections; each sends one mail at a time.
const MAX_CONNECTIONS: usize = 16;
/// Idle time after which a connection is tested before its next use; also the timeout of the test.
const MAX_UNTESTED_IDLE: Duration = Duration::from_secs(5);

/// The connections to one server.
pub(super) struct Connections {
    server: Server,
    permits: Semaphore,
    idle: Mutex<Vec<IdleConnection>>,
}

struct IdleConnection {
    connection: AsyncSmtpConnection,
    since: Instant,
}

impl Connections {
    pub(super) fn new(server: Server) -> Self {
        Self { server, permits: Semaphore::new(MAX_CONNECTIONS), idle: Mutex::default() }
    }

    /// Sends one mail. If a pooled connection turns out to be stale, the mail is sent once more over
    /// a new connection, unless the server may have accepted it.
    pub(super) async fn send(&self, envelope: &Envelope, mail: &[u8]) -> Result<(), Failure> {
        // The semaphore is never closed.
        let _permit = self.permits.acquire().await.ok();
        if let Some(pooled) = self.reuse_connection().await {
            match self.send_over(pooled, envelope, mail).await {
                Err(failure) if failure.is_stale() => {}
                sent => return sent,
            }
        }
        let new = self.server.connect().await?;
        self.send_over(new, envelope, mail).await
    }

    /// Sends one mail over a connection, and returns the connection to the pool. After a failure or
    /// a cancellation it is closed instead, since its state is unknown.
    async fn send_over(
        &self,
        mut connection: AsyncSmtpConnection,
        envelope: &Envelope,
        mail: &[u8],
    ) -> Result<(), Failure> {
        let sent = deliver(&mut connection, envelope, mail, self.server.limit).await;
        let is_reusable = match &sent {
            Ok(()) => true,
            Err(failure) => {
                failure.is_of_this_mail() && reset(&mut connection, MAX_UNTESTED_IDLE).await
            }
        };
        if is_reusable {
            self.idle().push(IdleConnection { connection, since: Instant::now() });
        }
        sent
    }

    async fn reuse_connection(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let idle = self.idle().pop();
            let IdleConnection { mut connection, since } = idle?;
            if since.elapsed() < MAX_UNTESTED_IDLE {
                return Some(connection);
            }
            let is_alive = timeout(MAX_UNTESTED_IDLE, connection.test_connected()).await;
            if is_alive.unwrap_or(false) {
                return Some(connection);
            }
        }
    }

    fn idle(&self) -> parking_lot::MutexGuard<'_, Vec<IdleConnection>> {
        self.idle.lock()
    }
}
