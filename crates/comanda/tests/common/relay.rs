//! A TCP relay that can freeze or cut connections, as networks do.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

/// The state of the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineState {
    /// Bytes are passed on.
    Open,
    /// Connections stay open, but nothing passes.
    Frozen,
    /// Connections are closed, and so are new ones.
    Cut,
}

/// A running relay; it ends when it is dropped.
pub struct Relay {
    /// Its address.
    pub address: String,
    line: watch::Sender<LineState>,
    _accepting: JoinSet<()>,
}

impl Relay {
    /// Starts a relay to the address `to`.
    pub async fn start_to(to: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (line, seen) = watch::channel(LineState::Open);
        let (mut accepting, to) = (JoinSet::new(), to.to_owned());
        accepting.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(connect(client, to.clone(), seen.clone()));
            }
        });
        Self { address, line, _accepting: accepting }
    }

    pub fn set_state(&self, line: LineState) {
        self.line.send_replace(line);
    }
}

async fn connect(client: TcpStream, to: String, mut line: watch::Receiver<LineState>) {
    if !is_open(&mut line).await {
        return;
    }
    let Ok(server) = TcpStream::connect(to).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = pump(from_client, to_server, line.clone()) => {}
        () = pump(from_server, to_client, line.clone()) => {}
        _ = line.wait_for(|line| *line == LineState::Cut) => {}
    }
}

/// Waits while frozen. False if the relay is cut.
async fn is_open(line: &mut watch::Receiver<LineState>) -> bool {
    line.wait_for(|line| *line != LineState::Frozen)
        .await
        .is_ok_and(|line| *line == LineState::Open)
}

async fn pump(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mut line: watch::Receiver<LineState>,
) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        if !is_open(&mut line).await || to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}
