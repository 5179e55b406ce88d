//! Mail over SMTP.
//!
//! Bodies are always quoted-printable, so that no line of theirs can be read as an SMTP command or
//! as the end of the mail; lettre refuses line breaks in header values, and names and addresses
//! cannot contain any (`domain::text`).

use std::time::Duration;

use domain::ports::{Mail, MailError, Mailer, Unavailable};
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType},
    },
    transport::smtp::PoolConfig,
};

/// Connections kept open to the server.
const CONNECTIONS: u32 = 8;
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// An SMTP server. Clones share connections.
#[derive(Clone)]
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// The mail settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The address of the server.
    #[error("SMTP_URL cannot be used: {0}")]
    Url(lettre::transport::smtp::Error),
    /// The sender.
    #[error("the mail sender {0:?} is not an address such as \"Comanda <orders@example.com>\"")]
    From(String),
}

impl SmtpMailer {
    /// The server at `url` (`smtp://host:port`, `smtps://user:password@host`), mailing as `from`.
    pub fn new(url: &str, from: &str) -> Result<Self, SetupError> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(SetupError::Url)?
            .timeout(Some(ANSWER_WITHIN))
            .pool_config(PoolConfig::new().max_size(CONNECTIONS))
            .build();
        let from = from.parse().map_err(|_| SetupError::From(from.to_owned()))?;
        Ok(Self { transport, from })
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
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => Err(MailError::Never(error.to_string())),
            Err(error) => Err(Unavailable::new("mail server", error).into()),
        }
    }
}
