//! Reads length-prefixed requests, and refuses sizes before it takes memory for them.
//!
//! Memory is taken as bytes arrive, not for what a length says.

use std::io;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::Instant;

use super::Shared;
use crate::api::{Frame, versions};
use crate::memory::{Memory, SMALL_BYTES};

/// Speed below which a large request is too slow as a whole.
const SLOWEST_BYTES_PER_S: usize = 256 << 10;
/// Memory taken at once; more only as bytes arrive.
const STEP_BYTES: usize = 256 << 10;
/// Largest request that carries no records.
const MAX_CONTROL_BYTES: usize = 4 << 20;
/// Key, version and correlation id: what every request begins with.
const START_BYTES: usize = 8;

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
    let mut memory = Memory::default();
    let deadline = Instant::now() + shared.broker.config.stalled_request + at_least_speed(size);
    while body.len() < size {
        let step = (size - body.len()).min(STEP_BYTES);
        if body.len() + step > SMALL_BYTES {
            memory.grow(&shared.memory, step).await?;
        }
        body.reserve(step);
        let upto = body.len() + step;
        while body.len() < upto {
            let mut rest = (&mut *stream).take((upto - body.len()) as u64);
            if memory.in_time(&shared.memory, deadline, rest.read_buf(&mut body)).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
    let memory = Some(memory);
    Ok(Some(Frame { key, version, correlation_id, body: body.freeze(), memory }))
}

/// Time that so many bytes may take at the least speed.
pub(super) fn at_least_speed(bytes: usize) -> Duration {
    Duration::from_secs((bytes / SLOWEST_BYTES_PER_S) as u64)
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
