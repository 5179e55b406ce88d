//! Connections that are kept between mails.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

use lettre::{address::Envelope, transport::smtp::client::AsyncSmtpConnection};
use tokio::{sync::Semaphore, time::timeout};

use super::{
    delivery::{deliver, forget},
    failure::Failure,
    server::Server,
};

/// Most connections to the server, each with at most one mail under way.
const CONNECTIONS: usize = 16;
/// A connection that rested longer than this is asked whether it still stands.
const FRESH: Duration = Duration::from_secs(5);

/// The connections to one server.
pub(super) struct Connections {
    server: Server,
    permits: Semaphore,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    connection: AsyncSmtpConnection,
    since: Instant,
}

impl Connections {
    pub(super) fn new(server: Server) -> Self {
        Self { server, permits: Semaphore::new(CONNECTIONS), idle: Mutex::default() }
    }

    /// Sends one mail. A connection that was kept may have ended since, unnoticed; then a fresh one
    /// is tried, once, if the mail cannot have been taken.
    pub(super) async fn send(&self, envelope: &Envelope, mail: &[u8]) -> Result<(), Failure> {
        // The semaphore is never closed; if it were, the mail would go out all the same.
        let _permit = self.permits.acquire().await.ok();
        if let Some(kept) = self.kept().await {
            match self.send_over(kept, envelope, mail).await {
                Err(failure) if failure.is_stale() => {}
                sent => return sent,
            }
        }
        let fresh = self.server.connect().await?;
        self.send_over(fresh, envelope, mail).await
    }

    /// A connection on which something failed, or which is abandoned half-way, is closed: what the
    /// server would make of a next command is unknown.
    async fn send_over(
        &self,
        mut connection: AsyncSmtpConnection,
        envelope: &Envelope,
        mail: &[u8],
    ) -> Result<(), Failure> {
        let sent = deliver(&mut connection, envelope, mail, self.server.limit).await;
        let stands = match &sent {
            Ok(()) => true,
            Err(failure) => failure.leaves_connection() && forget(&mut connection, FRESH).await,
        };
        if stands {
            self.idle().push(Idle { connection, since: Instant::now() });
        }
        sent
    }

    async fn kept(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let idle = self.idle().pop();
            let Idle { mut connection, since } = idle?;
            if since.elapsed() < FRESH {
                return Some(connection);
            }
            let stands = timeout(FRESH, connection.test_connected()).await;
            if stands.unwrap_or(false) {
                return Some(connection);
            }
        }
    }

    fn idle(&self) -> parking_lot::MutexGuard<'_, Vec<Idle>> {
        self.idle.lock()
    }
}
