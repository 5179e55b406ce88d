//! Slow clients, over real connections.

use std::sync::atomic::{AtomicBool, Ordering};

use axum::{body::Bytes, http::StatusCode, response::sse::Sse, routing::post};
use futures::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

const SHORT: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_hours(1);

/// Routes of these tests, as constants: other tests collect the program's routes from its sources.
const OPEN: &str = "/";
const ECHO: &str = "/echo";
const EVENTS: &str = "/events";
const MUCH: &str = "/much";
const BROKEN: &str = "/broken";

/// No timeout occurs.
fn no_timeouts() -> Timeouts {
    Timeouts { first: LONG, head: LONG, body: LONG, read: LONG }
}

/// Starts a server for `all` connections and returns its address.
async fn start(all: usize, timeouts: Timeouts) -> SocketAddr {
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let site = Arc::new(Site::new("http://shop.example", true, &[]).unwrap());
    let limits = ConnectionLimits { all, per_address: 1_000 };
    let network = NetworkSettings { site, proxies: Proxies::default(), limits, timeouts };
    let silence = || async { Sse::new(futures::stream::pending::<Result<_, Infallible>>()) };
    let much = || async {
        Body::from_stream(
            futures::stream::repeat(Bytes::from(vec![b'x'; 65_536])).map(Ok::<_, io::Error>),
        )
    };
    let routes = Router::new()
        .route(OPEN, get(async || "open"))
        .route(ECHO, post(async |body: Bytes| body))
        .route(EVENTS, get(silence))
        .route(MUCH, get(much))
        .route(BROKEN, get(async || -> &str { panic!("the inside") }));
    tokio::spawn(serve(listener, routes, network, CancellationToken::new()));
    address
}

async fn connect(address: SocketAddr, sent: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(sent.as_bytes()).await.unwrap();
    stream
}

/// All bytes until the server closes the connection.
async fn read_to_end(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    // A reset counts as a close.
    let _ = stream.read_to_end(&mut text).await;
    String::from_utf8_lossy(&text).into_owned()
}

/// Sends requests until one is served; only a hang takes a minute.
async fn wait_until_served(address: SocketAddr) {
    let asking =
        async { while !read_to_end(connect(address, GET).await).await.ends_with("open") {} };
    tokio::time::timeout(Duration::from_mins(1), asking).await.unwrap();
}

const GET: &str = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn idle_connections_keep_no_client_out() {
    let address = start(10, no_timeouts()).await;
    let mut held = Vec::new();
    for sent in [
        "",
        "GET / HTTP/1.1\r\nx: ",
        "POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\nx",
    ] {
        for _ in 0..20 {
            held.push(connect(address, sent).await);
        }
    }
    for _ in 0..20 {
        assert!(read_to_end(connect(address, GET).await).await.ends_with("open"));
    }
    // The first of them have made room.
    assert_eq!(read_to_end(held.swap_remove(0)).await, "");
}

