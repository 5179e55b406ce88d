//! A client that speaks raw frames, to say what no real client would.

use std::net::SocketAddr;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, Request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

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

    pub async fn ask<R: Request>(&mut self, request: &R, version: i16) -> R::Response {
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
    let mut body = BytesMut::new();
    for n in 0..count {
        // attributes, timestamp, offset, null key, null value, no headers
        let record = [0, 0, u8::try_from(n * 2).unwrap(), 1, 1, 0];
        body.put_u8(12);
        body.put_slice(&record);
    }
    let mut tail = BytesMut::new();
    tail.put_i16(0);
    tail.put_i32(count - 1);
    tail.put_i64(5_000);
    tail.put_i64(5_000);
    tail.put_i64(producer.0);
    tail.put_i16(producer.1);
    tail.put_i32(producer.2);
    tail.put_i32(count);
    tail.put_slice(&body);
    let mut batch = BytesMut::new();
    batch.put_i64(0);
    batch.put_i32(i32::try_from(tail.len() + 9).unwrap());
    batch.put_i32(-1);
    batch.put_i8(2);
    batch.put_u32(crc32c::crc32c(&tail));
    batch.put_slice(&tail);
    batch.freeze()
}
