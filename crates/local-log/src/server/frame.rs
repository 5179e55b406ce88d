//! Reads length-prefixed requests, and refuses sizes before it takes memory for them.

use std::io;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::OwnedSemaphorePermit;

use super::Shared;
use crate::api::versions;

/// Unit in which memory is counted.
pub(crate) const MEMORY_UNIT_BYTES: usize = 1 << 10;
/// Requests up to this size are not counted: every connection may have a few.
const SMALL_BYTES: usize = 64 << 10;
/// Memory taken at once; more only as bytes arrive.
const STEP_BYTES: usize = 256 << 10;
/// Largest request that carries no records.
const MAX_CONTROL_BYTES: usize = 4 << 20;
/// Key, version and correlation id: what every request begins with.
const START_BYTES: usize = 8;

/// A whole request.
pub(crate) struct Frame {
    /// Which request it is.
    pub(crate) key: i16,
    /// In which version.
    pub(crate) version: i16,
    /// Number that the response repeats.
    pub(crate) correlation_id: i32,
    /// The request, from its key on.
    pub(crate) body: Bytes,
    /// Memory it takes, given back when dropped.
    pub(crate) memory: Option<OwnedSemaphorePermit>,
}

/// Reads the next request; `None` at the end of the connection.
pub(crate) async fn read(
    stream: &mut (impl AsyncRead + Unpin),
    shared: &Shared,
) -> io::Result<Option<Frame>> {
    let mut length = [0; 4];
    if stream.read(&mut length[..1]).await? == 0 {
        return Ok(None);
    }
    in_time(shared, stream.read_exact(&mut length[1..])).await?;
    let size = usize::try_from(i32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if size < START_BYTES || size > shared.broker.config.max_request_bytes {
        return Err(refused(format!("a request of {size} bytes is not allowed")));
    }
    let mut body = BytesMut::with_capacity(size.min(STEP_BYTES));
    body.resize(START_BYTES, 0);
    in_time(shared, stream.read_exact(&mut body)).await?;
    let mut start = &body[..];
    let (key, version, correlation_id) = (start.get_i16(), start.get_i16(), start.get_i32());
    if size > MAX_CONTROL_BYTES && !versions::carries_records(key) {
        return Err(refused(format!("a request {key} of {size} bytes is not allowed")));
    }
    let memory = reserve(shared, size).await?;
    while body.len() < size {
        body.reserve((size - body.len()).min(STEP_BYTES));
        let mut rest = (&mut *stream).take((size - body.len()) as u64);
        if in_time(shared, rest.read_buf(&mut body)).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(Some(Frame { key, version, correlation_id, body: body.freeze(), memory }))
}

/// Waits for memory for a large request or response; small ones need not wait.
pub(crate) async fn reserve(
    shared: &Shared,
    bytes: usize,
) -> io::Result<Option<OwnedSemaphorePermit>> {
    if bytes <= SMALL_BYTES {
        return Ok(None);
    }
    let all = shared.broker.config.max_in_flight_bytes / MEMORY_UNIT_BYTES;
    let units = u32::try_from((bytes / MEMORY_UNIT_BYTES).min(all)).unwrap_or(u32::MAX);
    let permit = shared.memory.clone().acquire_many_owned(units).await;
    permit.map(Some).map_err(io::Error::other)
}

async fn in_time<T>(
    shared: &Shared,
    reading: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    let limit = shared.broker.config.stalled_request;
    tokio::time::timeout(limit, reading).await.map_err(|_| io::ErrorKind::TimedOut)?
}

fn refused(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}
