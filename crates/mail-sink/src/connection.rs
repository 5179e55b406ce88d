//! One connection: bytes in, bytes out, in time.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::mail::Received;
use crate::smtp::{Data, Envelope, Flaw, Limits, Next, Progress, Refusals, Reply, Session};
use crate::store::Writer;

/// The longest command line. The standard asks for 512 and more for long addresses.
const COMMAND_BYTES: usize = 2_048;
const READ_BYTES: usize = 16 * 1024;

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) writer: Writer,
    pub(crate) limits: Limits,
    pub(crate) refusals: Option<Arc<Refusals>>,
    pub(crate) idle: Duration,
    pub(crate) mail_time: Duration,
    pub(crate) now_unix_ms: fn() -> i64,
}

/// One connection.
pub(crate) struct Connection {
    stream: TcpStream,
    shared: Arc<Shared>,
    input: Vec<u8>,
    output: Vec<u8>,
}

/// Why a conversation ends early.
enum End {
    /// The client is gone, or the connection is broken.
    Gone,
    /// There is a last word to say.
    Say(Reply),
}

impl From<io::Error> for End {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, shared: Arc<Shared>) -> Self {
        // Replies are small and must not wait for an acknowledgement.
        let _ = stream.set_nodelay(true);
        Self { stream, shared, input: Vec::new(), output: Vec::new() }
    }

    /// Talks until either side has had enough.
    pub(crate) async fn run(mut self, stop: &CancellationToken) {
        if let Err(End::Say(reply)) = self.talk(stop).await {
            self.last_word(&reply).await;
        }
    }

    /// Says something and closes, if the client still listens.
    pub(crate) async fn last_word(&mut self, reply: &Reply) {
        reply.write(&mut self.output);
        let _ = self.flush().await;
        let _ = timeout(Duration::from_secs(1), self.stream.shutdown()).await;
    }

    async fn talk(&mut self, stop: &CancellationToken) -> Result<(), End> {
        let mut session = Session::new(self.shared.limits, self.shared.refusals.clone());
        Reply::READY.write(&mut self.output);
        loop {
            // A stop comes between lines only: what was received whole is still kept.
            let line = stop.run_until_cancelled(self.line()).await;
            let (reply, next) = match line.unwrap_or(Err(End::Say(Reply::STOPPING)))? {
                Some(end) => {
                    let answer = session.line(&self.input[..end]);
                    self.input.drain(..end + 2);
                    answer
                }
                None => session.long_line(),
            };
            match next {
                Next::Close => return Err(End::Say(reply)),
                Next::Command => reply.write(&mut self.output),
                Next::Data(envelope) => {
                    reply.write(&mut self.output);
                    let reply = self.mail(envelope, stop).await?;
                    reply.write(&mut self.output);
                }
            }
        }
    }

    /// Where the next line ends in the input; nothing for one too long, which is dropped.
    async fn line(&mut self) -> Result<Option<usize>, End> {
        let deadline = Instant::now() + self.shared.idle;
        let (mut scanned, mut too_long) = (0, false);
        loop {
            let from = scanned.min(self.input.len());
            let found = self.input[from..].windows(2).position(|pair| pair == b"\r\n");
            match found.map(|place| from + place) {
                Some(end) if too_long || end > COMMAND_BYTES => {
                    self.input.drain(..end + 2);
                    return Ok(None);
                }
                Some(end) => return Ok(Some(end)),
                None => {}
            }
            // The last byte may be the CR of an end yet to come.
            scanned = self.input.len().saturating_sub(1);
            if scanned > COMMAND_BYTES {
                self.input.drain(..scanned);
                (scanned, too_long) = (0, true);
            }
            self.more(deadline).await?;
        }
    }

    /// Receives a mail and keeps it.
    async fn mail(&mut self, envelope: Envelope, stop: &CancellationToken) -> Result<Reply, End> {
        let mut data = Data::new(self.shared.limits.max_message_bytes);
        let last = Instant::now() + self.shared.mail_time;
        loop {
            match data.push(&self.input) {
                Progress::Ended { used_bytes } => {
                    self.input.drain(..used_bytes);
                    break;
                }
                Progress::Hopeless => return Err(End::Say(Reply::TOO_LARGE)),
                Progress::More => self.input.clear(),
            }
            let deadline = last.min(Instant::now() + self.shared.idle);
            let more = stop.run_until_cancelled(self.more(deadline)).await;
            more.unwrap_or(Err(End::Say(Reply::STOPPING)))?;
        }
        let Envelope { from, to } = envelope;
        let raw = match data.finish() {
            Ok(raw) => raw,
            Err(Flaw::TooLarge) => return Ok(Reply::TOO_LARGE),
            Err(Flaw::LineTooLong) => return Ok(Reply::LINE_TOO_LONG),
        };
        let at_unix_ms = (self.shared.now_unix_ms)();
        let kept = self.shared.writer.keep(&Received { at_unix_ms, from, to, raw }).await;
        Ok(kept.map_or(Reply::NOT_KEPT, Reply::kept))
    }

    /// Waits for more input. Replies go out only now, so that a pipelined group of commands
    /// is answered at once.
    async fn more(&mut self, deadline: Instant) -> Result<(), End> {
        self.flush().await?;
        self.input.reserve(READ_BYTES);
        match timeout_at(deadline, self.stream.read_buf(&mut self.input)).await {
            Ok(Ok(0)) => Err(End::Gone),
            Ok(read) => read.map(|_| ()).map_err(End::from),
            Err(_) => Err(End::Say(Reply::TIMEOUT)),
        }
    }

    async fn flush(&mut self) -> io::Result<()> {
        if self.output.is_empty() {
            return Ok(());
        }
        // A client that does not read its replies is as gone as one that does not write.
        timeout(self.shared.idle, self.stream.write_all(&self.output)).await??;
        self.output.clear();
        Ok(())
    }
}
