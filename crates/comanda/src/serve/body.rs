//! A response body with a guard that is dropped with the body: once it is sent or aborted.
//!
//! `MapFrame` of `http-body-util` would do, but does not pass on the size of the body, and
//! responses would lose their `Content-Length`.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};

/// A value that lives as long as a body.
pub(super) trait BodyGuard: Send + Unpin + 'static {
    /// Called for each frame with its number of bytes.
    fn count_bytes(&mut self, _bytes: usize) {}
}

/// Gives a body its guard.
pub(super) fn guard_body(body: Body, guard: impl BodyGuard) -> Body {
    Body::new(GuardedBody { body, guard })
}

struct GuardedBody<G> {
    body: Body,
    guard: G,
}

impl<G: BodyGuard> HttpBody for GuardedBody<G> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &frame {
            self.guard.count_bytes(frame.data_ref().map_or(0, Bytes::len));
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
