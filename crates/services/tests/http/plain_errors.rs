//! Requests that the framework refuses get a problem like any other.

use axum::{body::Body, http::Method};

use super::shop::{STAFF, Shop, assert_problem, request};

#[tokio::test]
async fn a_wrong_method_is_a_problem() {
    let shop = Shop::open();
    let answer = shop.send(request(Method::DELETE, "/api/orders", &[], Body::empty())).await;
    assert_problem(&answer, 405, "DELETE");
    assert_eq!(answer.header(axum::http::header::ALLOW), "POST");
}

#[tokio::test]
async fn an_unknown_route_is_a_problem_and_an_unknown_page_a_page() {
    let shop = Shop::open();
    let answer = shop.get("/api/nothing").await;
    assert_problem(&answer, 404, "/api/nothing");
    assert_eq!(answer.json()["detail"], "There is no such route.");
    let answer = shop.get("/nothing").await;
    assert_eq!(answer.status.as_u16(), 404);
    assert!(answer.body.starts_with("<!DOCTYPE html>"), "{}", answer.body);
}

#[tokio::test]
async fn times_and_ids_that_cannot_be_read_are_problems() {
    let shop = Shop::open();
    let bearer = format!("Bearer {STAFF}");
    for query in ["from=yesterday", "restaurant_id=Not%20One", "from=%FF"] {
        let path = format!("/api/analytics/summary?{query}");
        let headers = [("authorization", bearer.as_str())];
        let answer = shop.send(request(Method::GET, &path, &headers, Body::empty())).await;
        let status = answer.status.as_u16();
        assert!([400, 422].contains(&status), "{query}: {answer:?}");
        assert_problem(&answer, status, query);
    }
}
