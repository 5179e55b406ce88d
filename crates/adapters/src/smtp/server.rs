//! Where the mail server is, and how to get a connection that takes mails.

use std::time::Duration;

use lettre::transport::smtp::{
    Error, SMTP_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT,
    authentication::{Credentials, DEFAULT_MECHANISMS},
    client::{AsyncSmtpConnection, TlsParameters},
    extension::ClientId,
};
use percent_encoding::percent_decode_str;
use reqwest::Url;
use tokio::{net::TcpStream, time::timeout};

use super::SetupError;

/// How long a server may take to greet and to check a password.
const READY_WITHIN: Duration = Duration::from_secs(10);

/// A mail server.
pub(super) struct Server {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    name: ClientId,
}

enum Security {
    Plain,
    /// TLS from the first byte.
    Tls(TlsParameters),
    /// `STARTTLS`, also where the server does not offer it: then no mail goes out.
    StartTls(TlsParameters),
    /// `STARTTLS` where the server offers it.
    StartTlsIfOffered(TlsParameters),
}

/// There is no connection. It says nothing about the mail, which can wait.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    #[error("no answer within {} s", READY_WITHIN.as_secs())]
    Late,
    #[error(transparent)]
    Unreachable(#[from] std::io::Error),
    #[error(transparent)]
    Refused(#[from] Error),
}

impl Server {
    /// `smtp://host:port`, with `?tls=required` or `?tls=opportunistic` for `STARTTLS`, or
    /// `smtps://user:password@host`. A path is the name this client gives itself.
    pub(super) fn from_url(url: &str) -> Result<Self, SetupError> {
        let refuse = |reason: &dyn std::fmt::Display| SetupError::Url(reason.to_string());
        let url: Url = url.parse().map_err(|e| refuse(&e))?;
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| refuse(&"it names no host"))?.to_owned();
        let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value);
        let parameters = || TlsParameters::new(host.clone()).map_err(|e| refuse(&e));
        let (port, security) = match (url.scheme(), tls.as_deref()) {
            ("smtp", None) => (SMTP_PORT, Security::Plain),
            ("smtp", Some("required")) => (SUBMISSION_PORT, Security::StartTls(parameters()?)),
            ("smtp", Some("opportunistic")) => {
                (SUBMISSION_PORT, Security::StartTlsIfOffered(parameters()?))
            }
            ("smtps", _) => (SUBMISSIONS_PORT, Security::Tls(parameters()?)),
            ("smtp", Some(_)) => return Err(refuse(&"tls is required or opportunistic")),
            _ => return Err(refuse(&"it begins with smtp:// or smtps://")),
        };
        let decoded = |text: &str| {
            let text = percent_decode_str(text).decode_utf8().map_err(|e| refuse(&e))?;
            Ok::<_, SetupError>(text.into_owned())
        };
        let credentials = match url.password() {
            Some(password) => Some(Credentials::new(decoded(url.username())?, decoded(password)?)),
            None => None,
        };
        let name = match url.path().trim_matches('/') {
            "" => ClientId::default(),
            name => ClientId::Domain(name.to_owned()),
        };
        Ok(Self { host, port: url.port().unwrap_or(port), security, credentials, name })
    }

    /// A connection that takes mails.
    pub(super) async fn connect(&self) -> Result<AsyncSmtpConnection, ConnectError> {
        timeout(READY_WITHIN, self.ready()).await.map_err(|_| ConnectError::Late)?
    }

    async fn ready(&self) -> Result<AsyncSmtpConnection, ConnectError> {
        let mut connection = match &self.security {
            // The one case in which the socket is not ours to set up.
            Security::Tls(tls) => self.connect_tls(tls.clone()).await?,
            Security::Plain => self.connect_plain().await?,
            Security::StartTls(tls) => {
                let mut connection = self.connect_plain().await?;
                connection.starttls(tls.clone(), &self.name).await?;
                connection
            }
            Security::StartTlsIfOffered(tls) => {
                let mut connection = self.connect_plain().await?;
                if connection.can_starttls() {
                    connection.starttls(tls.clone(), &self.name).await?;
                }
                connection
            }
        };
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }

    async fn connect_tls(&self, tls: TlsParameters) -> Result<AsyncSmtpConnection, Error> {
        let server = (self.host.as_str(), self.port);
        AsyncSmtpConnection::connect_tokio1(server, None, &self.name, Some(tls), None).await
    }

    /// The text of a mail and the line that ends it are written one after the other: without
    /// `TCP_NODELAY` the second waits until the server's system has acknowledged the first, which
    /// it puts off by 40 ms.
    async fn connect_plain(&self) -> Result<AsyncSmtpConnection, ConnectError> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        stream.set_nodelay(true)?;
        Ok(AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.name).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(url: &str) -> u16 {
        Server::from_url(url).unwrap().port
    }

    #[test]
    fn the_port_follows_from_the_protocol() {
        assert_eq!(port("smtp://mail.example.com"), 25);
        assert_eq!(port("smtp://mail.example.com?tls=required"), 587);
        assert_eq!(port("smtps://mail.example.com"), 465);
        assert_eq!(port("smtps://mail.example.com:2465"), 2465);
    }

    #[test]
    fn passwords_are_decoded() {
        let server = Server::from_url("smtps://cook%40example.com:a%2Fb@mail.example.com").unwrap();
        let expected = Credentials::new("cook@example.com".to_owned(), "a/b".to_owned());
        assert!(server.credentials == Some(expected));
    }

    #[test]
    fn tls_is_as_strict_as_asked() {
        let security = |url| Server::from_url(url).unwrap().security;
        assert!(matches!(security("smtp://a"), Security::Plain));
        assert!(matches!(security("smtp://a?tls=required"), Security::StartTls(_)));
        assert!(matches!(security("smtp://a?tls=opportunistic"), Security::StartTlsIfOffered(_)));
        assert!(matches!(security("smtps://a"), Security::Tls(_)));
    }

    #[test]
    fn what_is_no_mail_server_is_refused() {
        for url in ["mail.example.com", "http://a", "smtp://", "smtp://a?tls=maybe", "smtp:/a"] {
            assert!(Server::from_url(url).is_err(), "{url}");
        }
    }
}
