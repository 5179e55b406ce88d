//! A small HTTP client over a raw socket, so that tests see the exact bytes.
#![allow(dead_code, reason = "every test file uses a part of it")]
#![allow(clippy::expect_used, reason = "a test that cannot go on ends")]

pub(crate) mod receiver;

use std::{net::SocketAddr, path::Path};

use serde_json::Value;
use test_gateway::{Config, Gateway};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub(crate) struct HttpResponse {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl HttpResponse {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.body).expect("UTF-8")
    }

    pub(crate) fn replayed(&self) -> bool {
        self.head.to_ascii_lowercase().contains("idempotent-replayed: true")
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Client(pub(crate) SocketAddr);

impl Client {
    pub(crate) async fn get(self, path: &str) -> HttpResponse {
        self.send("GET", path, None, "").await.expect("an answer")
    }

    pub(crate) async fn post(self, path: &str, body: &str) -> HttpResponse {
        self.send("POST", path, None, body).await.expect("an answer")
    }

    pub(crate) async fn keyed(self, key: &str, path: &str, body: &str) -> HttpResponse {
        self.send("POST", path, Some(key), body).await.expect("an answer")
    }

    pub(crate) async fn set_faults(self, faults: &str) {
        let answer = self.send("PUT", "/_faults", None, faults).await.expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// All lines of the ledger.
    pub(crate) async fn ledger(self) -> Vec<Value> {
        let answer = self.get("/_ledger").await;
        answer.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    pub(crate) async fn create(self, body: &str) -> String {
        let answer = self.post("/v1/payment_intents", body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["id"].as_str().expect("an id").to_owned()
    }

    pub(crate) async fn send(
        self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: &str,
    ) -> std::io::Result<HttpResponse> {
        self.send_as("sk_test_1", method, path, key, body).await
    }

    /// Sends a form with an API key.
    pub(crate) async fn send_as(
        self,
        api_key: &str,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: &str,
    ) -> std::io::Result<HttpResponse> {
        let key = key.map(|key| format!("Idempotency-Key: {key}\r\n")).unwrap_or_default();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {api_key}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\
             Content-Length: {}\r\n{key}\r\n{body}",
            body.len()
        );
        self.raw(&head).await
    }

    pub(crate) async fn raw(self, request: &str) -> std::io::Result<HttpResponse> {
        let mut stream = TcpStream::connect(self.0).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        let split = answer.windows(4).position(|window| window == b"\r\n\r\n");
        let split = split.ok_or(std::io::ErrorKind::UnexpectedEof)?;
        let head = String::from_utf8_lossy(&answer[..split]).into_owned();
        let status = head[9..12].parse().expect("a status");
        let mut body = answer[split + 4..].to_vec();
        if head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
            body = unchunk(&body);
        }
        Ok(HttpResponse { status, head, body })
    }
}

fn unchunk(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = usize::from_str_radix(str::from_utf8(&rest[..end]).expect("hex"), 16);
        let size = size.expect("hex");
        body.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
    body
}

pub(crate) fn config(folder: &Path) -> Config {
    Config::new(SocketAddr::from(([127, 0, 0, 1], 0)), folder)
}

pub(crate) async fn start(folder: &Path) -> (Gateway, Client) {
    let gateway = Gateway::start(config(folder)).await.expect("the gateway starts");
    let client = Client(gateway.address());
    (gateway, client)
}

pub(crate) const PAID: &str = "amount=2450&currency=EUR&payment_method=pm_card_visa&confirm=true\
                        &metadata[order_id]=o-1";
