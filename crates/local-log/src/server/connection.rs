//! One connection: requests are read eagerly, responses written in the order of the requests.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use parking_lot::Mutex;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::{Shared, frame};
use crate::api::{self, Answer, Client};
use crate::memory::{Memory, SMALL_BYTES};

/// Requests read ahead of the answers, for each connection.
const READ_AHEAD: usize = 16;
/// Bytes read ahead in one system call.
const BUFFER_BYTES: usize = 16 << 10;
/// Bytes written at a time.
const STEP_BYTES: usize = 256 << 10;
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
    let activity = Activity::default();
    let reading = read_all(reader, client, shared, &activity, sender);
    let writing = write_all(writer, shared, &activity, receiver);
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
    activity: &Activity,
    answers: mpsc::Sender<Answer<'a>>,
) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, reader);
    let client = std::sync::Arc::new(client);
    loop {
        tokio::select! {
            () = shared.broker.stopping.cancelled() => return Ok(()),
            () = activity.idle(shared.broker.config.max_idle) => {
                tracing::debug!("closed a connection that was idle");
                return Ok(());
            }
            begun = reader.fill_buf() => { begun?; }
        }
        let frame = tokio::select! {
            () = shared.broker.stopping.cancelled() => return Ok(()),
            frame = frame::read(&mut reader, shared) => frame?,
        };
        let Some(frame) = frame else { return Ok(()) };
        activity.begin();
        let answer = api::dispatch(&shared.broker, &client, frame).await?;
        if answers.send(answer).await.is_err() {
            return Ok(());
        }
    }
}

async fn write_all(
    mut writer: OwnedWriteHalf,
    shared: &Shared,
    activity: &Activity,
    mut answers: mpsc::Receiver<Answer<'_>>,
) -> io::Result<()> {
    while let Some(answer) = answers.recv().await {
        if let Some(response) = answer.await? {
            write(&mut writer, shared, &response).await?;
        }
        activity.end();
    }
    Ok(())
}

/// Writes a response; its memory is counted as long as the client has not taken it.
async fn write(writer: &mut OwnedWriteHalf, shared: &Shared, response: &[u8]) -> io::Result<()> {
    let mut memory = Memory::default();
    let deadline = Instant::now() + UNREAD + frame::at_least_speed(response.len());
    if response.len() > SMALL_BYTES {
        let waiting = memory.grow(&shared.memory, response.len());
        timeout_at(deadline, waiting).await.map_err(|_| io::ErrorKind::TimedOut)??;
    }
    for step in response.chunks(STEP_BYTES) {
        let mut rest = step;
        while !rest.is_empty() {
            match memory.in_time(&shared.memory, deadline, writer.write(rest)).await? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                written => rest = &rest[written..],
            }
        }
    }
    Ok(())
}

/// When a connection last did something, and how much it still waits for.
struct Activity(Mutex<(usize, Instant)>);

impl Default for Activity {
    fn default() -> Self {
        Self(Mutex::new((0, Instant::now())))
    }
}

impl Activity {
    /// A request has come.
    fn begin(&self) {
        let mut state = self.0.lock();
        *state = (state.0 + 1, Instant::now());
    }

    /// Its answer has gone.
    fn end(&self) {
        let mut state = self.0.lock();
        *state = (state.0.saturating_sub(1), Instant::now());
    }

    /// Resolves once nothing has happened for so long, and nothing is waited for.
    async fn idle(&self, limit: Duration) {
        loop {
            let (waits, last) = *self.0.lock();
            if waits == 0 && last.elapsed() >= limit {
                return;
            }
            let last = if waits > 0 { Instant::now() } else { last };
            tokio::time::sleep_until(last + limit).await;
        }
    }
}
