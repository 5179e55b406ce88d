//! A raw SMTP client.
#![allow(dead_code, reason = "every test file uses a part of it")]
#![allow(clippy::expect_used, reason = "a test that cannot go on ends")]

use std::{net::SocketAddr, path::Path};

use mail_sink::{Config, MailSink};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream},
    net::TcpStream,
};

pub(crate) struct Client(BufStream<TcpStream>);

impl Client {
    /// Connects and reads the greeting.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let mut client = Self::connect_raw(address).await;
        assert!(client.reply().await.starts_with("220 "));
        client
    }

    pub(crate) async fn connect_raw(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("an option");
        Self(BufStream::new(stream))
    }

    /// Connects and sends EHLO.
    pub(crate) async fn hello(address: SocketAddr) -> Self {
        let mut client = Self::connect(address).await;
        assert!(client.command("EHLO test").await.starts_with("250"));
        client
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.expect("the server listens");
        self.0.flush().await.expect("the server listens");
    }

    /// Reads a reply; returns its last line.
    pub(crate) async fn reply(&mut self) -> String {
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).await.expect("a reply");
            if line.as_bytes().get(3) != Some(&b'-') {
                return line.trim_end().to_owned();
            }
        }
    }

    pub(crate) async fn replies(&mut self, count: usize) -> Vec<String> {
        let mut replies = Vec::new();
        for _ in 0..count {
            replies.push(self.reply().await);
        }
        replies
    }

    /// Sends a line and reads the reply.
    pub(crate) async fn command(&mut self, line: &str) -> String {
        self.write(format!("{line}\r\n").as_bytes()).await;
        self.reply().await
    }

    /// Sends all commands up to the 354 reply.
    pub(crate) async fn begin(&mut self) {
        assert!(self.command("MAIL FROM:<shop@example.com>").await.starts_with("250 "));
        assert!(self.command("RCPT TO:<ada@example.com>").await.starts_with("250 "));
        assert!(self.command("DATA").await.starts_with("354 "));
    }

    /// Sends a mail with this dot-stuffed text, without its end.
    pub(crate) async fn mail(&mut self, text: &[u8]) -> String {
        self.begin().await;
        self.write(text).await;
        self.write(b"\r\n.\r\n").await;
        self.reply().await
    }

    /// Whether the server has closed the connection.
    pub(crate) async fn has_closed(mut self) -> bool {
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest).await.is_err() || rest.is_empty()
    }
}

pub(crate) fn config(folder: &Path) -> Config {
    Config::new(SocketAddr::from(([127, 0, 0, 1], 0)), folder)
}

pub(crate) async fn start(folder: &Path) -> MailSink {
    MailSink::start(config(folder)).await.expect("the sink starts")
}
