//! An SMTP client (RFC 5321).
//!
//! `delivery` sends a mail command by command, with a timeout for each step, over pooled
//! connections (`connections`). Failures are classified by step (`failure`): before the text of the
//! mail is sent, the server cannot have accepted it, so a stale connection is replaced; afterwards
//! the outcome is unknown, and the caller decides.

mod connections;
mod delivery;
mod failure;
mod message;
mod server;
mod settings;

use std::{sync::Arc, time::Instant};

use domain::ports::{Mail, MailError, Mailer};
use lettre::message::Mailbox;
use telemetry::{
    metrics::MAIL_DURATION,
    trace::{Kind, Span},
};

use self::connections::Connections;

/// An SMTP client. Clones share connections.
#[derive(Clone)]
pub struct SmtpMailer {
    connections: Arc<Connections>,
    from: Mailbox,
}

/// The mail settings are invalid.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The address of the server.
    #[error("SMTP_URL cannot be used: {0}")]
    Url(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The sender.
    #[error("the mail sender {0:?} is not an address such as \"Comanda <orders@example.com>\"")]
    From(String),
}

impl SmtpMailer {
    /// A client of the server at `url`, with the sender `from`.
    ///
    /// `smtp://host:port` uses no TLS; with `?tls=required` it requires `STARTTLS`, with
    /// `?tls=opportunistic` it uses `STARTTLS` if offered. `smtps://user:password@host` uses TLS
    /// from the start. Further parameters: `ca=/path/ca.pem`, a CA certificate to trust instead of
    /// the public ones; `timeout_s=20`, the timeout per step. A path is the client name for EHLO.
    pub fn new(url: &str, from: &str) -> Result<Self, SetupError> {
        let connections = Arc::new(Connections::new(settings::parse(url)?));
        let no_address = || SetupError::From(from.to_owned());
        let from: Mailbox = from.parse().map_err(|_| no_address())?;
        // Other addresses require SMTPUTF8 (RFC 6531), which few servers support.
        let is_ascii = AsRef::<str>::as_ref(&from.email).is_ascii();
        if is_ascii { Ok(Self { connections, from }) } else { Err(no_address()) }
    }
}

impl Mailer for SmtpMailer {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        let message = message::build(&self.from, mail).map_err(MailError::Never)?;
        let start = Instant::now();
        let mut span = Span::here(Kind::Client, "mail send");
        let sent = self.connections.send(message.envelope(), &message.formatted()).await;
        let sent = sent.map_err(MailError::from);
        span.set_text("outcome", outcome_of(&sent));
        if let Err(error) = &sent {
            span.fail(|| error.to_string());
        }
        MAIL_DURATION.with([outcome_of(&sent)]).observe(start.elapsed());
        sent
    }
}

const fn outcome_of(sent: &Result<(), MailError>) -> &'static str {
    match sent {
        Ok(()) => "sent",
        Err(MailError::Later(_)) => "later",
        Err(MailError::Never(_)) => "never",
        Err(MailError::Unavailable(_)) => "unavailable",
    }
}
