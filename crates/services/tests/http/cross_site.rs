//! Pages of other sites cannot change anything, even with the browser's cookies.

use axum::{body::Body, http::Method};

use super::{
    routes::every_route,
    shop::{Running, STAFF, Shop, assert_problem, good, request},
};

#[tokio::test]
async fn nothing_changes_on_behalf_of_another_site() {
    let shop = Shop::open();
    let before = shop.published();
    let sign_in = shop.get(&format!("/sign-in?token={STAFF}")).await;
    let cookie = sign_in.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap();
    let paths = every_route().into_iter().map(|route| {
        let route = route.replace("{restaurant}", "bella-napoli").replace("{action}", "accept");
        let shops = route.replace("restaurants/{id}", "restaurants/bella-napoli");
        shops.replace("{id}", "0199b1b4-0000-7000-8000-000000000001").replace("{name}", "x")
    });
    let changes = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let origins = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ];
    for path in paths {
        for (method, origin) in changes.iter().flat_map(|m| origins.map(|origin| (m, origin))) {
            let headers = [("cookie", cookie), origin];
            let body = Body::from(good().to_string());
            let answer = shop.send(request(method.clone(), &path, &headers, body)).await;
            assert_problem(&answer, 403, &format!("{method} {path} {origin:?}"));
        }
    }
    assert_eq!(shop.published(), before);
    let headers = [("origin", "https://shop.example"), ("sec-fetch-site", "same-origin")];
    let own = request(Method::POST, "/api/orders", &headers, Body::from(good().to_string()));
    assert_eq!(shop.send(own).await.status, 202, "our own pages can");
}

#[tokio::test]
async fn an_origin_with_another_scheme_or_port_is_foreign() {
    let shop = Shop::at("https://shop.example", Running::All);
    for (origin, status) in [
        ("http://shop.example", 403),
        ("http://shop.example:443", 403),
        ("https://shop.example:8443", 403),
        ("https://shop.example", 202),
        ("https://shop.example:443", 202),
    ] {
        let headers = [("origin", origin)];
        let order = request(Method::POST, "/api/orders", &headers, good().to_string());
        assert_eq!(shop.send(order).await.status.as_u16(), status, "{origin}");
    }
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
