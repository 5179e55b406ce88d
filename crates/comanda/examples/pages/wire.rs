//! A minimal HTTP/1.1 client, which takes little CPU time from the measured machine.

use std::{
    io,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A response with its time to the first byte.
pub(crate) struct Response {
    /// Time from the request to the first byte.
    pub(crate) first_byte: Duration,
    /// Head and body.
    pub(crate) bytes: Vec<u8>,
}

/// Opens a connection and sends a GET for `path`.
pub(crate) async fn send_get(host: &str, path: &str, headers: &str) -> io::Result<TcpStream> {
    let mut connection = TcpStream::connect(host).await?;
    connection.set_nodelay(true)?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
    connection.write_all(request.as_bytes()).await?;
    Ok(connection)
}

/// Gets a page with compression, as browsers do.
pub(crate) async fn get(host: &str, path: &str, headers: &str) -> io::Result<Response> {
    let start = Instant::now();
    let headers = format!("Accept-Encoding: gzip\r\nConnection: close\r\n{headers}");
    let mut connection = send_get(host, path, &headers).await?;
    let mut bytes = vec![0; 1];
    connection.read_exact(&mut bytes).await?;
    let first_byte = start.elapsed();
    connection.read_to_end(&mut bytes).await?;
    Ok(Response { first_byte, bytes })
}

impl Response {
    /// The status code.
    pub(crate) fn status(&self) -> &str {
        std::str::from_utf8(self.bytes.get(9..12).unwrap_or_default()).unwrap_or_default()
    }

    /// Length of the body over the wire, in bytes.
    pub(crate) fn body_len(&self) -> usize {
        let head = self.bytes.windows(4).position(|four| four == b"\r\n\r\n");
        head.map_or(0, |at| self.bytes.len() - at - 4)
    }
}
