//! A client for raw frames, to send requests that no real client sends.

use std::net::SocketAddr;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::{
    messages::{ApiKey, RequestHeader, ResponseHeader},
    protocol::{Decodable, Encodable, HeaderVersion, Request},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub struct Wire(pub TcpStream);

impl Wire {
    pub async fn connect(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.unwrap())
    }

    pub async fn send<R: Request>(&mut self, request: &R, version: i16) {
        self.0.write_all(&frame(request, version)).await.unwrap();
    }

    /// The next response frame, or `None` once the connection is closed.
    pub async fn frame(&mut self) -> Option<Bytes> {
        let length = self.0.read_u32().await.ok()?;
        let mut body = vec![0; length as usize];
        self.0.read_exact(&mut body).await.ok()?;
        Some(body.into())
    }

    pub async fn receive<R: Request>(&mut self, version: i16) -> R::Response {
        let mut body = self.frame().await.expect("the connection is closed");
        ResponseHeader::decode(&mut body, R::Response::header_version(version)).unwrap();
        let response = R::Response::decode(&mut body, version).unwrap();
        assert!(!body.has_remaining(), "bytes left after the response");
        response
    }

    pub async fn request<R: Request>(&mut self, request: &R, version: i16) -> R::Response {
        crate::support::in_time("ask", async {
            self.send(request, version).await;
            self.receive::<R>(version).await
        })
        .await
    }
}

pub fn frame<R: Request>(request: &R, version: i16) -> BytesMut {
    let key = ApiKey::try_from(R::KEY).unwrap();
    let header = RequestHeader::default()
        .with_request_api_key(R::KEY)
        .with_request_api_version(version)
        .with_correlation_id(7)
        .with_client_id(Some("wire".into()));
    let mut frame = BytesMut::new();
    frame.put_u32(0);
    header.encode(&mut frame, key.request_header_version(version)).unwrap();
    request.encode(&mut frame, version).unwrap();
    let length = u32::try_from(frame.len() - 4).unwrap();
    frame[..4].copy_from_slice(&length.to_be_bytes());
    frame
}

/// A batch of `count` empty records by an idempotent producer.
pub fn batch(count: i32, producer: (i64, i16, i32)) -> Bytes {
    BatchBuilder { producer, ..BatchBuilder::new(count) }.build()
}

/// Builds a batch, of which a test can change every field.
#[derive(Debug, Clone)]
pub struct BatchBuilder {
    pub base_offset: i64,
    pub attributes: i16,
    pub last_offset_delta: i32,
    pub base_timestamp_ms: i64,
    pub max_timestamp_ms: i64,
    pub producer: (i64, i16, i32),
    pub count: i32,
    pub records: Vec<u8>,
}

impl BatchBuilder {
    /// `count` empty records, five seconds after the Unix epoch.
    pub fn new(count: i32) -> Self {
        let records = (0..count).flat_map(|n| record(n, None, None)).collect();
        Self {
            base_offset: 0,
            attributes: 0,
            last_offset_delta: count - 1,
            base_timestamp_ms: 5_000,
            max_timestamp_ms: 5_000,
            producer: (-1, -1, -1),
            count,
            records,
        }
    }

    /// The encoded batch, with a valid checksum.
    pub fn build(&self) -> Bytes {
        let mut tail = BytesMut::new();
        tail.put_i16(self.attributes);
        tail.put_i32(self.last_offset_delta);
        tail.put_i64(self.base_timestamp_ms);
        tail.put_i64(self.max_timestamp_ms);
        tail.put_i64(self.producer.0);
        tail.put_i16(self.producer.1);
        tail.put_i32(self.producer.2);
        tail.put_i32(self.count);
        tail.put_slice(&self.records);
        let mut batch = BytesMut::new();
        batch.put_i64(self.base_offset);
        batch.put_i32(i32::try_from(tail.len() + 9).unwrap());
        batch.put_i32(-1);
        batch.put_i8(2);
        batch.put_u32(crc32c::crc32c(&tail));
        batch.put_slice(&tail);
        batch.freeze()
    }
}

/// A record with this offset delta; keys and values must be short.
pub fn record(delta: i32, key: Option<&[u8]>, value: Option<&[u8]>) -> Vec<u8> {
    let twice = |n: usize| u8::try_from(n * 2).unwrap();
    let mut body = vec![0, 0, twice(usize::try_from(delta).unwrap())];
    for part in [key, value] {
        body.push(part.map_or(1, |part| twice(part.len())));
        body.extend_from_slice(part.unwrap_or_default());
    }
    body.push(0);
    [vec![twice(body.len())], body].concat()
}
