//! Reads length-prefixed requests; too large ones are refused before memory is allocated.
//!
//! Memory is allocated as bytes arrive, never by the length alone.

use std::{io, time::Duration};

use bytes::{Buf, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    time::Instant,
};

use super::ServerState;
use crate::{
    api::{Frame, versions},
    memory::{MemoryLease, SMALL_BYTES},
};

/// Minimum transfer rate of large requests and responses.
const MIN_BYTES_PER_S: usize = 256 << 10;
/// Bytes allocated at a time.
const STEP_BYTES: usize = 256 << 10;
/// Maximum size of a request that carries no records.
const MAX_CONTROL_BYTES: usize = 4 << 20;
/// Size of API key, version and correlation id, at the start of every request.
const START_BYTES: usize = 8;

/// Reads the next request; `None` at the end of the connection.
pub(crate) async fn read(
    stream: &mut (impl AsyncRead + Unpin),
    shared: &ServerState,
) -> io::Result<Option<Frame>> {
    let mut length = [0; 4];
    if stream.read(&mut length[..1]).await? == 0 {
        return Ok(None);
    }
    run_with_timeout(shared, stream.read_exact(&mut length[1..])).await?;
    let size = usize::try_from(i32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if size < START_BYTES || size > shared.broker.config.max_request_bytes {
        return Err(invalid_data(format!("a request of {size} bytes is not allowed")));
    }
    let mut body = BytesMut::with_capacity(size.min(STEP_BYTES));
    body.resize(START_BYTES, 0);
    run_with_timeout(shared, stream.read_exact(&mut body)).await?;
    let mut start = &body[..];
    let (key, version, correlation_id) = (start.get_i16(), start.get_i16(), start.get_i32());
    if size > MAX_CONTROL_BYTES && !versions::carries_records(key) {
        let reason = format!("a request with key {key} and {size} bytes is not allowed");
        return Err(invalid_data(reason));
    }
    let mut memory = MemoryLease::default();
    let stall_timeout = shared.broker.config.request_stall_timeout;
    let deadline = Instant::now() + stall_timeout + transfer_time(size);
    while body.len() < size {
        let step = (size - body.len()).min(STEP_BYTES);
        if body.len() + step > SMALL_BYTES {
            memory.acquire(&shared.memory, step).await?;
        }
        body.reserve(step);
        let upto = body.len() + step;
        while body.len() < upto {
            let mut rest = (&mut *stream).take((upto - body.len()) as u64);
            let reading = rest.read_buf(&mut body);
            if memory.run_with_timeout(&shared.memory, deadline, reading).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
    let memory = Some(memory);
    Ok(Some(Frame { key, version, correlation_id, body: body.freeze(), memory }))
}

/// Longest time a transfer may take, at [`MIN_BYTES_PER_S`].
pub(super) fn transfer_time(bytes: usize) -> Duration {
    Duration::from_secs((bytes / MIN_BYTES_PER_S) as u64)
}

async fn run_with_timeout<T>(
    shared: &ServerState,
    reading: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    let limit = shared.broker.config.request_stall_timeout;
    tokio::time::timeout(limit, reading).await.map_err(|_| io::ErrorKind::TimedOut)?
}

fn invalid_data(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}
