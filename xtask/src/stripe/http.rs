//! Plain HTTP to servers on this machine, and those servers.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use anyhow::{Context, Result};
use serde_json::Value;

/// Timeout for a response.
const TIMEOUT: Duration = Duration::from_mins(1);

/// A server that prints its address; killed when dropped.
pub(super) struct Server {
    child: Child,
    address: String,
}

/// A response.
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl Server {
    /// Host and port.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Starts it, and waits for the line with `mark`; what follows up to a space or `;` is the
    /// address.
    pub(super) fn start(command: &mut Command, mark: &str) -> Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().context("cannot start it")?;
        let output = child.stdout.take().context("it says nothing")?;
        let mut server = Self { child, address: String::new() };
        let mut output = BufReader::new(output);
        let mut line = String::new();
        while output.read_line(&mut line)? > 0 {
            if let Some((_, rest)) = line.trim_end().split_once(mark) {
                let end = rest.find([' ', ';']).unwrap_or(rest.len());
                rest[..end].clone_into(&mut server.address);
                // Its further output must be read, since a closed pipe would end it.
                thread::spawn(move || io::copy(&mut output, &mut io::sink()));
                return Ok(server);
            }
            line.clear();
        }
        let ended = server.child.wait()?;
        anyhow::bail!("it ended with {ended} before it listened")
    }

    /// Sends a request; `form` is its body.
    pub(super) fn send(&self, method: &str, path: &str, form: &str) -> Result<Response> {
        let mut connection = TcpStream::connect(&self.address)
            .with_context(|| format!("cannot reach {}", self.address))?;
        connection.set_read_timeout(Some(TIMEOUT))?;
        // HTTP/1.0, so that the answer is not in chunks.
        write!(
            connection,
            "{method} {path} HTTP/1.0\r\nHost: {}\r\nAuthorization: Bearer sk_test_xtask\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            self.address,
            form.len()
        )?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        let (_, body) = answer.split_once("\r\n\r\n").context("no answer")?;
        let body = serde_json::from_str(body).context("the answer is no JSON")?;
        Ok(Response { status: status.context("no status")?, body })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
