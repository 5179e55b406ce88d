//! Invalid requests are answered with errors in Stripe's format, and change nothing.

mod common;

use common::{PAID, start};
use tempfile::tempdir;

const CREATE: &str = "/v1/payment_intents";

#[tokio::test]
async fn hostile_parameters_are_refused() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let long = "9".repeat(40_000);
    let many = (0..51).fold(String::new(), |text, n| text + &format!("&metadata[k{n}]=v"));
    for (body, param) in [
        ("amount=-5&currency=eur", Some("amount")),
        ("amount=%2B5&currency=eur", Some("amount")),
        ("amount=1e9&currency=eur", Some("amount")),
        ("amount=0x10&currency=eur", Some("amount")),
        ("amount=NaN&currency=eur", Some("amount")),
        ("amount=100000000&currency=eur", Some("amount")),
        ("amount=18446744073709551616&currency=eur", Some("amount")),
        ("amount=%D9%A1&currency=eur", Some("amount")),
        (&format!("amount={long}&currency=eur"), Some("amount")),
        ("amount=5&amount=6&currency=eur", Some("amount")),
        ("amount[]=5&currency=eur", Some("amount")),
        ("amount=5&currency=%ff%fe%fd", Some("currency")),
        ("amount=5&currency=%00%00%00", Some("currency")),
        (&format!("amount=5&currency={long}"), Some("currency")),
        ("amount=5&currency=eur&payment_method=4242424242424242", Some("payment_method")),
        (&format!("amount=5&currency=eur&payment_method={long}"), Some("payment_method")),
        ("amount=5&currency=eur&confirm=yes", Some("confirm")),
        (&format!("amount=5&currency=eur&metadata[a]={long}"), Some("metadata")),
        (&format!("amount=5&currency=eur{many}"), Some("metadata")),
        (&format!("amount=5&currency=eur&{long}=1"), None),
        (r#"{"amount":5,"currency":"eur"}"#, None),
        ("%%%&&&===", None),
        ("", Some("amount")),
    ] {
        let answer = client.post(CREATE, body).await;
        let shown: String = body.chars().take(60).collect();
        assert_eq!(answer.status, 400, "{shown}");
        assert_eq!(answer.json()["error"]["type"], "invalid_request_error", "{shown}");
        assert!(answer.json()["error"]["message"].is_string(), "{shown}");
        assert!(answer.body.len() < 600, "{shown}");
        if let Some(param) = param {
            assert_eq!(answer.json()["error"]["param"], param, "{shown}");
        }
    }
    assert!(client.ledger().await.is_empty());
    assert_eq!(client.post(CREATE, PAID).await.status, 200);
}

#[tokio::test]
async fn hostile_refunds_are_refused() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let id = client.create(PAID).await;
    for (body, status) in [
        (format!("payment_intent={id}&amount=-1"), 400),
        (format!("payment_intent={id}&amount=0"), 400),
        (format!("payment_intent={id}&amount=99999999"), 400),
        (format!("payment_intent={id}&reason=because"), 400),
        (format!("payment_intent={id}&charge=ch_1"), 400),
        ("payment_intent=pi_".to_owned(), 404),
        ("payment_intent=%00".to_owned(), 404),
        (String::new(), 400),
    ] {
        let answer = client.post("/v1/refunds", &body).await;
        assert_eq!(answer.status, status, "{body}");
        assert_eq!(answer.json()["error"]["type"], "invalid_request_error", "{body}");
    }
    assert_eq!(client.ledger().await[0]["refunded_minor"], 0);
}

#[tokio::test]
async fn unknown_routes_and_malformed_requests_get_stripe_errors() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let body = "x".repeat(64 * 1024 + 1);
    for (method, path, body, status) in [
        ("POST", CREATE, body.as_str(), 413),
        ("PUT", "/_webhooks", &body, 413),
        ("GET", "/v1/payment_intents/%ff%fe", "", 404),
        ("POST", "/v1/payment_intents/%ff/confirm", "", 404),
        ("GET", "/v1/refunds/%00", "", 404),
        ("GET", "/v1/refunds/%ff", "", 404),
        ("GET", "/v1/payment_intents/..%2f..%2fetc", "", 404),
        ("DELETE", CREATE, "", 404),
        ("GET", "/v1/customers", "", 404),
    ] {
        let answer = client.send(method, path, None, body).await.unwrap();
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.json()["error"]["type"], "invalid_request_error", "{method} {path}");
    }
    for key in ["", &"k".repeat(256)] {
        let answer = client.keyed(key, CREATE, PAID).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.json()["error"]["type"], "invalid_request_error");
    }
    assert!(client.ledger().await.is_empty());
}
