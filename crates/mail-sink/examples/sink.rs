//! Runs a standalone mail sink and prints arriving mails: `sink [address] [folder]`.

use std::{
    env,
    error::Error,
    io::{self, Write},
};

use mail_sink::{Config, MailSink};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let listen = arguments.next().unwrap_or_else(|| "127.0.0.1:1025".to_owned());
    let folder = arguments.next().unwrap_or_else(|| "data/mail".to_owned());
    let sink = MailSink::start(Config::new(listen.parse()?, folder)).await?;
    writeln!(io::stdout(), "listening on smtp://{}", sink.address())?;
    let mailbox = sink.mailbox();
    let mut changes = mailbox.changes();
    while changes.changed().await.is_ok() {
        if let Some(mail) = mailbox.list(1).first() {
            writeln!(io::stdout(), "{} {} → {}: {}", mail.id, mail.from, mail.to, mail.subject)?;
        }
    }
    sink.shutdown().await;
    Ok(())
}
