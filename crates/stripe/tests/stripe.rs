//! The client against a server that counts concurrent requests.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::{
    fixtures,
    money::{Currency, Money},
    payment::{IntentId, IntentState, Payment, PaymentState, RefundPurpose},
    payment_method::{CapturePoint, PaymentMethod},
    ports::{GatewayError, PaymentGateway},
};
use stripe::StripeGateway;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const INTENT: &str = r#"{"id":"pi_1","status":"processing","amount_received":0,"currency":"eur"}"#;

/// Number of concurrent requests, and its maximum.
#[derive(Default)]
struct Counted {
    now: AtomicUsize,
    max: AtomicUsize,
    asked: AtomicUsize,
}

/// Answers every request of a connection after a delay.
async fn answer(mut connection: TcpStream, counted: Arc<Counted>) {
    let (mut buffer, mut seen) = ([0; 4_096], Vec::new());
    while let Ok(read @ 1..) = connection.read(&mut buffer).await {
        seen.extend_from_slice(&buffer[..read]);
        if !seen.ends_with(b"\r\n\r\n") {
            continue;
        }
        seen.clear();
        let now = counted.now.fetch_add(1, Ordering::SeqCst) + 1;
        counted.max.fetch_max(now, Ordering::SeqCst);
        counted.asked.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(20)).await;
        counted.now.fetch_sub(1, Ordering::SeqCst);
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length:";
        let answer = format!("{head} {}\r\n\r\n{INTENT}", INTENT.len());
        if connection.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// A server and its counters.
async fn server() -> (String, Arc<Counted>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let counted = Arc::new(Counted::default());
    let counting = counted.clone();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(answer(connection, counting.clone()));
        }
    });
    (base, counted)
}

#[tokio::test]
async fn concurrent_calls_are_limited_and_all_are_made() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (base, counted) = server().await;
    let gateway = StripeGateway::new(&base, "sk_test_x").unwrap().with_calls(3);
    let intent = IntentId("pi_1".to_owned());
    // Clones share the limit.
    let clones: Vec<_> = (0..24).map(|_| gateway.clone()).collect();
    let calls = clones.iter().map(|gateway| gateway.retrieve(&intent));
    for state in futures::future::join_all(calls).await {
        assert_eq!(state, Ok(IntentState::Processing));
    }
    assert_eq!(counted.asked.load(Ordering::SeqCst), 24);
    assert_eq!(counted.max.load(Ordering::SeqCst), 3);
}

const BACK: &str = "http://shop.example/back";

/// Answers one request with an intent; returns its text.
async fn receive_one(listener: TcpListener) -> String {
    answer_one(listener, INTENT).await
}

/// Answers one request; returns its text.
async fn answer_one(listener: TcpListener, body: &str) -> String {
    let (mut connection, _) = listener.accept().await.unwrap();
    let (mut buffer, mut seen) = ([0; 4_096], String::new());
    // The form is the last part, and no test sends an empty one.
    while !seen.starts_with("GET ") && seen.ends_with("\r\n\r\n") || !seen.contains("\r\n\r\n") {
        let read = connection.read(&mut buffer).await.unwrap();
        seen.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
    }
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length:";
    let answer = format!("{head} {}\r\n\r\n{body}", body.len());
    connection.write_all(answer.as_bytes()).await.unwrap();
    seen
}

#[tokio::test]
async fn each_payment_method_is_sent_by_its_name() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let intent = IntentId("pi_1".to_owned());
    for (method, form) in
        [("pm_1", "payment_method=pm_1"), ("ctoken_1", "confirmation_token=ctoken_1")]
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let gateway = StripeGateway::new(&base, "sk_test_x").unwrap();
        let method = method.parse().unwrap();
        let confirming = gateway.confirm(&intent, &method, CapturePoint::AtOrder, BACK, "k");
        let (sent, state) = tokio::join!(receive_one(listener), confirming);
        let way = "return_url=http%3A%2F%2Fshop.example%2Fback&use_stripe_sdk=false";
        assert!(sent.ends_with(&format!("\r\n\r\n{form}&{way}")), "{sent}");
        assert_eq!(state, Ok(IntentState::Processing));
    }
    let gateway = StripeGateway::new("http://127.0.0.1:9", "sk_test_x").unwrap();
    let refused =
        gateway.confirm(&intent, &PaymentMethod::Cash, CapturePoint::AtOrder, BACK, "k").await;
    assert!(matches!(refused, Err(GatewayError::Refused(_))), "{refused:?}");
}

