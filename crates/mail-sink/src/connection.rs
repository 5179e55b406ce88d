//! One connection: I/O with timeouts.

use std::{io, sync::Arc, time::Duration};

use bytes::BytesMut;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::{
    mail::ReceivedMail,
    smtp::{
        DataReceiver, Envelope, Limits, NextInput, Progress, Refusals, RejectedMail, Reply, Session,
    },
    store::Writer,
};

/// Maximum length of a command line. RFC 5321 requires 512, extensions more.
const MAX_COMMAND_BYTES: usize = 2_048;
const READ_BYTES: usize = 16 * 1024;

/// State shared by all connections.
#[derive(Debug)]
pub(crate) struct ServerState {
    pub(crate) writer: Writer,
    pub(crate) limits: Limits,
    pub(crate) refusals: Option<Arc<Refusals>>,
    pub(crate) idle_timeout: Duration,
    pub(crate) mail_timeout: Duration,
    pub(crate) now_unix_ms: fn() -> i64,
}

/// One connection.
pub(crate) struct Connection {
    stream: TcpStream,
    shared: Arc<ServerState>,
    input: Vec<u8>,
    /// Replies to send. What is sent is removed at once: a stop may end a flush midway.
    output: BytesMut,
}

/// Why a session ends.
enum SessionEnd {
    /// The client has disconnected, or the connection has failed.
    Disconnected,
    /// The server closes the connection with this reply.
    Close(Reply),
}

