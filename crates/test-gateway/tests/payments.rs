//! Intents, charges and refunds through the API.

mod common;

use common::{PAID, start};
use tempfile::tempdir;

#[tokio::test]
async fn create_then_confirm_then_retrieve() {
    let folder = tempdir().unwrap();
    let (gateway, client) = start(folder.path()).await;
    let id = client.create("amount=1299&currency=eur&metadata[order_id]=o-1").await;
    let intent = client.get(&format!("/v1/payment_intents/{id}")).await.json();
    assert_eq!(intent["status"], "requires_payment_method");
    assert_eq!(intent["metadata"]["order_id"], "o-1");
    let body = "payment_method=pm_card_mastercard";
    let confirmed = client.post(&format!("/v1/payment_intents/{id}/confirm"), body).await;
    assert_eq!(confirmed.status, 200);
    let intent = client.get(&format!("/v1/payment_intents/{id}")).await.json();
    assert_eq!(intent, confirmed.json());
    assert_eq!(intent["status"], "succeeded");
    assert_eq!(intent["amount_received"], 1299);
    assert!(intent["latest_charge"].as_str().unwrap().starts_with("ch_"));
    let again = client.post(&format!("/v1/payment_intents/{id}/confirm"), body).await;
    assert_eq!(again.status, 400);
    assert_eq!(again.json()["error"]["code"], "payment_intent_unexpected_state");
    assert_eq!(again.json()["error"]["payment_intent"]["status"], "succeeded");
    gateway.shutdown().await;
}

/// Stripe's declined test methods, with `code`, `decline_code` and `param`.
const DECLINED: &[(&str, &str, &str, Option<&str>)] = &[
    ("pm_card_chargeDeclined", "card_declined", "generic_decline", None),
    ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline", None),
    ("pm_card_chargeCustomerFail", "card_declined", "generic_decline", None),
    ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds", None),
    ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds", None),
    ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card", None),
    ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card", None),
    ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card", Some("exp_month")),
    ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc", Some("cvc")),
    ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error", None),
    (
        "pm_card_visa_chargeDeclinedVelocityLimitExceeded",
        "card_declined",
        "card_velocity_exceeded",
        None,
    ),
    ("pm_card_chargeDeclinedFraudulent", "card_declined", "fraudulent", None),
    ("pm_card_radarBlock", "card_declined", "fraudulent", None),
];

#[tokio::test]
async fn declines_leave_the_intent_open() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    for &(method, code, decline_code, param) in DECLINED {
        let id = client.create("amount=100&currency=eur").await;
        let path = format!("/v1/payment_intents/{id}/confirm");
        let declined = client.post(&path, &format!("payment_method={method}")).await;
        assert_eq!(declined.status, 402);
        let error = &declined.json()["error"];
        assert_eq!(error["type"], "card_error");
        assert_eq!(error["param"].as_str(), param, "{method}");
        let intent = client.get(&format!("/v1/payment_intents/{id}")).await.json();
        assert_eq!(intent["status"], "requires_payment_method");
        assert_eq!(intent, error["payment_intent"]);
        for error in [error, &intent["last_payment_error"]] {
            assert_eq!(error["code"], code, "{method}");
            assert_eq!(error["decline_code"], decline_code, "{method}");
        }
        assert_eq!(client.post(&path, "payment_method=pm_card_visa").await.status, 200);
        let charges = client.get(&format!("/v1/charges?payment_intent={id}")).await.json();
        assert_eq!(charges["data"][0]["status"], "succeeded");
        assert_eq!(charges["data"][1]["status"], "failed");
        assert_eq!(charges["data"][1]["failure_code"], code);
    }
}

#[tokio::test]
async fn methods_with_authentication_require_action() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    for method in [
        "pm_card_authenticationRequired",
        "pm_card_authenticationRequiredOnSetup",
        "pm_card_threeDSecureRequired",
        "pm_card_threeDSecure2Required",
    ] {
        let body = format!("amount=100&currency=eur&payment_method={method}&confirm=true");
        let intent = client.post("/v1/payment_intents", &body).await.json();
        assert_eq!(intent["status"], "requires_action", "{method}");
        assert_eq!(intent["next_action"]["type"], "use_stripe_sdk");
        assert_eq!(intent["amount_received"], 0);
    }
}

