//! Acknowledged changes survive restarts; unfinished lines are truncated, malformed ones refused.

mod common;

use std::{
    fs::{self, OpenOptions},
    io::Write,
};

use common::{PAID, config, start};
use tempfile::tempdir;
use test_gateway::{Gateway, Position, StartError};

#[tokio::test]
async fn a_restart_keeps_ledger_and_keys() {
    let folder = tempdir().unwrap();
    let (gateway, client) = start(folder.path()).await;
    let paid = client.keyed("k", "/v1/payment_intents", PAID).await.json();
    let id = paid["id"].as_str().unwrap().to_owned();
    client.post("/v1/refunds", &format!("payment_intent={id}&amount=50")).await;
    let open = client.create("amount=9&currency=eur").await;
    let declined = format!("/v1/payment_intents/{open}/confirm");
    let body = "payment_method=pm_card_chargeDeclined";
    let declined_answer = client.keyed("d", &declined, body).await.json();
    client.post(&format!("/v1/payment_intents/{open}/cancel"), "").await;
    let before = client.ledger().await;
    gateway.shutdown().await;
    let (_gateway, client) = start(folder.path()).await;
    assert_eq!(client.ledger().await, before);
    let again = client.keyed("k", "/v1/payment_intents", PAID).await;
    assert!(again.replayed());
    assert_eq!(again.json(), paid);
    assert_eq!(client.keyed("d", &declined, body).await.json(), declined_answer);
    let rest = client.post("/v1/refunds", &format!("payment_intent={id}")).await.json();
    assert_eq!(rest["amount"], 2400);
}

#[tokio::test]
async fn an_unfinished_last_line_is_truncated() {
    let folder = tempdir().unwrap();
    let (gateway, client) = start(folder.path()).await;
    client.create(PAID).await;
    let before = client.ledger().await;
    gateway.shutdown().await;
    let file = folder.path().join("ledger.jsonl");
    let whole = fs::read(&file).unwrap();
    let last = whole[..whole.len() - 1].iter().rposition(|&byte| byte == b'\n').unwrap() + 1;
    for torn in [&whole[last..whole.len() - 1], &whole[last..last + 9], &[0; 40]] {
        OpenOptions::new().append(true).open(&file).unwrap().write_all(torn).unwrap();
        let (gateway, client) = start(folder.path()).await;
        assert_eq!(client.ledger().await, before);
        gateway.shutdown().await;
        assert_eq!(fs::read(&file).unwrap(), whole);
    }
}

#[tokio::test]
async fn a_corrupt_line_is_reported() {
    let folder = tempdir().unwrap();
    let (gateway, client) = start(folder.path()).await;
    client.create(PAID).await;
    client.create(PAID).await;
    gateway.shutdown().await;
    let file = folder.path().join("ledger.jsonl");
    let whole = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let repeated = format!("{}\n{}\n{}\n", lines[0], lines[1], lines[1]);
    let broken = whole.replacen("2450", "0", 1);
    for (text, line) in [(broken, 2), (repeated, 3), ("something else\n".to_owned(), 1)] {
        fs::write(&file, &text).unwrap();
        let error = Gateway::start(config(folder.path())).await.unwrap_err();
        assert!(
            matches!(error, StartError::Corrupt { position, .. } if position == Position::Line(line)),
            "{error}"
        );
        assert!(!error.to_string().contains('\n'));
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
}

/// Lines as they were written before manual capture and authentication existed.
const EARLIER: &str = r#"{"ledger":"test-gateway","version":1}
{"at_unix_ms":1700000000000,"changes":[{"kind":"created","id":"pi_2xKTEvmCDeI9LqZqJ7oN4S","amount_minor":2450,"currency":"eur","method":"pm_card_visa","metadata":{"order_id":"o-1"},"created_unix_ms":1700000000000},{"kind":"paid","intent":"pi_2xKTEvmCDeI9LqZqJ7oN4S","charge":"ch_1aKTEvmCDeI9LqZqJ7oN4S","method":"pm_card_visa","at_unix_ms":1700000000000}],"outcome":{"intent":"pi_2xKTEvmCDeI9LqZqJ7oN4S"}}
{"at_unix_ms":1700000001000,"changes":[{"kind":"created","id":"pi_3xKTEvmCDeI9LqZqJ7oN4S","amount_minor":5,"currency":"eur","created_unix_ms":1700000001000}],"outcome":{"intent":"pi_3xKTEvmCDeI9LqZqJ7oN4S"}}
{"at_unix_ms":1700000002000,"changes":[{"kind":"action_required","intent":"pi_3xKTEvmCDeI9LqZqJ7oN4S","method":"pm_card_authenticationRequired"}],"outcome":{"intent":"pi_3xKTEvmCDeI9LqZqJ7oN4S"}}
"#;

#[tokio::test]
async fn a_ledger_of_an_earlier_release_is_read() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("ledger.jsonl"), EARLIER).unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let paid = client.get("/v1/payment_intents/pi_2xKTEvmCDeI9LqZqJ7oN4S").await.json();
    assert_eq!((&paid["status"], &paid["amount_received"]), (&"succeeded".into(), &2450.into()));
    assert_eq!(
        (&paid["capture_method"], paid["client_secret"].as_str()),
        (&"automatic".into(), None)
    );
    let open = "/v1/payment_intents/pi_3xKTEvmCDeI9LqZqJ7oN4S";
    let asked = client.get(open).await.json();
    assert_eq!(asked["next_action"]["type"], "use_stripe_sdk");
    let confirm = format!("{open}/confirm");
    assert_eq!(client.post(&confirm, "payment_method=pm_card_visa").await.status, 200);
    let body = "payment_intent=pi_2xKTEvmCDeI9LqZqJ7oN4S&amount=1";
    assert_eq!(client.post("/v1/refunds", body).await.status, 200);
}

#[tokio::test]
async fn an_address_and_a_ledger_are_used_by_one_gateway() {
    let folder = tempdir().unwrap();
    let other = tempdir().unwrap();
    let (gateway, _client) = start(folder.path()).await;
    let mut same_address = config(other.path());
    same_address.listen = gateway.address();
    let error = Gateway::start(same_address).await.unwrap_err();
    assert!(matches!(error, StartError::AddressInUse(_)), "{error}");
    let error = Gateway::start(config(folder.path())).await.unwrap_err();
    assert!(matches!(error, StartError::InUse(_)), "{error}");
    let file = other.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Gateway::start(config(&file)).await.unwrap_err();
    assert!(matches!(error, StartError::NotWritable { .. }), "{error}");
}
