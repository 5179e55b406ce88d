//! Mail over SMTP, as RFC 5321 has it.
//!
//! A mail is spoken step by step, each with its own limit of time (`delivery`), over connections
//! that are kept (`connections`). What goes wrong is told by where: before the text of the mail
//! was sent, nothing can have been taken, so a connection that broke while it rested is replaced
//! by a fresh one; afterwards that is unknown, and the caller decides (`failure`).

mod connections;
mod delivery;
mod failure;
mod message;
mod server;
mod settings;

use std::{sync::Arc, time::Instant};

use domain::ports::{Mail, MailError, Mailer};
use lettre::message::Mailbox;
use telemetry::metrics::MAIL_DURATION;

use self::connections::Connections;

/// An SMTP server. Clones share connections.
#[derive(Clone)]
pub struct SmtpMailer {
    connections: Arc<Connections>,
    from: Mailbox,
}

/// The mail settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The address of the server.
    #[error("SMTP_URL cannot be used: {0}")]
    Url(String),
    /// The sender.
    #[error("the mail sender {0:?} is not an address such as \"Comanda <orders@example.com>\"")]
    From(String),
}

impl SmtpMailer {
    /// The server at `url`, mailing as `from`.
    ///
    /// `smtp://host:port` speaks in the clear; with `?tls=required` it goes on with `STARTTLS`, and
    /// with `?tls=opportunistic` where that is offered. `smtps://user:password@host` is TLS from
    /// the first byte. Further settings: `ca=/path/ca.pem`, the authority to trust instead of the
    /// public ones; `timeout_s=20`, how long the server may take for one step. A path is the name
    /// this client gives itself.
    pub fn new(url: &str, from: &str) -> Result<Self, SetupError> {
        let connections = Arc::new(Connections::new(settings::read(url)?));
        let no_address = || SetupError::From(from.to_owned());
        let from: Mailbox = from.parse().map_err(|_| no_address())?;
        // Others need an extension of SMTP that few servers have (RFC 6531).
        let is_plain = AsRef::<str>::as_ref(&from.email).is_ascii();
        if is_plain { Ok(Self { connections, from }) } else { Err(no_address()) }
    }
}

impl Mailer for SmtpMailer {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        let message = message::build(&self.from, mail).map_err(MailError::Never)?;
        let began = Instant::now();
        let sent = self.connections.send(message.envelope(), &message.formatted()).await;
        let sent = sent.map_err(MailError::from);
        MAIL_DURATION.with([outcome(&sent)]).observe(began.elapsed());
        sent
    }
}

const fn outcome(sent: &Result<(), MailError>) -> &'static str {
    match sent {
        Ok(()) => "sent",
        Err(MailError::Later(_)) => "later",
        Err(MailError::Never(_)) => "never",
        Err(MailError::Unavailable(_)) => "unavailable",
    }
}
