//! An SMTP server with scripted faults.

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

/// The step of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultStep {
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

/// The kind of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// Sends this reply instead.
    Says(Vec<u8>),
    /// Falls silent.
    Hangs,
    /// Closes the connection.
    Ends,
}

/// Step and kind of the fault; `None` for a regular server.
type Fault = Option<(FaultStep, FaultKind)>;

/// A running server.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    fault: Arc<Mutex<Fault>>,
    /// Connections so far.
    pub(crate) connections: Arc<AtomicUsize>,
    /// Mails whose whole text arrived, accepted or not.
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

    /// Sets the fault, also for open connections.
    pub(crate) fn set(&self, fault: Fault) {
        *self.fault.lock().unwrap() = fault;
    }

    pub(crate) fn texts(&self) -> usize {
        self.texts.load(Ordering::SeqCst)
    }

    async fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut stream = BufStream::new(stream);
        self.say(&mut stream, FaultStep::Greeting, "220 script").await?;
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
            match line.get(..4).unwrap_or_default() {
                "EHLO" => self.say(&mut stream, FaultStep::Ehlo, "250-script\r\n250 SIZE").await?,
                "MAIL" => self.say(&mut stream, FaultStep::From, "250 as you say").await?,
                "RCPT" => self.say(&mut stream, FaultStep::To, "250 known").await?,
                "DATA" => {
                    self.say(&mut stream, FaultStep::Data, "354 go on").await?;
                    if self.refuses(FaultStep::Data) {
                        continue;
                    }
                    self.text(&mut stream).await?;
                    self.say(&mut stream, FaultStep::Text, "250 kept").await?;
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
            if self.at(FaultStep::Middle).is_some() {
                return None;
            }
            if line == b".\r\n" {
                self.texts.fetch_add(1, Ordering::SeqCst);
                return Some(());
            }
        }
    }

    fn at(&self, at: FaultStep) -> Option<FaultKind> {
        let fault = self.fault.lock().unwrap();
        fault.as_ref().filter(|(place, _)| *place == at).map(|(_, does)| does.clone())
    }

    /// Whether the fault at this step refuses the mail.
    fn refuses(&self, at: FaultStep) -> bool {
        matches!(self.at(at), Some(FaultKind::Says(_)))
    }

    async fn say(
        &self,
        stream: &mut BufStream<TcpStream>,
        at: FaultStep,
        honest: &str,
    ) -> Option<()> {
        match self.at(at) {
            None => Self::write(stream, format!("{honest}\r\n").as_bytes()).await,
            Some(FaultKind::Says(bytes)) => Self::write(stream, &bytes).await,
            Some(FaultKind::Hangs) => std::future::pending().await,
            Some(FaultKind::Ends) => None,
        }
    }

    async fn write(stream: &mut BufStream<TcpStream>, bytes: &[u8]) -> Option<()> {
        stream.write_all(bytes).await.ok()?;
        stream.flush().await.ok()
    }
}