impl From<io::Error> for SessionEnd {
    fn from(_: io::Error) -> Self {
        Self::Disconnected
    }
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, shared: Arc<ServerState>) -> Self {
        // Without Nagle's delay for small replies.
        let _ = stream.set_nodelay(true);
        Self { stream, shared, input: Vec::new(), output: BytesMut::new() }
    }

    /// Serves the connection until either side closes it.
    pub(crate) async fn run(mut self, stop: &CancellationToken) {
        if let Err(SessionEnd::Close(reply)) = self.run_session(stop).await {
            self.close_with(&reply).await;
        }
    }

    /// Sends a last reply and closes the connection.
    pub(crate) async fn close_with(&mut self, reply: &Reply) {
        reply.write(&mut self.output);
        let _ = self.flush().await;
        let _ = timeout(Duration::from_secs(1), self.stream.shutdown()).await;
    }

    async fn run_session(&mut self, stop: &CancellationToken) -> Result<(), SessionEnd> {
        let mut session = Session::new(self.shared.limits, self.shared.refusals.clone());
        Reply::READY.write(&mut self.output);
        loop {
            // A stop takes effect between lines, so that a completely received mail is stored.
            let line = stop.run_until_cancelled(self.read_line()).await;
            let (reply, next) = match line.unwrap_or(Err(SessionEnd::Close(Reply::STOPPING)))? {
                Some(end) => {
                    let handled = session.handle_line(&self.input[..end]);
                    self.input.drain(..end + 2);
                    handled
                }
                None => session.refuse_long_line(),
            };
            match next {
                NextInput::Close => return Err(SessionEnd::Close(reply)),
                NextInput::Command => reply.write(&mut self.output),
                NextInput::Data(envelope) => {
                    reply.write(&mut self.output);
                    let reply = self.receive_mail(envelope, stop).await?;
                    reply.write(&mut self.output);
                }
            }
        }
    }

    /// Reads a line; returns its end in the input, or `None` if it was too long and discarded.
    async fn read_line(&mut self) -> Result<Option<usize>, SessionEnd> {
        let deadline = Instant::now() + self.shared.idle_timeout;
        let (mut scanned, mut is_too_long) = (0, false);
        loop {
            let from = scanned.min(self.input.len());
            let found = self.input[from..].windows(2).position(|pair| pair == b"\r\n");
            match found.map(|position| from + position) {
                Some(end) if is_too_long || end > MAX_COMMAND_BYTES => {
                    self.input.drain(..end + 2);
                    return Ok(None);
                }
                Some(end) => return Ok(Some(end)),
                None => {}
            }
            // The last byte may be the CR of an incomplete line end.
            scanned = self.input.len().saturating_sub(1);
            if scanned > MAX_COMMAND_BYTES {
                self.input.drain(..scanned);
                (scanned, is_too_long) = (0, true);
            }
            self.read_more(deadline).await?;
        }
    }

    /// Receives and stores a mail.
    async fn receive_mail(
        &mut self,
        envelope: Envelope,
        stop: &CancellationToken,
    ) -> Result<Reply, SessionEnd> {
        let mut data = DataReceiver::new(self.shared.limits.max_message_bytes);
        let mail_deadline = Instant::now() + self.shared.mail_timeout;
        loop {
            match data.push(&self.input) {
                Progress::Complete { used_bytes } => {
                    self.input.drain(..used_bytes);
                    break;
                }
                Progress::FarTooLarge => return Err(SessionEnd::Close(Reply::TOO_LARGE)),
                Progress::Incomplete => self.input.clear(),
            }
            let deadline = mail_deadline.min(Instant::now() + self.shared.idle_timeout);
            let more = stop.run_until_cancelled(self.read_more(deadline)).await;
            more.unwrap_or(Err(SessionEnd::Close(Reply::STOPPING)))?;
        }
        let Envelope { from, to } = envelope;
        let raw = match data.finish() {
            Ok(raw) => raw,
            Err(RejectedMail::TooLarge) => return Ok(Reply::TOO_LARGE),
            Err(RejectedMail::LineTooLong) => return Ok(Reply::LINE_TOO_LONG),
        };
        let at_unix_ms = (self.shared.now_unix_ms)();
        let stored = self.shared.writer.store(&ReceivedMail { at_unix_ms, from, to, raw }).await;
        Ok(stored.map_or(Reply::NOT_STORED, Reply::stored))
    }

    /// Sends pending replies, then waits for more input. Pipelined commands are answered together.
    async fn read_more(&mut self, deadline: Instant) -> Result<(), SessionEnd> {
        self.flush().await?;
        self.input.reserve(READ_BYTES);
        match timeout_at(deadline, self.stream.read_buf(&mut self.input)).await {
            Ok(Ok(0)) => Err(SessionEnd::Disconnected),
            Ok(read) => read.map(|_| ()).map_err(SessionEnd::from),
            Err(_) => Err(SessionEnd::Close(Reply::TIMEOUT)),
        }
    }

    async fn flush(&mut self) -> io::Result<()> {
        // A client that does not read its replies times out too.
        timeout(self.shared.idle_timeout, self.stream.write_all_buf(&mut self.output)).await?
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use parking_lot::Mutex;
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;
    use crate::{config::Config, store};

    /// More lines than the buffers of two sockets take: 35 MB.
    const LINES: usize = 3_000_000;

    fn shared(config: &Config) -> Arc<ServerState> {
        let opened = store::open(&config.data, 1).unwrap();
        let index = Arc::new(Mutex::new(opened.index));
        Arc::new(ServerState {
            writer: Writer::start(Arc::new(opened.file), opened.end_bytes, index).unwrap(),
            limits: Limits { max_message_bytes: 1, max_recipients: 1 },
            refusals: None,
            idle_timeout: config.idle_timeout,
            mail_timeout: config.mail_timeout,
            now_unix_ms: config.now_unix_ms,
        })
    }

    #[tokio::test]
    async fn a_stop_within_a_write_repeats_no_byte() {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        let mut client = socket.connect(address).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let config = Config::new(address, folder.path());
        let mut connection = Connection::new(stream, shared(&config));
        let mut expected = String::new();
        (0..LINES).for_each(|n| writeln!(expected, "250 {n}\r").unwrap());
        connection.output.extend_from_slice(expected.as_bytes());
        let stop = CancellationToken::new();
        let run = tokio::spawn({
            let stop = stop.clone();
            async move { connection.run(&stop).await }
        });
        // With its first byte, the server is within the write.
        let mut received = vec![client.read_u8().await.unwrap()];
        stop.cancel();
        client.read_to_end(&mut received).await.unwrap();
        run.await.unwrap();
        expected.push_str("220 mail-sink ESMTP ready\r\n421 4.3.2 Shutting down\r\n");
        assert!(received == expected.as_bytes(), "{} of {}", received.len(), expected.len());
    }
}
