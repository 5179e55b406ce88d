//! One connection: requests are read ahead, responses are written in request order.

use std::{io, net::SocketAddr, time::Duration};

use parking_lot::Mutex;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
    time::{Instant, timeout_at},
};

use super::{ServerState, frame};
use crate::{
    api::{self, Client, PendingResponse},
    memory::{MemoryLease, SMALL_BYTES},
};

/// Maximum number of requests in flight per connection.
const MAX_IN_FLIGHT: usize = 16;
/// Size of the read buffer.
const BUFFER_BYTES: usize = 16 << 10;
/// Bytes written at a time.
const STEP_BYTES: usize = 256 << 10;
/// Write timeout of a response, on top of its [`frame::transfer_time`].
const WRITE_TIMEOUT: Duration = Duration::from_mins(1);
/// How long responses are still written after the client has closed its sending side.
const HALF_CLOSED_TIMEOUT: Duration = Duration::from_secs(2);

/// Serves one connection until either side closes it.
pub(crate) async fn serve(stream: TcpStream, peer: SocketAddr, shared: &ServerState) {
    if let Err(error) = run(stream, peer, shared).await {
        match error.kind() {
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => {
                tracing::debug!(client = %peer, %error, "the peer broke off a connection");
            }
            _ => tracing::warn!(client = %peer, %error, "closed a connection"),
        }
    }
}

async fn run(stream: TcpStream, peer: SocketAddr, shared: &ServerState) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let client = Client { local: stream.local_addr()?, host: peer.ip().to_string() };
    let (reader, writer) = stream.into_split();
    let (sender, receiver) = mpsc::channel(MAX_IN_FLIGHT);
    let activity = Activity::default();
    let reading = read_requests(reader, client, shared, &activity, sender);
    let writing = write_responses(writer, shared, &activity, receiver);
    tokio::pin!(reading, writing);
    tokio::select! {
        // Writing comes first, so that finished responses are sent before the connection closes.
        biased;
        written = &mut writing => return written,
        read = &mut reading => read?,
    }
    if shared.broker.stopping.is_cancelled() {
        return writing.await;
    }
    tokio::time::timeout(HALF_CLOSED_TIMEOUT, writing).await.unwrap_or(Ok(()))
}

/// Reads requests and queues their responses. Produce requests append their records here; all
/// other requests run when their response is due.
async fn read_requests<'a>(
    reader: OwnedReadHalf,
    client: Client,
    shared: &'a ServerState,
    activity: &Activity,
    responses: mpsc::Sender<PendingResponse<'a>>,
) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, reader);
    let client = std::sync::Arc::new(client);
    loop {
        tokio::select! {
            () = shared.broker.stopping.cancelled() => return Ok(()),
            () = activity.wait_until_idle(shared.broker.config.max_idle) => {
                tracing::debug!("closed an idle connection");
                return Ok(());
            }
            begun = reader.fill_buf() => { begun?; }
        }
        let frame = tokio::select! {
            () = shared.broker.stopping.cancelled() => return Ok(()),
            frame = frame::read(&mut reader, shared) => frame?,
        };
        let Some(frame) = frame else { return Ok(()) };
        activity.start_request();
        let response = api::dispatch(&shared.broker, &client, frame).await?;
        if responses.send(response).await.is_err() {
            return Ok(());
        }
    }
}

async fn write_responses(
    mut writer: OwnedWriteHalf,
    shared: &ServerState,
    activity: &Activity,
    mut responses: mpsc::Receiver<PendingResponse<'_>>,
) -> io::Result<()> {
    while let Some(response) = responses.recv().await {
        if let Some(frame) = response.await? {
            write_frame(&mut writer, shared, &frame).await?;
        }
        activity.finish_request();
    }
    Ok(())
}

/// Writes a response; its memory is accounted for until the client has received it.
async fn write_frame(
    writer: &mut OwnedWriteHalf,
    shared: &ServerState,
    frame: &[u8],
) -> io::Result<()> {
    let mut memory = MemoryLease::default();
    let deadline = Instant::now() + WRITE_TIMEOUT + frame::transfer_time(frame.len());
    if frame.len() > SMALL_BYTES {
        let acquiring = memory.acquire(&shared.memory, frame.len());
        timeout_at(deadline, acquiring).await.map_err(|_| io::ErrorKind::TimedOut)??;
    }
    for step in frame.chunks(STEP_BYTES) {
        let mut rest = step;
        while !rest.is_empty() {
            match memory.run_with_timeout(&shared.memory, deadline, writer.write(rest)).await? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                written => rest = &rest[written..],
            }
        }
    }
    Ok(())
}

/// Number of requests in flight on a connection, and the time of the last activity.
struct Activity(Mutex<(usize, Instant)>);

impl Default for Activity {
    fn default() -> Self {
        Self(Mutex::new((0, Instant::now())))
    }
}

impl Activity {
    /// Records that a request was read.
    fn start_request(&self) {
        let mut state = self.0.lock();
        *state = (state.0 + 1, Instant::now());
    }

    /// Records that a response was written.
    fn finish_request(&self) {
        let mut state = self.0.lock();
        *state = (state.0.saturating_sub(1), Instant::now());
    }

    /// Resolves after `timeout` without activity and without a request in flight.
    async fn wait_until_idle(&self, timeout: Duration) {
        loop {
            let (in_flight, last) = *self.0.lock();
            if in_flight == 0 && last.elapsed() >= timeout {
                return;
            }
            let last = if in_flight > 0 { Instant::now() } else { last };
            tokio::time::sleep_until(last + timeout).await;
        }
    }
}
