//! The way to the bank and back.

use axum::http::{Method, StatusCode, header};
use domain::{
    ids::OrderId,
    payment::{DeclineReason, IntentState},
};
use events::Topic;
use serde_json::json;
use services::transactions::TransactionsHandler;

use super::{
    common::run,
    shop::{Answer, PAY_REQUESTS, Shop, good, request},
};

/// A shop with an order that waits for its customer.
async fn waiting() -> (Shop, OrderId) {
    let shop = Shop::open();
    let mut body = good();
    body["payment_method"] = json!("pm_card_authenticationRequired");
    let answer = shop.order(body.to_string(), None).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    let id = answer.json()["order_id"].as_str().unwrap().parse().unwrap();
    let charging = TransactionsHandler::new(shop.world.payments());
    run::run(&shop.world, &charging, &shop.log().read(&[Topic::OrderDetails])).await;
    (shop, id)
}

async fn customer(shop: &Shop, id: OrderId, path: &str) -> Answer {
    let bearer = format!("Bearer {}", shop.token(id));
    shop.send(request(Method::GET, path, &[("authorization", &bearer)], "")).await
}

fn assert_leads(answer: &Answer, to: &str) {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!(answer.header(header::LOCATION), to);
}

async fn payment_state(shop: &Shop, id: OrderId) -> String {
    let answer = customer(shop, id, &format!("/api/orders/{id}")).await;
    answer.json()["payment"]["state"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_customer_is_led_to_the_bank_and_back() {
    let (shop, id) = waiting().await;
    let order = customer(&shop, id, &format!("/api/orders/{id}")).await.json();
    assert_eq!(order["payment"]["state"], "action_required");
    assert!(order["payment"]["expires_at"].is_string());
    let link = order["links"]["pay"].as_str().unwrap().to_owned();
    // The link has the token, which does not stay in the address.
    let answer = shop.get(&link).await;
    assert_leads(&answer, &format!("/orders/{id}/pay"));
    let cookie = answer.header(header::SET_COOKIE).split(';').next().unwrap().to_owned();
    let pay = request(Method::GET, &format!("/orders/{id}/pay"), &[("cookie", &cookie)], "");
    assert_leads(&shop.send(pay).await, "http://bank.example/pi_0");
    let page = customer(&shop, id, &format!("/orders/{id}")).await;
    assert!(page.body.contains(&format!("href=\"/orders/{id}/pay\"")), "{}", page.body);
    assert!(page.body.contains("Continue to your bank"), "{}", page.body);

    shop.world.gateway.authenticate(id, true);
    let back = customer(&shop, id, &format!("/orders/{id}/pay/return?payment_intent=pi_0")).await;
    assert_leads(&back, &format!("/orders/{id}"));
    assert_eq!(payment_state(&shop, id).await, "authorized");
    assert_eq!(shop.log().read(&[Topic::OrderConfirmed]).len(), 1);
    let order = customer(&shop, id, &format!("/api/orders/{id}")).await.json();
    assert_eq!(order["links"], json!(null));
    // Again, and the page to pay at: both lead to the order.
    for path in ["pay/return", "pay"] {
        let answer = customer(&shop, id, &format!("/orders/{id}/{path}")).await;
        assert_leads(&answer, &format!("/orders/{id}"));
    }
    assert_eq!(shop.log().read(&[Topic::OrderConfirmed]).len(), 1);
}

/// The gateway may want its script to run, whatever it was asked for.
#[tokio::test]
async fn a_bank_without_a_page_of_its_own_is_shown_by_the_script() {
    let (shop, id) = waiting().await;
    shop.world.gateway.wants_script();
    let page = customer(&shop, id, &format!("/orders/{id}/pay")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for part in [
        "src=\"https://pay.example/v3/stripe.js\"".to_owned(),
        "data-key=\"pk_test_shop\"".to_owned(),
        "data-secret=\"pi_0_secret\"".to_owned(),
        format!("data-back=\"/orders/{id}/pay/return\""),
    ] {
        assert!(page.body.contains(&part), "{part}: {}", page.body);
    }
    let policy = page.header(header::CONTENT_SECURITY_POLICY);
    assert!(policy.contains("script-src 'self' https://pay.example;"), "{policy}");
    assert_eq!(page.header(header::CACHE_CONTROL), "no-store");
}

#[tokio::test]
async fn what_the_way_back_claims_counts_for_nothing() {
    let (shop, id) = waiting().await;
    let forged = "?payment_intent=pi_9&redirect_status=succeeded&payment_intent_client_secret=x";
    for query in [forged, "?redirect_status=failed", "?token=x"] {
        let back = customer(&shop, id, &format!("/orders/{id}/pay/return{query}")).await;
        assert_leads(&back, &format!("/orders/{id}"));
        assert_eq!(payment_state(&shop, id).await, "action_required");
    }
    assert_eq!(shop.log().read(&[Topic::OrderPayments]).len(), 1, "nothing new is said");
}

#[tokio::test]
async fn a_failed_authentication_declines_and_says_what_to_do() {
    let (shop, id) = waiting().await;
    shop.world.gateway.authenticate(id, false);
    shop.get(&format!("/orders/{id}/pay/return")).await;
    assert_eq!(payment_state(&shop, id).await, "declined");
    let page = customer(&shop, id, &format!("/orders/{id}")).await;
    assert!(page.body.contains("Your bank did not confirm the payment."), "{}", page.body);
    assert!(page.body.contains(&format!("replaces={id}")), "{}", page.body);
}

/// While the way back asks the gateway, another attempt stores the reason and cancels the intent.
#[tokio::test]
async fn a_stale_row_does_not_turn_a_failure_into_a_cancellation() {
    let (shop, id) = waiting().await;
    let (rows, gateway) = (shop.world.tables.rows.clone(), shop.world.gateway.clone());
    let reason = DeclineReason::AuthenticationFailed;
    shop.world.gateway.meanwhile(move || {
        let mut rows = rows.lock().unwrap();
        let row = rows.payments.get_mut(&id).unwrap();
        row.reason = Some(reason);
        gateway.put("pi_0", id, row.amount, IntentState::Cancelled);
    });
    customer(&shop, id, &format!("/orders/{id}/pay/return")).await;
    let order = customer(&shop, id, &format!("/api/orders/{id}")).await.json();
    assert_eq!(
        (&order["payment"]["state"], &order["reason"]),
        (&json!("declined"), &json!(reason.name()))
    );
}

/// A bank's app may come back to another browser than the one that left.
#[tokio::test]
async fn a_browser_without_access_settles_and_learns_nothing() {
    let (shop, id) = waiting().await;
    shop.world.gateway.authenticate(id, true);
    let answer = shop.get(&format!("/orders/{id}/pay/return")).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(payment_state(&shop, id).await, "authorized");
}

#[tokio::test]
async fn only_the_customer_is_led_to_the_bank() {
    let (shop, id) = waiting().await;
    let pay = format!("/orders/{id}/pay");
    assert_eq!(shop.get(&pay).await.status, StatusCode::NOT_FOUND);
    assert_eq!(shop.get(&format!("{pay}?token=x")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(shop.staff(Method::GET, &pay, "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(shop.get("/orders/x/pay").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_thousand_returns_ask_the_gateway_a_bounded_number_of_times() {
    let (shop, id) = waiting().await;
    let path = format!("/orders/{id}/pay/return");
    for _ in 0..2 * PAY_REQUESTS {
        assert_leads(&customer(&shop, id, &path).await, &format!("/orders/{id}"));
    }
    let asked = shop.world.gateway.retrieves();
    assert!(asked > 0 && asked <= PAY_REQUESTS + 1, "{asked}");
}
