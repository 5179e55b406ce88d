//! Timeouts for clients.

use std::{
    io,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::{Body, Bytes};
use futures::{StreamExt, stream};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep, timeout_at},
};
use web::Problem;

use super::slots::ConnectionSlot;

/// Timeouts for clients.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    /// Timeout for the head of the first request.
    pub(crate) first: Duration,
    /// Timeout for the head of a request since the end of the previous one, so that single bytes do
    /// not hold a connection. Longer than proxies keep idle connections, so that none is closed
    /// while a proxy sends a request.
    pub(crate) head: Duration,
    /// Timeout for the whole body of a request.
    pub(crate) body: Duration,
    /// Timeout for the client to read some bytes of a response. It also ends event streams whose
    /// peer has gone, since they write every ten seconds.
    pub(crate) read: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(30),
            head: Duration::from_secs(150),
            body: Duration::from_secs(30),
            read: Duration::from_secs(30),
        }
    }
}

/// Why a request is refused that has not arrived as a whole, once that is known.
pub(super) type Refusal = Arc<OnceLock<Problem>>;

/// Marks the connection of a whole request as busy. False if it has lost its slot: it is closed at
/// once, and with it a handler that reads, and any response. The request is then refused.
pub(super) fn begin_request(slot: &ConnectionSlot, refusal: &Refusal) -> bool {
    let is_busy = slot.mark_busy();
    if !is_busy {
        let detail = "There are too many connections. Send the request again.";
        refusal.get_or_init(|| Problem::unavailable(detail));
    }
    is_busy
}

/// A body that fails and sets `refusal` if it is incomplete at `deadline`, or if the connection has
/// lost its slot. Until it is complete, the connection counts as waiting for its client.
pub(super) fn with_deadline(
    body: Body,
    deadline: Instant,
    slot: Arc<ConnectionSlot>,
    refusal: Refusal,
) -> Body {
    let chunks = Some(body.into_data_stream());
    Body::from_stream(stream::unfold(chunks, move |chunks| {
        let (slot, refusal) = (slot.clone(), refusal.clone());
        async move {
            let mut chunks = chunks?;
            match timeout_at(deadline, chunks.next()).await {
                Ok(Some(Ok(chunk))) => Some((Ok(chunk), Some(chunks))),
                Ok(Some(Err(error))) => Some((Err(io::Error::other(error)), None)),
                Ok(None) if begin_request(&slot, &refusal) => None,
                Ok(None) => Some((Err(io::Error::other("the connection is closed")), None)),
                Err(_) => {
                    refusal.get_or_init(Problem::late);
                    let error = io::Error::new(io::ErrorKind::TimedOut, "the body came too late");
                    Some((Err::<Bytes, _>(error), None))
                }
            }
        }
    }))
}

/// A connection whose writes fail if its peer reads nothing for too long.
#[derive(Debug)]
pub(super) struct WriteTimeout<S> {
    stream: S,
    timeout: Duration,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<S> WriteTimeout<S> {
    pub(super) fn new(stream: S, timeout: Duration) -> Self {
        Self { stream, timeout, deadline: None }
    }

    /// The result of a write, which fails once it is pending for too long.
    fn check_deadline<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.deadline = None;
            return written;
        }
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep(self.timeout)));
        ready!(deadline.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the response is not read")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WriteTimeout<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WriteTimeout<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.check_deadline(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.check_deadline(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.check_deadline(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
