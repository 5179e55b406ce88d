//! Mails, mailers and a sink.

use std::net::SocketAddr;

use domain::ports::Mail;
use mail_sink::{Config, MailSink};
use smtp::SmtpMailer;
use tempfile::TempDir;

pub(crate) fn mail(number: usize) -> Mail {
    Mail {
        message_id: format!("{number}@comanda.example"),
        follows: None,
        to: ("Ana".to_owned(), "ana@example.com".parse().unwrap()),
        subject: "Your order".to_owned(),
        text: ".\r\n.leading dots, ñ and a long line\r\n".repeat(40),
        html: "<p>Your order</p>".repeat(40),
    }
}

pub(crate) async fn sink(folder: &TempDir, change: impl FnOnce(&mut Config)) -> MailSink {
    let mut config = Config::new(SocketAddr::from(([127, 0, 0, 1], 0)), folder.path());
    change(&mut config);
    MailSink::start(config).await.unwrap()
}

pub(crate) fn mailer(address: SocketAddr) -> SmtpMailer {
    at(&format!("smtp://{address}"))
}

/// The mailer of an `SMTP_URL`.
pub(crate) fn at(url: &str) -> SmtpMailer {
    SmtpMailer::new(url, "Comanda <orders@example.com>").unwrap()
}
