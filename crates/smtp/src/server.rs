//! A mail server, and how to get a connection that takes mails.

use std::time::Duration;

use lettre::transport::smtp::{
    authentication::{Credentials, DEFAULT_MECHANISMS},
    client::{AsyncSmtpConnection, TlsParameters},
    extension::ClientId,
};
use tokio::net::TcpStream;

use super::{
    delivery::{answered, within},
    failure::{Cause, Failure, Step},
};

/// A mail server.
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) credentials: Option<Credentials>,
    /// The name this client gives itself.
    pub(super) name: ClientId,
    /// How long it may take for one step.
    pub(super) limit: Duration,
}

pub(super) enum Security {
    Plain,
    /// TLS from the first byte.
    Tls(TlsParameters),
    /// `STARTTLS`, also where the server does not offer it: then no mail goes out.
    StartTls(TlsParameters),
    /// `STARTTLS` where the server offers it.
    StartTlsIfOffered(TlsParameters),
}

impl Server {
    /// True if the host is this one: what is said to it passes no network.
    pub(super) fn is_here(host: &str) -> bool {
        let ip = host.parse::<std::net::IpAddr>();
        host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
    }

    /// A connection that takes mails.
    pub(super) async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let mut connection = match &self.security {
            Security::Tls(tls) => self.greeted_within_tls(tls.clone()).await?,
            Security::Plain => self.greeted().await?,
            Security::StartTls(tls) => {
                let mut connection = self.greeted().await?;
                self.start_tls(&mut connection, tls.clone()).await?;
                connection
            }
            Security::StartTlsIfOffered(tls) => {
                let mut connection = self.greeted().await?;
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

    /// The text of a mail and the line that ends it are written one after the other: without
    /// `TCP_NODELAY` the second waits until the server's system has acknowledged the first, which
    /// it puts off by 40 ms.
    async fn greeted(&self) -> Result<AsyncSmtpConnection, Failure> {
        let stream = TcpStream::connect((self.host.as_str(), self.port));
        let stream = within(Step::Connect, self.limit, stream, |e| unreachable(&e)).await?;
        stream.set_nodelay(true).map_err(|e| unreachable(&e))?;
        let greeted = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.name);
        within(Step::Greet, self.limit, greeted, |e| Failure::new(Step::Greet, &e)).await
    }

    /// The one case in which the socket is not ours to set up.
    async fn greeted_within_tls(&self, tls: TlsParameters) -> Result<AsyncSmtpConnection, Failure> {
        let server = (self.host.as_str(), self.port);
        let greeted =
            AsyncSmtpConnection::connect_tokio1(server, None, &self.name, Some(tls), None);
        within(Step::Greet, self.limit, greeted, |e| Failure::new(Step::Greet, &e)).await
    }

    async fn start_tls(
        &self,
        connection: &mut AsyncSmtpConnection,
        tls: TlsParameters,
    ) -> Result<(), Failure> {
        let started = connection.starttls(tls, &self.name);
        within(Step::Tls, self.limit, started, |e| Failure::new(Step::Tls, &e)).await
    }

    async fn sign_in(
        &self,
        connection: &mut AsyncSmtpConnection,
        credentials: &Credentials,
    ) -> Result<(), Failure> {
        // Somebody in between may have taken the offer of TLS away.
        if !connection.is_encrypted() && !Self::is_here(&self.host) {
            let told = "the server offers no TLS, and a password is not sent in the clear";
            return Err(Failure { step: Step::Auth, cause: Cause::Broken(told.to_owned()) });
        }
        let signed_in = connection.auth(DEFAULT_MECHANISMS, credentials);
        answered(Step::Auth, self.limit, 235..=235, signed_in).await
    }
}

fn unreachable(error: &std::io::Error) -> Failure {
    Failure { step: Step::Connect, cause: Cause::Broken(error.to_string()) }
}
