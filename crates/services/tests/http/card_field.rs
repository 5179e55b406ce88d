//! The payment gateway's script is allowed on the pages that load it, and on no other.

use axum::http::{Method, header::CONTENT_SECURITY_POLICY};
use domain::ids::OrderId;

use super::shop::{Shop, good, request};

const GATEWAY: &str = "https://pay.example";
const CHECKOUT: &str = "/checkout?restaurant=bella-napoli";

#[tokio::test]
async fn only_the_checkout_opens_to_the_payment_gateway() {
    let shop = Shop::open();
    let placed = shop.order(good().to_string(), None).await.json();
    let id: OrderId = placed["order_id"].as_str().unwrap().parse().unwrap();
    let order = format!("/orders/{id}");
    let page = placed["links"]["page"].as_str().unwrap();
    let nowhere = "/checkout?restaurant=nowhere";
    let closed = ["/", "/r/bella-napoli", nowhere, "/sign-in", "/nowhere", &order, page];
    for path in closed.iter().chain(&["/kitchen", "/backoffice", "/api/restaurants"]) {
        let answer = shop.staff(Method::GET, path, "").await;
        let policy = answer.header(CONTENT_SECURITY_POLICY);
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(!policy.contains("https:"), "{path}: {policy}");
        assert_eq!(answer.headers["cross-origin-opener-policy"], "same-origin", "{path}");
    }
    let open = shop.get(CHECKOUT).await;
    let policy = open.header(CONTENT_SECURITY_POLICY);
    for directive in ["script-src", "connect-src", "frame-src"] {
        assert!(policy.contains(&format!("{directive} 'self' {GATEWAY};")), "{policy}");
    }
    assert!(!policy.contains("unsafe") && policy.matches("https:").count() == 3, "{policy}");
    assert_eq!(open.headers["cross-origin-opener-policy"], "same-origin-allow-popups");
}

/// A form that is shown again can be filled in again.
#[tokio::test]
async fn a_refused_form_has_the_fields_of_a_card() {
    let shop = Shop::open();
    let form = "restaurant=bella-napoli&key=k1&fulfilment=pickup";
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let answer = shop.send(request(Method::POST, "/checkout", &[kind], form)).await;
    assert_eq!(answer.status.as_u16(), 422);
    assert!(answer.header(CONTENT_SECURITY_POLICY).contains(GATEWAY), "{:?}", answer.headers);
}
