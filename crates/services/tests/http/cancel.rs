//! Cancelling an order over HTTP.

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};
use domain::{fixtures, ids::OrderId, kitchen::Requester, order::Order, status::Status};
use events::{Topic, order_requests};
use serde_json::json;
use services::orders::{OrdersHandler, time_out_request};

use super::{
    common::run::run,
    kitchen::{act, confirmed},
    shop::{Answer, Running, Shop, assert_problem, good, request},
};

async fn post(shop: &Shop, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    shop.send(request(Method::POST, path, headers, body.to_owned())).await
}

/// Cancels as the customer.
async fn cancel(shop: &Shop, order: OrderId, body: &str) -> Answer {
    let path = format!("/api/orders/{order}/cancel?token={}", shop.token(order));
    post(shop, &path, &[], body).await
}

fn paid<'a>(shop: &Shop, orders: impl IntoIterator<Item = &'a Order>) {
    for order in orders {
        confirmed(shop, order);
    }
}

fn status_of(shop: &Shop, order: &Order) -> Status {
    shop.world.state().book[&order.id].0
}

#[tokio::test]
async fn the_token_is_accepted_in_every_form() {
    let shop = Shop::open();
    let orders: Vec<_> = (1..=4).map(fixtures::order).collect();
    paid(&shop, &orders);
    let token = |n: usize| shop.token(orders[n].id);
    let path = |n: usize| format!("/api/orders/{}/cancel", orders[n].id);
    let bearer = format!("Bearer {}", token(1));
    let cookie = format!("comanda_order_{}={}", orders[2].id.0.simple(), token(2));
    let answers = [
        post(&shop, &format!("{}?token={}", path(0), token(0)), &[], "").await,
        post(&shop, &path(1), &[("authorization", &bearer)], "{}").await,
        post(&shop, &path(2), &[("cookie", &cookie)], "").await,
        shop.staff(Method::POST, &path(3), "").await,
    ];
    let mut reasons = Vec::new();
    for answer in answers {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let body = answer.json();
        assert_eq!(body["status"], "cancelled");
        reasons.push(body["reason"].as_str().unwrap().to_owned());
        assert_eq!(body["history"][2]["status"], "cancelled");
    }
    let theirs = "The customer cancelled the order";
    assert_eq!(reasons, [theirs, theirs, theirs, "The restaurant cancelled the order"]);
    assert!(orders.iter().all(|order| status_of(&shop, order) == Status::Cancelled));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_token_gets_the_response_of_an_unknown_order() {
    let shop = Shop::open();
    let [mine, other] = [1, 2].map(fixtures::order);
    paid(&shop, [&mine, &other]);
    let before = shop.published();
    let (own, foreign) = (shop.token(mine.id), shop.token(other.id));
    let unknown = "0199b1b4-0000-7000-8000-00000000ffff";
    for place in ["/api/orders/{}/cancel", "/orders/{}/cancel"] {
        let reference = post(&shop, &place.replace("{}", unknown), &[], "").await;
        assert_eq!(reference.status, StatusCode::NOT_FOUND);
        for id in [mine.id.to_string(), unknown.to_owned(), "1".to_owned()] {
            let path = place.replace("{}", &id);
            for token in ["", "x", &foreign, &own[1..], &own.to_uppercase()] {
                let by_query = post(&shop, &format!("{path}?token={token}"), &[], "").await;
                assert_eq!(by_query, reference, "{path} {token:?}");
                let bearer = format!("Bearer {token}");
                let by_bearer = post(&shop, &path, &[("authorization", &bearer)], "").await;
                assert_eq!(by_bearer, reference, "{path} {token:?}");
            }
            let cookie = format!("comanda_order_{}={foreign}", mine.id.0.simple());
            assert_eq!(post(&shop, &path, &[("cookie", &cookie)], "").await, reference);
            // An invalid body is reported only to those who may see the order.
            assert_eq!(post(&shop, &path, &[], "{").await, reference, "{path}");
        }
        let staff = shop.staff(Method::POST, &place.replace("{}", unknown), "").await;
        assert_eq!(staff, reference, "staff can name any id");
    }
    assert_eq!(shop.published(), before, "no request was published");
}

#[tokio::test]
async fn an_unreadable_body_is_refused() {
    let shop = Shop::open();
    let order = fixtures::order(1);
    confirmed(&shop, &order);
    let before = shop.published();
    for body in ["{", "[]", "{\"request_id\":\"7\"}", "{\"reason\":\"too slow\"}"] {
        assert_problem(&cancel(&shop, order.id, body).await, 400, body);
    }
    assert_eq!(shop.published(), before);
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_response_and_another_one_is_too_late() {
    let shop = Shop::open();
    let order = fixtures::order(1);
    confirmed(&shop, &order);
    let body = |n: u8| json!({"request_id": uuid::Uuid::from_u128(n.into())}).to_string();
    let first = cancel(&shop, order.id, &body(1)).await;
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(cancel(&shop, order.id, &body(1)).await, first);
    let late = cancel(&shop, order.id, &body(2)).await;
    assert_problem(&late, 409, "twice");
    assert_eq!(late.json()["order_status"], "cancelled");
    // An id belongs to an order: the same id for another order is another request.
    let other = fixtures::order(2);
    confirmed(&shop, &other);
    let theirs = cancel(&shop, other.id, &body(1)).await;
    assert_eq!((theirs.status, &theirs.json()["status"]), (StatusCode::OK, &json!("cancelled")));
    assert_eq!(theirs.json()["order_id"], other.id.to_string());
}

#[tokio::test]
async fn an_accepted_order_cannot_be_cancelled() {
    let shop = Shop::open();
    let order = fixtures::order(1);
    confirmed(&shop, &order);
    let accept = json!({"request_id": uuid::Uuid::from_u128(7)}).to_string();
    assert_eq!(act(&shop, order.id, "accept", &accept).await.status, StatusCode::OK);
    let late = cancel(&shop, order.id, &accept).await;
    assert_problem(&late, 409, "accepted");
    assert_eq!(late.json()["order_status"], "accepted");
    assert_eq!(status_of(&shop, &order), Status::Accepted);
}

/// Reusing the id of another order's request has no effect and is refused with the reason.
#[tokio::test]
async fn an_id_of_another_order_is_refused() {
    let shop = Shop::open();
    let [one, two] = [1, 2].map(fixtures::order);
    paid(&shop, [&one, &two]);
    let accept = json!({"request_id": uuid::Uuid::from_u128(7)}).to_string();
    assert_eq!(act(&shop, one.id, "accept", &accept).await.status, StatusCode::OK);
    let mixed = act(&shop, two.id, "accept", &accept).await;
    assert_problem(&mixed, 422, "another order's");
    assert_eq!(mixed.json()["errors"][0]["field"], "request_id");
    assert_eq!(status_of(&shop, &two), Status::Confirmed);
    assert_eq!(act(&shop, two.id, "accept", "").await.status, StatusCode::OK);
}

/// Staff may cancel with a reason, also after acceptance.
#[tokio::test]
async fn staff_cancel_with_a_reason() {
    let shop = Shop::open();
    let order = fixtures::order(1);
    confirmed(&shop, &order);
    assert_eq!(act(&shop, order.id, "accept", "").await.status, StatusCode::OK);
    let path = format!("/api/orders/{}/cancel", order.id);
    let empty = shop.staff(Method::POST, &path, r#"{"reason":" "}"#).await;
    assert_problem(&empty, 422, "no reason");
    let answer = shop.staff(Method::POST, &path, r#"{"reason":"She called: wrong address"}"#).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.json()["reason"], "She called: wrong address");
    let asked = shop.log().read(&[Topic::OrderRequests]).pop().unwrap();
    assert_eq!(order_requests::decode_request(&asked).unwrap().unwrap().by, Requester::Kitchen);
}

/// The id of a timer's request is derived from the order, so it can be guessed. A staff request
/// with that id must not block it.
#[tokio::test]
async fn a_staff_request_cannot_block_a_timer() {
    let shop = Shop::open();
    let [mine, theirs] = [1, 2].map(fixtures::order);
    paid(&shop, [&mine, &theirs]);
    let over = time_out_request(theirs.id, theirs.placed_at);
    let accept = json!({"request_id": over.id.0}).to_string();
    assert_eq!(act(&shop, mine.id, "accept", &accept).await.status, StatusCode::OK);
    shop.log().append(&order_requests::encode_request(&over));
    let book = OrdersHandler { book: shop.world.tables.clone(), clock: shop.world.clock.clone() };
    run(&shop.world, &book, &shop.log().read(&[Topic::OrderRequests])).await;
    assert_eq!(status_of(&shop, &theirs), Status::Cancelled);
}

#[tokio::test(start_paused = true)]
async fn an_order_can_be_cancelled_before_its_row_exists() {
    let shop = Shop::with(Running::NoOrders);
    let placed = shop.order(good().to_string(), None).await.json();
    let id: OrderId = placed["order_id"].as_str().unwrap().parse().unwrap();
    let asked = "0199b1b4-0000-7000-8000-0000000000aa";
    let answer = cancel(&shop, id, &json!({"request_id": asked}).to_string()).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    assert_eq!(answer.json(), json!({"request_id": asked, "order_id": id.to_string()}));
    // The orders service starts and reads the request before the order.
    let requests = shop.log().read(&[Topic::OrderRequests]);
    assert_eq!(order_requests::decode_request(&requests[0]).unwrap().unwrap().order_id, id);
    let records = [requests, shop.log().read(Topic::ORDERS)].concat();
    run(
        &shop.world,
        &OrdersHandler { book: shop.world.tables.clone(), clock: shop.world.clock.clone() },
        &records,
    )
    .await;
    let view = shop.get(&format!("/api/orders/{id}?token={}", shop.token(id))).await.json();
    assert_eq!(view["status"], "cancelled");
}

async fn by_form(shop: &Shop, order: &Order) -> Answer {
    let cookie = format!("comanda_order_{}={}", order.id.0.simple(), shop.token(order.id));
    let headers = [("cookie", &*cookie), ("content-type", "application/x-www-form-urlencoded")];
    post(shop, &format!("/orders/{}/cancel", order.id), &headers, "").await
}

#[tokio::test]
async fn the_form_redirects_to_the_page_with_the_result() {
    let shop = Shop::open();
    let [order, taken] = [1, 2].map(fixtures::order);
    paid(&shop, [&order, &taken]);
    let page = async |order: &Order, to: &str| {
        let cookie = format!("comanda_order_{}={}", order.id.0.simple(), shop.token(order.id));
        shop.send(request(Method::GET, to, &[("cookie", &cookie)], Body::empty())).await.body
    };
    let before = page(&order, &format!("/orders/{}", order.id)).await;
    assert!(before.contains(&format!("action=\"/orders/{}/cancel\"", order.id)));
    for _ in 0..2 {
        let answer = by_form(&shop, &order).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.header(header::LOCATION), format!("/orders/{}", order.id));
    }
    let after = page(&order, &format!("/orders/{}", order.id)).await;
    assert!(after.contains("You cancelled this order.") && !after.contains("/cancel\""));
    act(&shop, taken.id, "accept", "").await;
    let late = by_form(&shop, &taken).await.header(header::LOCATION).to_owned();
    assert_eq!(late, format!("/orders/{}?notice=too-late", taken.id));
    assert!(page(&taken, &late).await.contains("It was too late to cancel: Bella Napoli"));
    assert_eq!(status_of(&shop, &taken), Status::Accepted);
}

#[tokio::test(start_paused = true)]
async fn an_undecided_form_says_so() {
    let shop = Shop::with(Running::NoOrders);
    let placed = shop.order(good().to_string(), None).await.json();
    let id: OrderId = placed["order_id"].as_str().unwrap().parse().unwrap();
    let token = shop.token(id);
    let answer = post(&shop, &format!("/orders/{id}/cancel?token={token}"), &[], "").await;
    assert_eq!(answer.header(header::LOCATION), format!("/orders/{id}?notice=asked"));
    // The page opens with the cookie of the response, and no URL has the token.
    let cookie = answer.header(header::SET_COOKIE).split(';').next().unwrap().to_owned();
    let to = answer.header(header::LOCATION);
    let page = shop.send(request(Method::GET, to, &[("cookie", &cookie)], Body::empty())).await;
    assert!(page.body.contains("You asked to cancel."), "{}", page.body);
}