#[tokio::test]
async fn authentication_and_cancel() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let body = "amount=100&currency=eur&payment_method=pm_card_authenticationRequired";
    let id = client.create(&format!("{body}&confirm=true")).await;
    let intent = client.get(&format!("/v1/payment_intents/{id}")).await.json();
    assert_eq!(intent["status"], "requires_action");
    let cancel = format!("/v1/payment_intents/{id}/cancel");
    let canceled = client.post(&cancel, "cancellation_reason=abandoned").await.json();
    assert_eq!(canceled["status"], "canceled");
    assert_eq!(canceled["cancellation_reason"], "abandoned");
    assert_eq!(client.post(&cancel, "").await.status, 400);
    let confirm = format!("/v1/payment_intents/{id}/confirm");
    assert_eq!(client.post(&confirm, "payment_method=pm_card_visa").await.status, 400);
}

#[tokio::test]
async fn invalid_parameters_are_named() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let cases = [
        ("currency=eur", "amount"),
        ("amount=1.5&currency=eur", "amount"),
        ("amount=0&currency=eur", "amount"),
        ("amount=5", "currency"),
        ("amount=5&currency=euro", "currency"),
        ("amount=5&currency=eur&payment_method=pm_card_none", "payment_method"),
        ("amount=5&currency=eur&capture_method=later", "capture_method"),
        ("amount=5&currency=eur&amuont=5", "amuont"),
    ];
    for (body, param) in cases {
        let answer = client.post("/v1/payment_intents", body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.json()["error"]["param"], param, "{body}");
        assert_eq!(answer.json()["error"]["type"], "invalid_request_error");
    }
    assert!(client.ledger().await.is_empty());
    assert_eq!(client.get("/v1/payment_intents/pi_x").await.status, 404);
    let raw = "GET /v1/payment_intents HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n";
    assert_eq!(client.raw(raw).await.unwrap().status, 401);
}

#[tokio::test]
async fn refunds_never_exceed_the_payment() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let unpaid = client.create("amount=100&currency=eur").await;
    let nothing = client.post("/v1/refunds", &format!("payment_intent={unpaid}")).await;
    assert_eq!(nothing.status, 400);
    let id = client.create(PAID).await;
    let refund = |amount: &str| format!("payment_intent={id}{amount}");
    let too_much = client.post("/v1/refunds", &refund("&amount=2451")).await;
    assert_eq!((too_much.status, &too_much.json()["error"]["param"]), (400, &"amount".into()));
    let first = client.post("/v1/refunds", &refund("&amount=450")).await.json();
    assert_eq!((&first["amount"], &first["status"]), (&450.into(), &"succeeded".into()));
    assert_eq!(client.post("/v1/refunds", &refund("&amount=2001")).await.status, 400);
    let rest = client.post("/v1/refunds", &refund("")).await.json();
    assert_eq!(rest["amount"], 2000);
    let more = client.post("/v1/refunds", &refund("")).await.json();
    assert_eq!(more["error"]["code"], "charge_already_refunded");
    let list = client.get(&format!("/v1/refunds?payment_intent={id}")).await.json();
    assert_eq!(list["data"][0]["id"], rest["id"]);
    assert_eq!(list["data"][1]["id"], first["id"]);
    let path = format!("/v1/refunds/{}", first["id"].as_str().unwrap());
    assert_eq!(client.get(&path).await.json(), first);
}

#[tokio::test]
async fn lists_are_paged_from_the_newest_to_the_oldest() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let mut made = Vec::new();
    for amount in 1..=7 {
        made.insert(0, client.create(&format!("amount={amount}&currency=eur")).await);
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = client.get(&format!("/v1/payment_intents?limit=3{after}")).await.json();
        let ids = page["data"].as_array().unwrap().iter();
        seen.extend(ids.map(|intent| intent["id"].as_str().unwrap().to_owned()));
        if page["has_more"] == false {
            break;
        }
        after = format!("&starting_after={}", seen.last().unwrap());
    }
    assert_eq!(seen, made);
    assert_eq!(client.get("/v1/payment_intents?limit=0").await.status, 400);
}
