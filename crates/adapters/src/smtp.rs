//! Mail over SMTP.
//!
//! Bodies are always quoted-printable, so that no line of theirs can be read as an SMTP command or
//! as the end of the mail; lettre refuses line breaks in header values, and names and addresses
//! cannot contain any (`domain::text`).

mod connections;
mod server;

use std::sync::Arc;

use domain::ports::{Mail, MailError, Mailer, Unavailable};
use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType},
    },
};

use self::{
    connections::{Connections, SendError},
    server::Server,
};

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
    /// The server at `url` (`smtp://host:port`, `smtps://user:password@host`), mailing as `from`.
    pub fn new(url: &str, from: &str) -> Result<Self, SetupError> {
        let connections = Arc::new(Connections::new(Server::from_url(url)?));
        let from = from.parse().map_err(|_| SetupError::From(from.to_owned()))?;
        Ok(Self { connections, from })
    }

    fn message(&self, mail: Mail) -> Result<Message, MailError> {
        let never = |error: &dyn std::fmt::Display| MailError::Never(error.to_string());
        let (name, email) = mail.to;
        let address: Address = email.as_str().parse().map_err(|e| never(&e))?;
        let part = |kind, body: String| {
            SinglePart::builder()
                .header(kind)
                .header(ContentTransferEncoding::QuotedPrintable)
                .body(body)
        };
        let body = MultiPart::alternative()
            .singlepart(part(ContentType::TEXT_PLAIN, mail.text))
            .singlepart(part(ContentType::TEXT_HTML, mail.html));
        Message::builder()
            .message_id(Some(format!("<{}>", mail.message_id)))
            .from(self.from.clone())
            .to(Mailbox::new(Some(name), address))
            .subject(mail.subject)
            .multipart(body)
            .map_err(|e| never(&e))
    }
}

impl Mailer for SmtpMailer {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        let message = self.message(mail)?;
        match self.connections.send(message.envelope(), &message.formatted()).await {
            Ok(()) => Ok(()),
            // Refused, or in need of something that the server does not speak.
            Err(SendError::Mail(error)) if error.is_permanent() || error.is_client() => {
                Err(MailError::Never(error.to_string()))
            }
            Err(error) => Err(Unavailable::new("mail server", error).into()),
        }
    }
}
