//! Connections that are kept between mails.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use lettre::{
    address::Envelope,
    transport::smtp::{Error, client::AsyncSmtpConnection},
};
use tokio::{sync::Semaphore, time::timeout};

use super::server::{ConnectError, Server};

/// Most connections to the server, each with at most one mail under way.
const CONNECTIONS: usize = 16;
/// A connection that rested longer than this is asked whether it still stands.
const FRESH: Duration = Duration::from_secs(5);
/// How long a server may take for one mail. Longer than it needs: what it took without saying so
/// in time is sent again.
const MAIL_WITHIN: Duration = Duration::from_mins(1);

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

/// Why a mail was not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Mail(#[from] Error),
    #[error("no answer within {} s", MAIL_WITHIN.as_secs())]
    Late,
}

impl Connections {
    pub(super) fn new(server: Server) -> Self {
        Self { server, permits: Semaphore::new(CONNECTIONS), idle: Mutex::default() }
    }

    /// Sends one mail. A connection on which that fails, or is abandoned half-way, is closed: what
    /// the server would make of a next command is unknown.
    pub(super) async fn send(&self, envelope: &Envelope, mail: &[u8]) -> Result<(), SendError> {
        // The semaphore is never closed; if it were, the mail would go out all the same.
        let _permit = self.permits.acquire().await.ok();
        let mut connection = self.connection().await?;
        let sent = timeout(MAIL_WITHIN, connection.send(envelope, mail)).await;
        sent.map_err(|_| SendError::Late)??;
        self.idle().push(Idle { connection, since: Instant::now() });
        Ok(())
    }

    async fn connection(&self) -> Result<AsyncSmtpConnection, ConnectError> {
        loop {
            let idle = self.idle().pop();
            let Some(Idle { mut connection, since }) = idle else { break };
            if since.elapsed() < FRESH {
                return Ok(connection);
            }
            let stands = timeout(FRESH, connection.test_connected()).await;
            if stands.unwrap_or(false) {
                return Ok(connection);
            }
        }
        self.server.connect().await
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
