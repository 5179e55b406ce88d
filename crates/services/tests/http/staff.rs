//! Staff routes require a session or a bearer token.

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};
use serde_json::json;

use super::shop::{STAFF, Shop, assert_problem, request};

const ID: &str = "0199b1b4-0000-7000-8000-000000000001";

/// Every route for staff, and whether a browser navigates to it.
fn routes() -> Vec<(Method, String, bool)> {
    vec![
        (Method::GET, "/kitchen".into(), true),
        (Method::GET, "/kitchen?restaurant=bella-napoli".into(), true),
        (Method::GET, "/kitchen/events".into(), false),
        (Method::POST, format!("/kitchen/orders/{ID}/accept"), false),
        (Method::POST, format!("/api/kitchen/orders/{ID}/accept"), false),
        (Method::POST, format!("/kitchen/orders/{ID}/reject"), false),
        (Method::POST, format!("/api/kitchen/orders/{ID}/reject"), false),
        (Method::GET, "/analytics".into(), true),
        (Method::GET, "/api/analytics/summary".into(), false),
        (Method::GET, "/api/analytics/events".into(), false),
        (Method::GET, "/analytics/orders".into(), true),
        (Method::GET, "/api/analytics/charts/sales.csv".into(), false),
        (Method::PUT, "/api/restaurants/bella-napoli".into(), false),
        (Method::PUT, "/api/restaurants/bella-napoli/menu".into(), false),
    ]
}

#[tokio::test]
async fn staff_routes_require_a_session() {
    let shop = Shop::open();
    let before = shop.published();
    let strangers: [&[(&str, &str)]; 5] = [
        &[],
        &[("authorization", "Bearer wrong")],
        &[("authorization", STAFF)],
        &[("cookie", "comanda_staff=1")],
        &[("cookie", "comanda_staff=staff-token-of-tests")],
    ];
    for (method, path, is_page) in routes() {
        for headers in strangers {
            let answer = shop.send(request(method.clone(), &path, headers, Body::from("{}"))).await;
            if is_page {
                assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
                assert!(answer.header(header::LOCATION).starts_with("/sign-in?next=%2F"));
            } else {
                assert_problem(&answer, 401, &path);
                assert_eq!(answer.header(header::WWW_AUTHENTICATE), "Bearer");
            }
        }
    }
    assert_eq!(shop.published(), before, "nothing was written");
}

#[tokio::test]
async fn signing_in_opens_the_pages() {
    let shop = Shop::open();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let wrong = request(Method::POST, "/sign-in", &form, Body::from("token=wrong&next=/analytics"));
    assert_eq!(shop.send(wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let body = format!("token={STAFF}&next=/analytics");
    let answer = shop.send(request(Method::POST, "/sign-in", &form, Body::from(body))).await;
    assert_eq!(answer.header(header::LOCATION), "/analytics");
    let cookie = answer.header(header::SET_COOKIE).to_owned();
    assert!(cookie.contains("HttpOnly") && !cookie.contains(STAFF), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    for page in ["/kitchen", "/analytics", "/api/analytics/summary"] {
        let answer = shop.send(request(Method::GET, page, &[("cookie", cookie)], "")).await;
        assert_eq!(answer.status, StatusCode::OK, "{page}");
    }
    let away = format!("token={STAFF}&next=//evil.example");
    let answer = shop.send(request(Method::POST, "/sign-in", &form, Body::from(away))).await;
    assert_eq!(answer.header(header::LOCATION), "/kitchen");
}

#[tokio::test]
async fn token_guesses_at_sign_in_are_limited() {
    let shop = Shop::open();
    let mut refused = 0;
    for n in 0..30 {
        let answer = shop.get(&format!("/sign-in?token=guess{n}")).await;
        refused += usize::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(refused >= 15, "only {refused} of 30 guesses were refused");
    let path = format!("/sign-in?token={STAFF}");
    let known = shop.get(&path).await;
    assert_eq!(known.status, StatusCode::TOO_MANY_REQUESTS, "the last guess would have been right");
    let elsewhere = shop.stream_to([192, 0, 2, 9], request(Method::GET, &path, &[], "")).await;
    assert_eq!(elsewhere.status(), StatusCode::SEE_OTHER, "nobody is locked out elsewhere");
    shop.time.pass(60);
    assert_eq!(shop.get(&path).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn bearer_guesses_are_limited() {
    let shop = Shop::open();
    let ask = async |address: [u8; 4], path: &str, token: &str| {
        let bearer = format!("Bearer {token}");
        let asked = request(Method::GET, path, &[("authorization", &bearer)], "");
        shop.stream_to(address, asked).await.status().as_u16()
    };
    let (eve, ada) = ([192, 0, 2, 1], [192, 0, 2, 2]);
    let order = format!("/api/orders/{ID}");
    // On every kind of route.
    let paths = ["/api/analytics/summary", order.as_str()];
    let mut answers = Vec::new();
    for n in 0..100 {
        answers.push(ask(eve, paths[n % 2], &format!("guess{n}")).await);
    }
    assert_eq!(answers.iter().filter(|status| **status == 429).count(), 70);
    assert_eq!(ask(eve, paths[0], STAFF).await, 429, "the last guess would have been right");
    assert_eq!(ask(ada, paths[0], STAFF).await, 200, "nobody is locked out elsewhere");
    for _ in 0..100 {
        assert_eq!(ask(ada, paths[0], STAFF).await, 200, "who knows it has no limit");
    }
}

#[tokio::test]
async fn an_invalid_span_is_refused_by_field() {
    let shop = Shop::open();
    let ask = async |query: &str| {
        shop.staff(Method::GET, &format!("/api/analytics/summary?{query}"), Body::empty()).await
    };
    for (query, field) in [
        ("from=yesterday", "from"),
        ("to=7", "to"),
        ("restaurant_id=Bella%20Napoli", "restaurant_id"),
    ] {
        let answer = ask(query).await;
        assert_problem(&answer, 422, query);
        assert_eq!(answer.json()["errors"][0]["field"], field);
    }
    let empty = ask("restaurant_id=&from=&to=").await.json();
    assert_eq!(
        (&empty["orders"]["placed"], &empty["as_of"]["lag_records"]),
        (&json!(0), &json!(0))
    );
}
