//! Kitchen steps over HTTP.

use axum::http::{Method, StatusCode, header};
use domain::{fixtures, order::Order};
use events::{Topic, order_confirmed, order_details};
use serde_json::json;

use super::shop::{Answer, Running, Shop, assert_problem, request};

pub(super) fn confirmed(shop: &Shop, order: &Order) {
    shop.log().append(&order_details::encode_placed(order, "digest"));
    let at = order.placed_at;
    shop.log().append(&order_confirmed::encode_confirmed(
        order,
        None,
        order_confirmed::Verified::Captured(&domain::payment::IntentId("pi_0".into())),
        at,
    ));
}

pub(super) async fn act(
    shop: &Shop,
    id: impl std::fmt::Display,
    action: &str,
    body: &str,
) -> Answer {
    let path = format!("/api/kitchen/orders/{id}/{action}");
    shop.staff(Method::POST, &path, body.to_owned()).await
}

#[tokio::test]
async fn each_step_returns_the_new_status() {
    let shop = Shop::open();
    let order = fixtures::delivery(1);
    confirmed(&shop, &order);
    let walk = [
        ("accept", "accepted"),
        ("start", "preparing"),
        ("ready", "ready"),
        ("dispatch", "out_for_delivery"),
        ("complete", "completed"),
    ];
    for (action, status) in walk {
        let answer = act(&shop, order.id, action, "").await;
        assert_eq!(answer.status, StatusCode::OK, "{action}: {}", answer.body);
        assert_eq!(answer.json()["status"], status);
        let again = act(&shop, order.id, action, "").await;
        assert_problem(&again, 409, action);
        assert_eq!(again.json()["order_status"], status);
    }
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_response() {
    let shop = Shop::open();
    let order = fixtures::order(1);
    confirmed(&shop, &order);
    let body = json!({"minutes": 25, "request_id": "0199b1b4-0000-7000-8000-0000000000aa"});
    let first = act(&shop, order.id, "accept", &body.to_string()).await;
    assert_eq!(first.status, StatusCode::OK);
    assert!(first.json()["ready_by"].is_string());
    assert_eq!(act(&shop, order.id, "accept", &body.to_string()).await, first);
}

#[tokio::test]
async fn invalid_requests_are_refused() {
    let shop = Shop::open();
    let order = fixtures::order(1);
    confirmed(&shop, &order);
    let before = shop.published();
    let id = order.id.to_string();
    let cases = [
        (&*id, "eat", "", 404),
        (&*id, "cancel", "", 404),
        (&*id, "accept", "{\"reason\":\"why not\"}", 422),
        ("0199b1b4-0000-7000-8000-00000000ffff", "accept", "", 404),
        ("1", "accept", "", 404),
        (&*id, "accept", "{\"minutes\":601}", 422),
        (&*id, "accept", "{\"minutes\":-1}", 400),
        (&*id, "accept", "{\"minute\":5}", 400),
        (&*id, "accept", "{\"request_id\":\"7\"}", 400),
        (&*id, "accept", "{", 400),
    ];
    for (id, action, body, status) in cases {
        assert_problem(&act(&shop, id, action, body).await, status, &format!("{action} {body}"));
    }
    assert_eq!(shop.published(), before);
}

#[tokio::test(start_paused = true)]
async fn a_slow_decision_is_a_202() {
    let shop = Shop::with(Running::NoOrders);
    let order = fixtures::order(1);
    confirmed(&shop, &order);
    // The row exists, but the request is not decided.
    let placed = order_details::decode_order(&shop.log().read(&[Topic::OrderDetails])[0]).unwrap();
    let book = services::orders::OrdersHandler {
        book: shop.world.tables.clone(),
        clock: shop.world.clock.clone(),
    };
    let records = shop.log().read(Topic::ORDERS);
    super::common::run::run(&shop.world, &book, &records).await;
    let answer = act(&shop, placed.id, "accept", "").await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    assert_eq!(answer.json()["order_id"], order.id.to_string());
    assert_eq!(shop.log().read(&[Topic::OrderRequests]).len(), 1);
}

#[tokio::test]
async fn the_board_escapes_text() {
    let shop = Shop::open();
    let mut parts = fixtures::order_parts(1);
    parts.customer.name = "<script>alert(1)</script>".parse().unwrap();
    parts.lines[0].note = Some("\"><img src=x onerror=alert(1)>".parse().unwrap());
    confirmed(&shop, &Order::try_from(parts).unwrap());
    let page = shop.staff(Method::GET, "/kitchen?restaurant=bella-napoli", "").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("alert(1)"), "the ticket is there");
    assert!(!page.body.contains("<script>alert") && !page.body.contains("<img src=x"));
}

#[tokio::test]
async fn a_form_redirects_to_its_board() {
    let shop = Shop::open();
    let order = fixtures::order(1);
    confirmed(&shop, &order);
    let bearer = format!("Bearer {}", super::shop::STAFF);
    let path = format!("/kitchen/orders/{}/accept", order.id);
    let headers =
        [("authorization", &*bearer), ("content-type", "application/x-www-form-urlencoded")];
    let form = "minutes=20&restaurant=bella-napoli";
    let first = shop.send(request(Method::POST, &path, &headers, form)).await;
    assert_eq!(first.header(header::LOCATION), "/kitchen?restaurant=bella-napoli");
    let again = shop.send(request(Method::POST, &path, &headers, form)).await;
    let board = "/kitchen?restaurant=bella-napoli&notice=accepted";
    assert_eq!(again.header(header::LOCATION), board);
}

#[tokio::test]
async fn a_repeated_form_gets_the_same_response() {
    let shop = Shop::open();
    let order = fixtures::order(1);
    confirmed(&shop, &order);
    let path = format!("/kitchen/orders/{}/accept", order.id);
    let id = "0199b1b4-0000-7000-8000-0000000000aa";
    let form = format!("minutes=20&restaurant=bella-napoli&request_id={id}");
    for _ in 0..2 {
        let answer = shop.staff_form(&path, &form).await;
        let board = answer.header(header::LOCATION);
        assert_eq!(board, "/kitchen?restaurant=bella-napoli", "no notice of another cook");
    }
}

#[tokio::test]
async fn the_board_shows_dishes_and_handed_over_orders() {
    let shop = Shop::open();
    let order = fixtures::order(1);
    confirmed(&shop, &order);
    let board = async || shop.staff(Method::GET, "/kitchen", "").await.body;
    let handed_over = |page: &str| page.contains("class=\"past-head\"");
    assert!(!handed_over(&board().await));
    for action in ["accept", "start", "ready", "complete"] {
        assert_eq!(act(&shop, order.id, action, "").await.status, StatusCode::OK);
    }
    let page = board().await;
    assert!(handed_over(&page) && page.contains("name=\"dish\" value=\"margherita\""));
}
