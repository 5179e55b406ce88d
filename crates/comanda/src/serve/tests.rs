//! Clients who take their time, over real connections.

use axum::{body::Bytes, response::sse::Sse, routing::post};
use futures::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

const SHORT: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_hours(1);

/// Routes of these tests alone: others read those of the program out of its sources.
const OPEN: &str = "/";
const ECHO: &str = "/echo";
const EVENTS: &str = "/events";
const MUCH: &str = "/much";
const BROKEN: &str = "/broken";

/// Nobody is given up for being slow.
fn forever() -> Patience {
    Patience { first: LONG, head: LONG, body: LONG, taking: LONG }
}

/// A server with places for `all` connections; answers where it is.
async fn start(all: usize, patience: Patience) -> SocketAddr {
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let site = Arc::new(Site::new("http://shop.example", true, &[]).unwrap());
    let caps = Caps { all, of_address: 1_000 };
    let edge = Edge { site, proxies: Proxies::default(), caps, patience };
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
    tokio::spawn(serve(listener, routes, edge, CancellationToken::new()));
    address
}

async fn connect(address: SocketAddr, said: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(said.as_bytes()).await.unwrap();
    stream
}

/// What comes until the other side ends it.
async fn rest(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    // Broken off is an end as well.
    let _ = stream.read_to_end(&mut text).await;
    String::from_utf8_lossy(&text).into_owned()
}

/// Asks until there is a place; only a hang takes a minute.
async fn until_open(address: SocketAddr) {
    let asking = async { while !rest(connect(address, GET).await).await.ends_with("open") {} };
    tokio::time::timeout(Duration::from_mins(1), asking).await.unwrap();
}

const GET: &str = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn sockets_that_are_held_keep_nobody_out() {
    let address = start(10, forever()).await;
    let mut held = Vec::new();
    for said in [
        "",
        "GET / HTTP/1.1\r\nx: ",
        "POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\nx",
    ] {
        for _ in 0..20 {
            held.push(connect(address, said).await);
        }
    }
    for _ in 0..20 {
        assert!(rest(connect(address, GET).await).await.ends_with("open"));
    }
    // The first of them have made room.
    assert_eq!(rest(held.swap_remove(0)).await, "");
}

#[tokio::test]
async fn who_listens_stays_and_others_are_asked_to_come_again() {
    let address = start(3, forever()).await;
    let mut listening = Vec::new();
    for _ in 0..3 {
        let mut stream = connect(address, "GET /events HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
        let mut head = [0; 12];
        stream.read_exact(&mut head).await.unwrap();
        assert_eq!(&head, b"HTTP/1.1 200");
        listening.push(stream);
    }
    let refused = rest(TcpStream::connect(address).await.unwrap()).await;
    assert!(refused.starts_with("HTTP/1.1 503") && refused.contains("Retry-After"), "{refused}");
    listening.pop();
    // Its place is free as soon as the server has noticed.
    until_open(address).await;
}

#[tokio::test]
async fn a_connection_makes_room_again_once_its_response_is_sent() {
    let address = start(3, forever()).await;
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
    until_open(address).await;
    assert_eq!(rest(kept.swap_remove(0)).await, "", "the one that has waited longest is closed");
}

#[tokio::test]
async fn a_connection_is_used_again_and_its_client_waited_for() {
    let address = start(2, forever()).await;
    let twice = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned() + GET;
    assert_eq!(rest(connect(address, &twice).await).await.matches("\r\n\r\nopen").count(), 2);
    let body = "POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\n\
                connection: close\r\n\r\nbody";
    assert!(rest(connect(address, body).await).await.ends_with("body"));
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let address = start(9, Patience { body: SHORT, ..forever() }).await;
    let half = "POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\naccept: text/html\r\n\r\nhalf";
    let told = rest(connect(address, half).await).await;
    assert!(told.starts_with("HTTP/1.1 408") && told.contains("text/html"), "{told}");
    assert!(
        told.contains("connection: close") && told.contains("content-security-policy"),
        "{told}"
    );
    let tool = half.replace("text/html", "application/json");
    let told = rest(connect(address, &tool).await).await;
    assert!(told.starts_with("HTTP/1.1 408") && told.contains("problem+json"), "{told}");
}

#[tokio::test]
async fn what_breaks_here_is_told_without_what_is_inside() {
    let address = start(9, forever()).await;
    let get =
        GET.replace("GET /", "GET /broken").replace("\r\n\r\n", "\r\naccept: text/html\r\n\r\n");
    let told = rest(connect(address, &get).await).await;
    assert!(told.starts_with("HTTP/1.1 500") && told.contains("<main"), "{told}");
    assert!(told.contains("content-security-policy") && !told.contains("the inside"), "{told}");
}

#[tokio::test]
async fn a_connection_for_nothing_ends() {
    let address = start(9, Patience { first: SHORT, ..forever() }).await;
    assert_eq!(rest(connect(address, "").await).await, "");
    assert_eq!(rest(connect(address, "GET / HT").await).await, "");
    let kept = connect(address, "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    let idle = Patience { head: SHORT, ..forever() };
    drop(kept);
    let address = start(9, idle).await;
    let once = connect(address, "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(rest(once).await.ends_with("open"), "and then it is closed");
}

#[tokio::test]
async fn an_answer_that_is_not_taken_is_given_up() {
    let address = start(1, Patience { taking: SHORT, ..forever() }).await;
    let greedy = connect(address, "GET /much HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    // The only place is free again, though the answer has no end.
    until_open(address).await;
    drop(greedy);
}