/// A token of the fields of a card serves no intent that is captured in another way.
#[tokio::test]
async fn an_intent_says_when_it_is_captured() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let payment = Payment::new(&fixtures::order(1), PaymentState::Pending);
    for (capture, method) in
        [(CapturePoint::AtOrder, "automatic"), (CapturePoint::AtAcceptance, "manual")]
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let gateway = StripeGateway::new(&base, "sk_test_x").unwrap();
        let creating = gateway.create(&payment, capture, "k");
        let (sent, intent) = tokio::join!(receive_one(listener), creating);
        assert!(sent.contains(&format!("&capture_method={method}&")), "{sent}");
        assert!(sent.contains("&payment_method_types%5B%5D=card&"), "{sent}");
        assert_eq!(intent, Ok(IntentId("pi_1".to_owned())));
        assert_eq!(stripe::capture_method(capture), method, "what the page says");
    }
}

fn refund(id: &str, amount: i64, status: &str, metadata: &str) -> String {
    format!(
        r#"{{"id":"{id}","amount":{amount},"currency":"eur","payment_intent":"pi_1","status":"{status}","metadata":{{{metadata}}}}}"#
    )
}

async fn gateway() -> (TcpListener, StripeGateway) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    (listener, StripeGateway::new(&base, "sk_test_x").unwrap())
}

/// Refunds of ours are told apart by their metadata, and those of others have none of it.
#[tokio::test]
async fn a_refund_says_what_it_is_for() {
    let order = fixtures::order(1);
    let (intent, key) = (IntentId("pi_1".to_owned()), "key-1".parse().unwrap());
    let amount = Money::new(500, Currency::EUR);
    let own = format!(r#""order_id":"{}""#, order.id);
    let of_part = format!(r#"{own},"refund_key":"key-1""#);
    for (part, metadata) in [(Some(&key), &of_part), (None, &own)] {
        let (listener, gateway) = gateway().await;
        let body = refund("re_1", 500, "succeeded", metadata);
        let asking = gateway.refund(order.id, &intent, amount, part, "k");
        let (sent, made) = tokio::join!(answer_one(listener, &body), asking);
        assert!(sent.contains("payment_intent=pi_1&amount=500&metadata%5Border_id%5D="), "{sent}");
        assert_eq!(sent.contains("&metadata%5Brefund_key%5D=key-1"), part.is_some(), "{sent}");
        let purpose = part.map_or(RefundPurpose::Rest, |key| RefundPurpose::Part(key.clone()));
        let made = made.unwrap();
        assert_eq!((made.purpose, made.amount, made.order_id), (purpose, amount, Some(order.id)));
    }
    for (amount_minor, status) in [(499, "succeeded"), (500, "failed"), (500, "canceled")] {
        let (listener, gateway) = gateway().await;
        let body = refund("re_1", amount_minor, status, &own);
        let asking = gateway.refund(order.id, &intent, amount, None, "k");
        let (_, made) = tokio::join!(answer_one(listener, &body), asking);
        assert!(matches!(made, Err(GatewayError::Refused(_))), "{made:?}");
    }
}

#[tokio::test]
async fn recent_refunds_are_listed_without_those_that_failed() {
    let (listener, gateway) = gateway().await;
    let order = fixtures::order(1).id;
    let of_part = format!(r#""order_id":"{order}","refund_key":"key-1""#);
    let data = [
        refund("re_4", 400, "pending", r#""refund_key":"key-1""#),
        refund("re_3", 300, "failed", &of_part),
        r#"{"id":"re_2","amount":200,"currency":"eur","payment_intent":null,"status":"succeeded"}"#
            .to_owned(),
        refund("re_1", 100, "succeeded", &of_part),
    ];
    let body = format!(r#"{{"data":[{}],"has_more":false}}"#, data.join(","));
    let since = jiff::Timestamp::from_second(1_700_000_000).unwrap();
    let (sent, listed) = tokio::join!(answer_one(listener, &body), gateway.recent_refunds(since));
    assert!(sent.contains("/v1/refunds?limit=100&created%5Bgte%5D=1700000000 "), "{sent}");
    let listed = listed.unwrap();
    let found: Vec<_> = listed.iter().map(|r| (r.id.0.as_str(), &r.purpose, r.order_id)).collect();
    let part = RefundPurpose::Part("key-1".parse().unwrap());
    let expected = [("re_4", &RefundPurpose::Foreign, None), ("re_1", &part, Some(order))];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_call_that_fails_names_its_cause() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let gateway = StripeGateway::new(&base, "sk_test_x").unwrap();
    let error = gateway.retrieve(&IntentId("pi_1".to_owned())).await.unwrap_err().to_string();
    assert!(error.contains("Connection refused"), "{error}");
}
