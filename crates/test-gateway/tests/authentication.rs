//! Authentication: the bank wants the customer to confirm the payment on its page.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop")]

mod common;

use common::{Client, HttpResponse, config, start};
use serde_json::{Value, json};
use tempfile::tempdir;
use test_gateway::Gateway;

const RETURN_URL: &str = "https://shop.test/orders/1/pay/return?from=bank";

/// Confirms an intent with a method that wants authentication; returns its path and the answer.
async fn confirm(client: Client, create: &str, body: &str) -> (String, Value) {
    let id = client.create(create).await;
    let path = format!("/v1/payment_intents/{id}");
    let answer = client.post(&format!("{path}/confirm"), body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    (path, answer.json())
}

fn with_redirect(method: &str) -> String {
    format!("payment_method={method}&use_stripe_sdk=false&return_url={RETURN_URL}")
}

/// The path of the bank's page.
fn page_of(client: Client, url: &Value) -> String {
    let url = url.as_str().unwrap();
    url.strip_prefix(&format!("http://{}", client.0)).unwrap().to_owned()
}

/// Answers a challenge as a browser does: without a key.
async fn answer(client: Client, page: &str, outcome: &str) -> HttpResponse {
    let body = format!("outcome={outcome}");
    let head = format!(
        "POST {page} HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    client.raw(&head).await.unwrap()
}

fn location(response: &HttpResponse) -> &str {
    let line = response.head.lines().find_map(|line| line.strip_prefix("location: "));
    line.unwrap_or_else(|| panic!("no location: {} {}", response.head, response.text()))
}

async fn event_types(client: Client) -> Vec<String> {
    let events = client.get("/v1/events?limit=100").await.json();
    let types = events["data"].as_array().unwrap().iter().rev();
    types.map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_customer_confirms_on_the_banks_page_and_returns() {
    let folder = tempdir().unwrap();
    let (gateway, client) = start(folder.path()).await;
    let body = with_redirect("pm_card_threeDSecure2Required");
    let (path, asked) = confirm(client, "amount=1205&currency=eur", &body).await;
    assert_eq!(asked["status"], "requires_action");
    let action = &asked["next_action"];
    assert_eq!(
        (&action["type"], &action["redirect_to_url"]["return_url"]),
        (&json!("redirect_to_url"), &json!(RETURN_URL))
    );
    let page = page_of(client, &action["redirect_to_url"]["url"]);
    assert_eq!(client.get(&path).await.json(), asked);
    gateway.shutdown().await;

    let mut config = config(folder.path());
    config.listen = client.0;
    let _gateway = Gateway::start(config).await.unwrap();
    let shown = client.get(&page).await;
    assert_eq!(shown.status, 200);
    for part in ["lang=\"en\"", "12.05 EUR", "visa ending in 3220", ">Complete<", ">Fail<"] {
        assert!(shown.text().contains(part), "{part} in {}", shown.text());
    }
    assert!(!shown.text().contains("_secret_"));
    let back = answer(client, &page, "complete").await;
    assert_eq!(back.status, 303);
    let intent = client.get(&path).await.json();
    assert_eq!(
        (&intent["status"], &intent["amount_received"]),
        (&json!("succeeded"), &json!(1205))
    );
    let (id, secret) = (intent["id"].as_str().unwrap(), intent["client_secret"].as_str().unwrap());
    let expected = format!(
        "{RETURN_URL}&payment_intent={id}&payment_intent_client_secret={secret}\
         &redirect_status=succeeded"
    );
    assert_eq!(location(&back), expected);
    // A second press, another answer and the page once more lead to the same place.
    for again in [
        answer(client, &page, "complete").await,
        answer(client, &page, "fail").await,
        client.get(&page).await,
    ] {
        assert_eq!(location(&again), expected);
    }
    let expected =
        ["payment_intent.created", "payment_intent.requires_action", "payment_intent.succeeded"];
    assert_eq!(event_types(client).await, expected);
}

#[tokio::test]
async fn an_authorised_amount_waits_for_its_capture() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let body = with_redirect("pm_card_authenticationRequired");
    let create = "amount=500&currency=eur&capture_method=manual";
    let (path, asked) = confirm(client, create, &body).await;
    let page = page_of(client, &asked["next_action"]["redirect_to_url"]["url"]);
    let back = answer(client, &page, "complete").await;
    assert!(location(&back).ends_with("&redirect_status=succeeded"));
    assert_eq!(client.get(&path).await.json()["status"], "requires_capture");
    assert_eq!(client.post(&format!("{path}/capture"), "").await.status, 200);
}

#[tokio::test]
async fn a_failed_authentication_leaves_the_intent_open() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let body = with_redirect("pm_card_authenticationRequiredOnSetup");
    let (path, asked) = confirm(client, "amount=500&currency=eur", &body).await;
    let page = page_of(client, &asked["next_action"]["redirect_to_url"]["url"]);
    let back = answer(client, &page, "fail").await;
    assert!(location(&back).ends_with("&redirect_status=failed"));
    let intent = client.get(&path).await.json();
    assert_eq!(
        (&intent["status"], &intent["next_action"]),
        (&json!("requires_payment_method"), &Value::Null)
    );
    assert_eq!(intent["last_payment_error"]["code"], "payment_intent_authentication_failure");
    assert_eq!(intent["latest_charge"], Value::Null, "the bank was not asked for money");
    assert_eq!(event_types(client).await.last().unwrap(), "payment_intent.payment_failed");
    let again = client.post(&format!("{path}/confirm"), "payment_method=pm_card_visa").await.json();
    assert_eq!(
        (&again["status"], &again["last_payment_error"]),
        (&json!("succeeded"), &Value::Null)
    );
    assert!(location(&client.get(&page).await).ends_with("&redirect_status=succeeded"));
}

#[tokio::test]
async fn a_card_may_be_declined_after_the_authentication() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    for (method, code) in [
        ("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_threeDSecureRequiredChargeDeclined", "generic_decline"),
    ] {
        let (path, asked) =
            confirm(client, "amount=500&currency=eur", &with_redirect(method)).await;
        let page = page_of(client, &asked["next_action"]["redirect_to_url"]["url"]);
        assert!(location(&answer(client, &page, "complete").await).ends_with("=failed"));
        let intent = client.get(&path).await.json();
        assert_eq!(intent["last_payment_error"]["decline_code"], code);
    }
}

