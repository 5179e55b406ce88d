//! A relay to a server that can stand still or hang up, as networks do.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

/// What becomes of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// They are passed on.
    Open,
    /// They stay, and nothing comes through.
    Frozen,
    /// They are cut, and so is each that comes.
    Cut,
}

/// A running relay; it ends when it is dropped.
pub struct Relay {
    /// Where it listens.
    pub address: String,
    line: watch::Sender<Line>,
    _accepting: JoinSet<()>,
}

impl Relay {
    /// Passes connections on to `to`.
    pub async fn to(to: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (line, seen) = watch::channel(Line::Open);
        let (mut accepting, to) = (JoinSet::new(), to.to_owned());
        accepting.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(connect(client, to.clone(), seen.clone()));
            }
        });
        Self { address, line, _accepting: accepting }
    }

    pub fn set(&self, line: Line) {
        self.line.send_replace(line);
    }
}

async fn connect(client: TcpStream, to: String, mut line: watch::Receiver<Line>) {
    if !is_open(&mut line).await {
        return;
    }
    let Ok(server) = TcpStream::connect(to).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = pump(from_client, to_server, line.clone()) => {}
        () = pump(from_server, to_client, line.clone()) => {}
        _ = line.wait_for(|line| *line == Line::Cut) => {}
    }
}

/// Waits until bytes may go on. False if they never will.
async fn is_open(line: &mut watch::Receiver<Line>) -> bool {
    line.wait_for(|line| *line != Line::Frozen).await.is_ok_and(|line| *line == Line::Open)
}

async fn pump(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mut line: watch::Receiver<Line>,
) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        if !is_open(&mut line).await || to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}
