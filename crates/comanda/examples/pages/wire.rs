//! HTTP/1.1 by hand: as little as a client can cost on the machine that is measured.

use std::{
    io,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// The start of an answer, and what it took.
pub(crate) struct Answer {
    /// From the request to the first byte.
    pub(crate) first_byte: Duration,
    /// Head and body.
    pub(crate) bytes: Vec<u8>,
}

/// Opens a connection and asks for `path`.
pub(crate) async fn ask(host: &str, path: &str, headers: &str) -> io::Result<TcpStream> {
    let mut connection = TcpStream::connect(host).await?;
    connection.set_nodelay(true)?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
    connection.write_all(request.as_bytes()).await?;
    Ok(connection)
}

/// Asks for a page as a browser does, and reads it to its end.
pub(crate) async fn get(host: &str, path: &str, headers: &str) -> io::Result<Answer> {
    let start = Instant::now();
    let headers = format!("Accept-Encoding: gzip\r\nConnection: close\r\n{headers}");
    let mut connection = ask(host, path, &headers).await?;
    let mut bytes = vec![0; 1];
    connection.read_exact(&mut bytes).await?;
    let first_byte = start.elapsed();
    connection.read_to_end(&mut bytes).await?;
    Ok(Answer { first_byte, bytes })
}

impl Answer {
    /// The code in the first line.
    pub(crate) fn status(&self) -> &str {
        std::str::from_utf8(self.bytes.get(9..12).unwrap_or_default()).unwrap_or_default()
    }

    /// How long the body is, as it travelled.
    pub(crate) fn body_len(&self) -> usize {
        let head = self.bytes.windows(4).position(|four| four == b"\r\n\r\n");
        head.map_or(0, |at| self.bytes.len() - at - 4)
    }
}