#[tokio::test]
async fn a_canceled_or_replaced_challenge_is_over() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let body = with_redirect("pm_card_threeDSecureRequired");
    let (path, first) = confirm(client, "amount=500&currency=eur", &body).await;
    let second = client.post(&format!("{path}/confirm"), &body).await.json();
    let url = |intent: &Value| page_of(client, &intent["next_action"]["redirect_to_url"]["url"]);
    assert_ne!(url(&first), url(&second));
    assert!(location(&answer(client, &url(&first), "complete").await).ends_with("=failed"));
    assert_eq!(client.get(&path).await.json()["status"], "requires_action");
    assert_eq!(client.post(&format!("{path}/cancel"), "").await.json()["status"], "canceled");
    assert!(location(&answer(client, &url(&second), "complete").await).ends_with("=failed"));
    let intent = client.get(&path).await.json();
    assert_eq!((&intent["status"], &intent["amount_received"]), (&json!("canceled"), &json!(0)));
    for wrong in ["/3d_secure/payatt_0000000000000000000000", "/3d_secure/x"] {
        assert_eq!(client.get(wrong).await.status, 404);
        assert_eq!(answer(client, wrong, "complete").await.status, 404);
    }
}

async fn token(client: Client) -> String {
    let card = "payment_method_data[card][number]=4000002760003184\
                &payment_method_data[card][exp_month]=1&payment_method_data[card][exp_year]=40\
                &client_context[currency]=eur";
    let made = client.send_as("pk_test_1", "POST", "/v1/confirmation_tokens", None, card).await;
    made.unwrap().json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_token_asks_for_the_script_unless_the_request_does_not() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let create = "amount=500&currency=eur";
    let back = format!("&return_url={RETURN_URL}");
    let mut kinds = Vec::new();
    for more in [
        "",
        &*back,
        &format!("{back}&use_stripe_sdk=true"),
        &format!("{back}&use_stripe_sdk=false"),
    ] {
        let body = format!("confirmation_token={}{more}", token(client).await);
        kinds.push(confirm(client, create, &body).await.1["next_action"]["type"].clone());
    }
    assert_eq!(kinds, ["use_stripe_sdk", "use_stripe_sdk", "use_stripe_sdk", "redirect_to_url"]);
    // An operator may ask for the script in any case.
    let force = client.send("PUT", "/_authentication", None, r#"{"force_stripe_sdk":true}"#).await;
    assert_eq!(force.unwrap().status, 200);
    let body = format!("confirmation_token={}&use_stripe_sdk=false{back}", token(client).await);
    let (path, asked) = confirm(client, create, &body).await;
    assert_eq!(asked["next_action"]["type"], "use_stripe_sdk");
    let page = page_of(client, &asked["next_action"]["use_stripe_sdk"]["stripe_js"]);
    let over = answer(client, &page, "complete").await;
    assert_eq!(over.status, 200);
    assert!(over.text().contains("The payment is confirmed."), "{}", over.text());
    assert_eq!(client.get(&path).await.json()["status"], "succeeded");
    let bad = client.send("PUT", "/_authentication", None, r#"{"force":true}"#).await.unwrap();
    assert_eq!(bad.status, 400);
}

#[tokio::test]
async fn a_return_url_is_an_address() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let id = client.create("amount=500&currency=eur").await;
    for bad in ["x", "/orders", "javascript:alert(1)"] {
        let body = format!("payment_method=pm_card_visa&return_url={bad}");
        let refused = client.post(&format!("/v1/payment_intents/{id}/confirm"), &body).await;
        assert_eq!(
            (refused.status, &refused.json()["error"]["param"]),
            (400, &json!("return_url"))
        );
    }
}

#[tokio::test]
async fn a_customer_sees_an_intent_by_its_client_secret() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let id = client.create("amount=500&currency=eur&metadata[order_id]=o-1").await;
    let other = client.create("amount=500&currency=eur").await;
    let secret_of = |intent: Value| intent["client_secret"].as_str().unwrap().to_owned();
    let path = format!("/v1/payment_intents/{id}");
    let secret = secret_of(client.get(&path).await.json());
    let wrong = secret_of(client.get(&format!("/v1/payment_intents/{other}")).await.json());
    assert!(secret.starts_with(&format!("{id}_secret_")) && secret.len() > id.len() + 28);
    let get =
        async |path: String| client.send_as("pk_test_1", "GET", &path, None, "").await.unwrap();
    let seen = get(format!("{path}?client_secret={secret}")).await;
    assert_eq!(seen.status, 200);
    assert!(seen.head.to_ascii_lowercase().contains("access-control-allow-origin: *"));
    let seen = seen.json();
    assert_eq!((&seen["id"], &seen["status"]), (&json!(id), &json!("requires_payment_method")));
    for hidden in ["metadata", "latest_charge", "amount_received", "customer"] {
        assert!(seen.get(hidden).is_none(), "{hidden}");
    }
    let refused = get(format!("{path}?client_secret={wrong}")).await;
    assert_eq!((refused.status, &refused.json()["error"]["param"]), (400, &json!("client_secret")));
    assert_eq!(get(path.clone()).await.status, 401);
    // Like Stripe's script, with the key in the query.
    let query = format!("{path}?key=pk_test_1&client_secret={secret}");
    let query = format!("GET {query} HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n");
    assert_eq!(client.raw(&query).await.unwrap().status, 200);
    let ledger = client.get("/_ledger").await;
    assert!(!ledger.text().contains("_secret_"));
    assert!(!ledger.text().contains(secret.rsplit('_').next().unwrap()));
}
