//! An SMTP server that misbehaves where it is told to.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufStream},
    net::{TcpListener, TcpStream},
};

/// Where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    Greeting,
    Ehlo,
    From,
    To,
    Data,
    /// After the whole text.
    Text,
    /// In the middle of the text.
    Middle,
}

/// What it does there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    /// Says this instead.
    Says(Vec<u8>),
    /// Says nothing any more.
    Hangs,
    /// Ends the connection.
    Ends,
}

/// When and what; `None` is an honest server.
type Fault = Option<(At, Does)>;

/// A running server.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    fault: Arc<Mutex<Fault>>,
    /// Connections so far.
    pub(crate) connections: Arc<AtomicUsize>,
    /// Mails of which the whole text came, whatever was said to them.
    pub(crate) texts: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            fault: Arc::default(),
            connections: Arc::default(),
            texts: Arc::default(),
        };
        let accepting = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                accepting.connections.fetch_add(1, Ordering::SeqCst);
                let server = accepting.clone();
                tokio::spawn(async move { server.serve(stream).await });
            }
        });
        server
    }

    /// From now on it misbehaves like this, on connections that stand as well.
    pub(crate) fn set(&self, fault: Fault) {
        *self.fault.lock().unwrap() = fault;
    }

    pub(crate) fn texts(&self) -> usize {
        self.texts.load(Ordering::SeqCst)
    }

    async fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut stream = BufStream::new(stream);
        self.say(&mut stream, At::Greeting, "220 script").await?;
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
            match line.get(..4).unwrap_or_default() {
                "EHLO" => self.say(&mut stream, At::Ehlo, "250-script\r\n250 SIZE").await?,
                "MAIL" => self.say(&mut stream, At::From, "250 as you say").await?,
                "RCPT" => self.say(&mut stream, At::To, "250 known").await?,
                "DATA" => {
                    self.say(&mut stream, At::Data, "354 go on").await?;
                    if self.refuses(At::Data) {
                        continue;
                    }
                    self.text(&mut stream).await?;
                    self.say(&mut stream, At::Text, "250 kept").await?;
                }
                "QUIT" => return None,
                _ => Self::write(&mut stream, b"250 fine\r\n").await?,
            }
        }
    }

    async fn text(&self, stream: &mut BufStream<TcpStream>) -> Option<()> {
        let mut line = Vec::new();
        loop {
            line.clear();
            stream.read_until(b'\n', &mut line).await.ok().filter(|read| *read > 0)?;
            if self.at(At::Middle).is_some() {
                return None;
            }
            if line == b".\r\n" {
                self.texts.fetch_add(1, Ordering::SeqCst);
                return Some(());
            }
        }
    }

    fn at(&self, at: At) -> Option<Does> {
        let fault = self.fault.lock().unwrap();
        fault.as_ref().filter(|(place, _)| *place == at).map(|(_, does)| does.clone())
    }

    /// Whether the client now thinks that it was refused.
    fn refuses(&self, at: At) -> bool {
        matches!(self.at(at), Some(Does::Says(_)))
    }

    async fn say(&self, stream: &mut BufStream<TcpStream>, at: At, honest: &str) -> Option<()> {
        match self.at(at) {
            None => Self::write(stream, format!("{honest}\r\n").as_bytes()).await,
            Some(Does::Says(bytes)) => Self::write(stream, &bytes).await,
            Some(Does::Hangs) => std::future::pending().await,
            Some(Does::Ends) => None,
        }
    }

    async fn write(stream: &mut BufStream<TcpStream>, bytes: &[u8]) -> Option<()> {
        stream.write_all(bytes).await.ok()?;
        stream.flush().await.ok()
    }
}
