//! Other sites' pages cannot change anything, not even with our cookies.

use axum::{body::Body, http::Method};

use super::shop::{STAFF, Shop, assert_problem, good, request};

#[tokio::test]
async fn nothing_changes_on_behalf_of_another_site() {
    let shop = Shop::open();
    let before = shop.published();
    let sign_in = shop.get(&format!("/sign-in?token={STAFF}")).await;
    let cookie = sign_in.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap();
    let changes = [
        (Method::POST, "/api/orders"),
        (Method::POST, "/checkout"),
        (Method::POST, "/r/bella-napoli/cart"),
        (Method::POST, "/sign-in"),
        (Method::POST, "/sign-out"),
        (Method::POST, "/kitchen/orders/0199b1b4-0000-7000-8000-000000000001/accept"),
        (Method::POST, "/api/kitchen/orders/0199b1b4-0000-7000-8000-000000000001/accept"),
        (Method::POST, "/orders/0199b1b4-0000-7000-8000-000000000001/cancel"),
        (Method::POST, "/api/orders/0199b1b4-0000-7000-8000-000000000001/cancel"),
        (Method::POST, "/kitchen/orders/0199b1b4-0000-7000-8000-000000000001/reject"),
        (Method::POST, "/api/kitchen/orders/0199b1b4-0000-7000-8000-000000000001/reject"),
        (Method::PUT, "/api/restaurants/bella-napoli"),
        (Method::PUT, "/api/restaurants/bella-napoli/menu"),
    ];
    let origins = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ];
    for (method, path) in changes {
        for origin in origins {
            let headers = [("cookie", cookie), origin];
            let body = Body::from(good().to_string());
            let answer = shop.send(request(method.clone(), path, &headers, body)).await;
            assert_problem(&answer, 403, &format!("{path} {origin:?}"));
        }
    }
    assert_eq!(shop.published(), before);
    let headers = [("origin", "https://shop.example"), ("sec-fetch-site", "same-origin")];
    let own = request(Method::POST, "/api/orders", &headers, Body::from(good().to_string()));
    assert_eq!(shop.send(own).await.status, 202, "our own pages can");
}

#[tokio::test]
async fn every_answer_carries_the_policy() {
    let shop = Shop::open();
    for path in ["/", "/r/bella-napoli", "/api/restaurants", "/nowhere", "/kitchen", "/sign-in"] {
        let headers = shop.get(path).await.headers;
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{path}");
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
    }
}
