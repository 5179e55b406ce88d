//! How long clients are waited for.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::{Body, Bytes};
use futures::{StreamExt, stream};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep, timeout_at},
};

use super::places::ConnectionSlot;

/// The times that clients have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// For the head of the first request.
    pub(crate) first: Duration,
    /// For the head of a request, counted from the end of the one before it: a byte now and then
    /// holds no connection for ever. Longer than proxies keep idle connections, so that none is
    /// closed under a request that is just being sent.
    pub(crate) head: Duration,
    /// For the whole body of a request.
    pub(crate) body: Duration,
    /// To take something of an answer. Streams of events write every ten seconds, so they meet it
    /// too, once their peer takes nothing any more.
    pub(crate) taking: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(30),
            head: Duration::from_secs(150),
            body: Duration::from_secs(30),
            taking: Duration::from_secs(30),
        }
    }
}

/// True once a body was too late.
pub(super) type Late = Arc<AtomicBool>;

/// A body that has until `deadline` to arrive; after that it is an error, and marked as late. While
/// it is on its way, the connection waits for its client.
pub(super) fn in_time(
    body: Body,
    deadline: Instant,
    place: Arc<ConnectionSlot>,
    late: Late,
) -> Body {
    let chunks = Some(body.into_data_stream());
    Body::from_stream(stream::unfold(chunks, move |chunks| {
        let (place, late) = (place.clone(), late.clone());
        async move {
            let mut chunks = chunks?;
            match timeout_at(deadline, chunks.next()).await {
                Ok(Some(Ok(chunk))) => Some((Ok(chunk), Some(chunks))),
                Ok(Some(Err(error))) => Some((Err(io::Error::other(error)), None)),
                Ok(None) => {
                    place.is_answered();
                    None
                }
                Err(_) => {
                    late.store(true, Ordering::Relaxed);
                    let error = io::Error::new(io::ErrorKind::TimedOut, "the body came too late");
                    Some((Err::<Bytes, _>(error), None))
                }
            }
        }
    }))
}

/// A connection that is given up when its peer takes nothing for too long.
#[derive(Debug)]
pub(super) struct Patient<S> {
    stream: S,
    patience: Duration,
    gives_up: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    pub(super) fn new(stream: S, patience: Duration) -> Self {
        Self { stream, patience, gives_up: None }
    }

    /// What came of writing: what is pending for too long has failed.
    fn within<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.gives_up = None;
            return written;
        }
        let gives_up = self.gives_up.get_or_insert_with(|| Box::pin(sleep(self.patience)));
        ready!(gives_up.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the answer is not taken")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.within(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.within(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.within(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