#[tokio::test]
async fn event_streams_stay_and_further_connections_get_503() {
    let address = start(3, no_timeouts()).await;
    let mut listening = Vec::new();
    for _ in 0..3 {
        let mut stream = connect(address, "GET /events HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
        let mut head = [0; 12];
        stream.read_exact(&mut head).await.unwrap();
        assert_eq!(&head, b"HTTP/1.1 200");
        listening.push(stream);
    }
    let refused = read_to_end(TcpStream::connect(address).await.unwrap()).await;
    assert!(refused.starts_with("HTTP/1.1 503") && refused.contains("Retry-After"), "{refused}");
    listening.pop();
    // Its slot is free as soon as the server has noticed.
    wait_until_served(address).await;
}

#[tokio::test]
async fn a_connection_makes_room_again_once_its_response_is_sent() {
    let address = start(3, no_timeouts()).await;
    let mut kept = Vec::new();
    for _ in 0..3 {
        let mut stream = connect(address, "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
        let mut text = Vec::new();
        while !text.ends_with(b"\r\n\r\nopen") {
            text.push(stream.read_u8().await.unwrap());
        }
        kept.push(stream);
    }
    // The server may learn a moment after the client that the response is sent.
    wait_until_served(address).await;
    assert_eq!(
        read_to_end(kept.swap_remove(0)).await,
        "",
        "the one that has waited longest is closed"
    );
}

#[tokio::test]
async fn a_connection_serves_several_requests() {
    let address = start(2, no_timeouts()).await;
    let twice = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned() + GET;
    assert_eq!(
        read_to_end(connect(address, &twice).await).await.matches("\r\n\r\nopen").count(),
        2
    );
    let body = "POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\n\
                connection: close\r\n\r\nbody";
    assert!(read_to_end(connect(address, body).await).await.ends_with("body"));
}

#[tokio::test]
async fn an_incomplete_body_gets_408() {
    let address = start(9, Timeouts { body: SHORT, ..no_timeouts() }).await;
    let half = "POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\naccept: text/html\r\n\r\nhalf";
    let response = read_to_end(connect(address, half).await).await;
    assert!(response.starts_with("HTTP/1.1 408") && response.contains("text/html"), "{response}");
    assert!(
        response.contains("connection: close") && response.contains("content-security-policy"),
        "{response}"
    );
    let tool = half.replace("text/html", "application/json");
    let response = read_to_end(connect(address, &tool).await).await;
    assert!(
        response.starts_with("HTTP/1.1 408") && response.contains("problem+json"),
        "{response}"
    );
}

#[tokio::test]
async fn a_panic_becomes_a_page_without_its_message() {
    let address = start(9, no_timeouts()).await;
    let get =
        GET.replace("GET /", "GET /broken").replace("\r\n\r\n", "\r\naccept: text/html\r\n\r\n");
    let response = read_to_end(connect(address, &get).await).await;
    assert!(response.starts_with("HTTP/1.1 500") && response.contains("<main"), "{response}");
    assert!(
        response.contains("content-security-policy") && !response.contains("the inside"),
        "{response}"
    );
}

#[tokio::test]
async fn a_connection_without_a_request_is_closed() {
    let address = start(9, Timeouts { first: SHORT, ..no_timeouts() }).await;
    assert_eq!(read_to_end(connect(address, "").await).await, "");
    assert_eq!(read_to_end(connect(address, "GET / HT").await).await, "");
    let kept = connect(address, "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    let idle = Timeouts { head: SHORT, ..no_timeouts() };
    drop(kept);
    let address = start(9, idle).await;
    let kept = connect(address, "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(read_to_end(kept).await.ends_with("open"), "and then it is closed");
}

#[tokio::test]
async fn a_response_that_is_not_read_is_aborted() {
    let address = start(1, Timeouts { read: SHORT, ..no_timeouts() }).await;
    let greedy = connect(address, "GET /much HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    // The only slot is free again, though the response has no end.
    wait_until_served(address).await;
    drop(greedy);
}

#[tokio::test]
async fn a_request_on_a_connection_that_lost_its_slot_is_not_handled() {
    let slots = ConnectionSlots::new(ConnectionLimits { all: 1, per_address: 1 });
    let lost = Arc::new(slots.acquire(None).unwrap());
    let _holder = slots.acquire(None).unwrap();
    let is_handled = Arc::new(AtomicBool::new(false));
    let seen = is_handled.clone();
    let handle = async move |_: Bytes| seen.store(true, Ordering::Relaxed);
    let app = Router::new().route(ECHO, post(handle)).layer(from_fn(refuse_incomplete));
    let server = Server { app, proxies: Arc::default(), timeouts: no_timeouts() };
    let from = "192.0.2.1:1".parse().unwrap();
    for body in ["", "body"] {
        let request = Request::post(ECHO).body(Body::from(body)).unwrap();
        let response = server.clone().respond(from, lost.clone(), request).await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{body:?}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        assert!(response.headers().contains_key(header::RETRY_AFTER));
        assert!(!is_handled.load(Ordering::Relaxed), "{body:?}");
    }
}
