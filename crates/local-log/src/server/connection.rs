//! One connection: requests are read eagerly, responses written in the order of the requests.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;

use super::{Shared, frame};
use crate::api::{self, Answer, Client};

/// Requests read ahead of the answers, for each connection.
const READ_AHEAD: usize = 16;
/// Bytes read ahead in one system call.
const BUFFER_BYTES: usize = 16 << 10;
/// How long a client may leave a response unread.
const UNREAD: Duration = Duration::from_mins(1);
/// How long answers are still written to a client that sends no more.
const HALF_CLOSED: Duration = Duration::from_secs(2);

/// Serves one connection until either side ends it.
pub(crate) async fn serve(stream: TcpStream, peer: SocketAddr, shared: &Shared) {
    if let Err(error) = run(stream, peer, shared).await {
        match error.kind() {
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => {
                tracing::debug!(%peer, %error, "a connection ended in the middle");
            }
            _ => tracing::warn!(%peer, %error, "closed a connection"),
        }
    }
}

async fn run(stream: TcpStream, peer: SocketAddr, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let client = Client { local: stream.local_addr()?, host: peer.ip().to_string() };
    let (reader, writer) = stream.into_split();
    let (sender, receiver) = mpsc::channel(READ_AHEAD);
    let reading = read_all(reader, client, shared, sender);
    let writing = write_all(writer, shared, receiver);
    tokio::pin!(reading, writing);
    tokio::select! {
        // First, so that what was answered in time goes out before the connection ends.
        biased;
        written = &mut writing => return written,
        read = &mut reading => read?,
    }
    if shared.broker.stopping.is_cancelled() {
        return writing.await;
    }
    tokio::time::timeout(HALF_CLOSED, writing).await.unwrap_or(Ok(()))
}

/// Turns requests into answers to be; records are appended here, everything else in turn.
async fn read_all<'a>(
    reader: OwnedReadHalf,
    client: Client,
    shared: &'a Shared,
    answers: mpsc::Sender<Answer<'a>>,
) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, reader);
    let client = std::sync::Arc::new(client);
    loop {
        let frame = tokio::select! {
            () = shared.broker.stopping.cancelled() => return Ok(()),
            frame = frame::read(&mut reader, shared) => frame?,
        };
        let Some(frame) = frame else { return Ok(()) };
        let answer = api::dispatch(&shared.broker, &client, frame).await?;
        if answers.send(answer).await.is_err() {
            return Ok(());
        }
    }
}

async fn write_all(
    mut writer: OwnedWriteHalf,
    shared: &Shared,
    mut answers: mpsc::Receiver<Answer<'_>>,
) -> io::Result<()> {
    while let Some(answer) = answers.recv().await {
        let Some(response) = answer.await? else { continue };
        let writing = async {
            let _memory = frame::reserve(shared, response.len()).await?;
            writer.write_all(&response).await
        };
        tokio::time::timeout(UNREAD, writing).await.map_err(|_| io::ErrorKind::TimedOut)??;
    }
    Ok(())
}
