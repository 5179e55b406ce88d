//! An order opens only with its token, and a wrong token gets no information.

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};
use domain::ids::OrderId;
use serde_json::json;

use super::shop::{Answer, Running, Shop, good, request};

async fn placed(shop: &Shop) -> OrderId {
    let answer = shop.order(good().to_string(), None).await;
    answer.json()["order_id"].as_str().unwrap().parse().unwrap()
}

/// The three routes that show an order.
fn places(id: &str) -> [String; 3] {
    [format!("/api/orders/{id}"), format!("/api/orders/{id}/events"), format!("/orders/{id}")]
}

async fn with_bearer(shop: &Shop, path: &str, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    shop.send(request(Method::GET, path, &[("authorization", &bearer)], Body::empty())).await
}

#[tokio::test(start_paused = true)]
async fn a_wrong_token_gets_the_response_of_an_unknown_order() {
    let shop = Shop::open();
    let (known, other) = (placed(&shop).await, placed(&shop).await);
    let unknown = "0199b1b4-0000-7000-8000-00000000ffff";
    let foreign = shop.token(other);
    let own = shop.token(known);
    for n in 0..3 {
        let reference = shop.get(&places(unknown)[n]).await;
        assert_eq!(reference.status, StatusCode::NOT_FOUND);
        for id in [known.to_string(), unknown.to_owned(), "1".to_owned(), "%2e%2e".to_owned()] {
            let path = &places(&id)[n];
            for token in ["", "x", &foreign, &own[1..], &own.to_uppercase()] {
                let by_query = shop.get(&format!("{path}?token={token}")).await;
                assert_eq!(by_query, reference, "{path} {token:?}");
                assert_eq!(with_bearer(&shop, path, token).await, reference, "{path} {token:?}");
            }
            assert_eq!(shop.get(path).await, reference, "{path} without any");
            let cookie = format!("comanda_order_{}={foreign}", known.0.simple());
            let by_cookie = request(Method::GET, path, &[("cookie", &cookie)], Body::empty());
            assert_eq!(shop.send(by_cookie).await, reference, "{path} by a wrong cookie");
        }
    }
}

#[tokio::test]
async fn the_token_is_accepted_in_every_form() {
    let shop = Shop::open();
    let id = placed(&shop).await;
    let (token, path) = (shop.token(id), format!("/api/orders/{id}"));
    let by_query = shop.get(&format!("{path}?token={token}")).await;
    assert_eq!(by_query.status, StatusCode::OK);
    assert_eq!(by_query, with_bearer(&shop, &path, &token).await);
    assert_eq!(by_query, shop.staff(Method::GET, &path, Body::empty()).await);
    let body = by_query.json();
    assert_eq!((&body["status"], &body["total_minor"]), (&json!("placed"), &json!(2200)));
    assert_eq!(body["lines"][0]["item_id"], "margherita");
    assert_eq!(body["payment"]["state"], "pending");
    assert!(!by_query.body.contains("pm_card"), "no payment method in answers");
}

#[tokio::test]
async fn the_page_removes_the_token_from_the_url() {
    let shop = Shop::open();
    let id = placed(&shop).await;
    let answer = shop.get(&format!("/orders/{id}?token={}", shop.token(id))).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header(header::LOCATION), format!("/orders/{id}"));
    let cookie = answer.header(header::SET_COOKIE).to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    assert_eq!(answer.header(header::REFERRER_POLICY), "same-origin");
    assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
    let cookie = cookie.split(';').next().unwrap();
    let path = format!("/orders/{id}");
    let page = request(Method::GET, &path, &[("cookie", cookie)], Body::empty());
    let page = shop.send(page).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Margherita"));
    assert!(!page.body.contains(&shop.token(id)), "the page does not repeat the token");
}

#[tokio::test]
async fn the_oldest_of_many_order_cookies_are_removed() {
    let shop = Shop::open();
    let id = placed(&shop).await;
    let older = |n: u32| format!("comanda_order_{n:032x}");
    let cookie = (0..22).map(|n| format!("{}=token", older(n))).collect::<Vec<_>>().join("; ");
    let path = format!("/orders/{id}?token={}", shop.token(id));
    let cookie = format!("comanda_lang=en; {cookie}");
    let request = request(Method::GET, &path, &[("cookie", &cookie)], Body::empty());
    let answer = shop.send(request).await;
    let set: Vec<_> = answer.headers.get_all(header::SET_COOKIE).iter().collect();
    let set = |name: &str, gone: bool| {
        let is = |line: &str| {
            line.starts_with(&format!("{name}=")) && gone == line.contains("Max-Age=0")
        };
        set.iter().any(|line| is(line.to_str().unwrap()))
    };
    assert!((0..3).all(|n| set(&older(n), true)), "the first three are forgotten");
    assert!(!(3..22).any(|n| set(&older(n), true)), "and nothing else");
    assert!(set(&format!("comanda_order_{}", id.0.simple()), false));
}

#[tokio::test(start_paused = true)]
async fn a_token_opens_an_accepted_order_before_its_row_exists() {
    let shop = Shop::with(Running::NoOrders);
    let id = placed(&shop).await;
    let answer = shop.get(&format!("/api/orders/{id}?token={}", shop.token(id))).await;
    assert_eq!(answer.status, StatusCode::OK);
    let body = answer.json();
    assert_eq!((&body["status"], &body["lines"]), (&json!("placed"), &json!([])));
    let staff = shop.staff(Method::GET, &format!("/api/orders/{id}"), Body::empty()).await;
    assert_eq!(staff.status, StatusCode::NOT_FOUND, "staff can name any id");
}
