//! A mail server, and opening connections to it.

use std::time::Duration;

use lettre::transport::smtp::{
    authentication::{Credentials, DEFAULT_MECHANISMS},
    client::{AsyncSmtpConnection, TlsParameters},
    extension::ClientId,
};
use tokio::net::TcpStream;

use super::{
    delivery::{expect_reply, run_step},
    failure::{Cause, Failure, Step},
};

/// A mail server.
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) credentials: Option<Credentials>,
    /// Client name for EHLO.
    pub(super) name: ClientId,
    /// Timeout per step.
    pub(super) limit: Duration,
}

pub(super) enum Security {
    Plain,
    /// TLS from the first byte.
    Tls(TlsParameters),
    /// `STARTTLS`; without an offer from the server, no mail is sent.
    StartTls(TlsParameters),
    /// `STARTTLS` if the server offers it.
    StartTlsIfOffered(TlsParameters),
}

impl Server {
    /// Whether the host is this machine, so that no network is used.
    pub(super) fn is_local(host: &str) -> bool {
        let ip = host.parse::<std::net::IpAddr>();
        host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
    }

    /// Opens a connection that is ready to send mails.
    pub(super) async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let mut connection = match &self.security {
            Security::Tls(tls) => self.greet_within_tls(tls.clone()).await?,
            Security::Plain => self.greet().await?,
            Security::StartTls(tls) => {
                let mut connection = self.greet().await?;
                self.start_tls(&mut connection, tls.clone()).await?;
                connection
            }
            Security::StartTlsIfOffered(tls) => {
                let mut connection = self.greet().await?;
                if connection.can_starttls() {
                    self.start_tls(&mut connection, tls.clone()).await?;
                }
                connection
            }
        };
        if let Some(credentials) = &self.credentials {
            self.sign_in(&mut connection, credentials).await?;
        }
        Ok(connection)
    }

    /// Connects and reads the greeting. `TCP_NODELAY` avoids a delay of 40 ms between the text of a
    /// mail and its end, which are written separately.
    async fn greet(&self) -> Result<AsyncSmtpConnection, Failure> {
        let stream = TcpStream::connect((self.host.as_str(), self.port));
        let stream = run_step(Step::Connect, self.limit, stream, |e| unreachable(&e)).await?;
        stream.set_nodelay(true).map_err(|e| unreachable(&e))?;
        let greeted = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.name);
        run_step(Step::Greet, self.limit, greeted, |e| Failure::new(Step::Greet, &e)).await
    }

    /// Like [`Server::greet`] within TLS; lettre opens the socket itself.
    async fn greet_within_tls(&self, tls: TlsParameters) -> Result<AsyncSmtpConnection, Failure> {
        let server = (self.host.as_str(), self.port);
        let greeted =
            AsyncSmtpConnection::connect_tokio1(server, None, &self.name, Some(tls), None);
        run_step(Step::Greet, self.limit, greeted, |e| Failure::new(Step::Greet, &e)).await
    }

    async fn start_tls(
        &self,
        connection: &mut AsyncSmtpConnection,
        tls: TlsParameters,
    ) -> Result<(), Failure> {
        let started = connection.starttls(tls, &self.name);
        run_step(Step::Tls, self.limit, started, |e| Failure::new(Step::Tls, &e)).await
    }

    async fn sign_in(
        &self,
        connection: &mut AsyncSmtpConnection,
        credentials: &Credentials,
    ) -> Result<(), Failure> {
        // An attacker may have removed the offer of TLS.
        if !connection.is_encrypted() && !Self::is_local(&self.host) {
            let reason = "the server offers no TLS, and a password is not sent in the clear";
            return Err(Failure { step: Step::Auth, cause: Cause::Broken(reason.to_owned()) });
        }
        let signed_in = connection.auth(DEFAULT_MECHANISMS, credentials);
        expect_reply(Step::Auth, self.limit, 235..=235, signed_in).await
    }
}

fn unreachable(error: &std::io::Error) -> Failure {
    Failure { step: Step::Connect, cause: Cause::Broken(error.to_string()) }
}
