//! The event stream of an order: each step once and in order, at any instance.

use std::time::Duration;

use axum::http::Method;
use domain::{
    fixtures,
    number::OrderNumber,
    order::{Order, OrderParts},
    payment::{Refund, RefundId},
    status::Status,
};
use events::{order_confirmed, order_details, order_progress, order_refunded};
use http_body_util::BodyExt;
use serde_json::json;

use super::shop::{Running, STAFF, Shop, request};

fn step(shop: &Shop, order: &Order, status: Status) {
    let change = domain::status::StatusChange {
        order_id: order.id,
        status,
        at: order.placed_at,
        reason: None,
        ready_by: None,
        number: None,
    };
    shop.log().append(&match status {
        Status::Placed => order_details::encode_placed(order, "digest"),
        Status::Confirmed => {
            let number = OrderNumber::try_from(42).ok();
            order_confirmed::encode_confirmed(
                order,
                number,
                order_confirmed::Verified::Captured(&domain::payment::IntentId("pi_0".into())),
                order.placed_at,
            )
        }
        _ => order_progress::encode_progress(order, &change, domain::kitchen::Requester::Kitchen),
    });
}

/// The ids of the next `count` events.
async fn ids(body: &mut axum::body::Body, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    while ids.len() < count {
        let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
        let text = String::from_utf8(frame.to_vec()).unwrap();
        ids.extend(text.lines().filter_map(|line| line.strip_prefix("id: ")).map(str::to_owned));
    }
    ids
}

async fn listen(shop: &Shop, order: &Order, last: Option<&str>) -> axum::body::Body {
    let path = format!("/api/orders/{}/events?token={}", order.id, shop.token(order.id));
    let headers: Vec<_> = last.map(|id| ("last-event-id", id)).into_iter().collect();
    let response = shop.stream(request(Method::GET, &path, &headers, "")).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    response.into_body()
}

#[tokio::test(start_paused = true)]
async fn steps_are_sent_once_and_in_order() {
    for running in [Running::All, Running::NoOrders] {
        let (shop, order) = (Shop::with(running), fixtures::order(1));
        step(&shop, &order, Status::Placed);
        step(&shop, &order, Status::Confirmed);
        let mut body = listen(&shop, &order, None).await;
        assert_eq!(ids(&mut body, 2).await, ["placed", "confirmed"]);
        // Repeated, late and duplicate steps are not sent again.
        step(&shop, &order, Status::Confirmed);
        step(&shop, &order, Status::Preparing);
        assert_eq!(ids(&mut body, 1).await, ["preparing"]);
        step(&shop, &order, Status::Accepted);
        step(&shop, &order, Status::Ready);
        assert_eq!(ids(&mut body, 1).await, ["ready"]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_step_to_confirmed_tells_the_number() {
    for running in [Running::All, Running::NoOrders] {
        let (shop, order) = (Shop::with(running), fixtures::order(1));
        step(&shop, &order, Status::Placed);
        let mut body = listen(&shop, &order, None).await;
        assert_eq!(ids(&mut body, 1).await, ["placed"]);
        step(&shop, &order, Status::Confirmed);
        let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
        let text = String::from_utf8(frame.to_vec()).unwrap();
        assert!(text.contains("\"number\":42"), "{text}");
        let path = format!("/api/orders/{}?token={}", order.id, shop.token(order.id));
        let shown = shop.get(&path).await.json();
        let number = if matches!(running, Running::All) { json!(42) } else { json!(null) };
        assert_eq!(shown["number"], number);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_resumes_after_its_last_event() {
    let (shop, order) = (Shop::open(), fixtures::order(1));
    for status in [Status::Placed, Status::Confirmed, Status::Accepted] {
        step(&shop, &order, status);
    }
    let mut body = listen(&shop, &order, Some("confirmed")).await;
    assert_eq!(ids(&mut body, 1).await, ["accepted"]);
    let mut body = listen(&shop, &order, Some("nonsense")).await;
    assert_eq!(ids(&mut body, 3).await, ["placed", "confirmed", "accepted"]);
}

#[tokio::test(start_paused = true)]
async fn a_refund_is_sent_once() {
    let (shop, order) = (Shop::open(), fixtures::order(1));
    let refund = Refund::of_whole(
        RefundId("re_1".into()),
        order.totals.total_minor,
        order.placed_at,
        "The oven is broken".parse().unwrap(),
    );
    let mut names = Vec::new();
    step(&shop, &order, Status::Placed);
    shop.log().append(&order_refunded::encode_refunded(&order, None, &refund));
    let mut body = listen(&shop, &order, None).await;
    shop.log().append(&order_refunded::encode_refunded(&order, None, &refund));
    step(&shop, &order, Status::Cancelled);
    while names.len() < 3 {
        let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
        let text = String::from_utf8(frame.to_vec()).unwrap();
        names.extend(
            text.lines().filter_map(|line| line.strip_prefix("event: ")).map(str::to_owned),
        );
    }
    names.sort_unstable();
    assert_eq!(names, ["refund", "status", "status"]);
}

/// An order of another restaurant.
fn elsewhere(n: u128) -> Order {
    let mut parts: OrderParts = (*fixtures::order(n)).clone();
    parts.seller.id = "golden-wok".parse().unwrap();
    parts.try_into().unwrap()
}

/// Number of board events until none comes for five seconds.
async fn count(body: &mut axum::body::Body) -> usize {
    let mut events = 0;
    while let Ok(frame) = tokio::time::timeout(Duration::from_secs(5), body.frame()).await {
        let data = frame.unwrap().unwrap().into_data().unwrap();
        events += String::from_utf8(data.to_vec()).unwrap().matches("event: board").count();
    }
    events
}

#[tokio::test(start_paused = true)]
async fn a_board_gets_events_of_its_own_restaurant_only() {
    let shop = Shop::open();
    let board = async |restaurant: &str| {
        let path = format!("/kitchen/events?restaurant={restaurant}");
        let token = format!("Bearer {STAFF}");
        let headers = [("authorization", token.as_str())];
        shop.stream(request(Method::GET, &path, &headers, "")).await.into_body()
    };
    let (mut quiet, mut busy) = (board("bella-napoli").await, board("golden-wok").await);
    for n in 0..4_000 {
        step(&shop, &elsewhere(n), Status::Placed);
    }
    assert_eq!(count(&mut quiet).await, 0);
    assert_eq!(count(&mut busy).await, 2, "at once, and when tables have caught up");
    step(&shop, &fixtures::order(1), Status::Placed);
    assert_eq!(count(&mut quiet).await, 2);
    assert_eq!(count(&mut busy).await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_stream_begins_at_once_is_not_buffered_and_has_heartbeats() {
    let (shop, order) = (Shop::open(), fixtures::order(1));
    shop.log().append(&order_details::encode_placed(&order, "digest"));
    let bearer = format!("Bearer {}", super::shop::STAFF);
    let of_order = format!("/api/orders/{}/events?token={}", order.id, shop.token(order.id));
    for path in ["/r/bella-napoli/events", "/kitchen/events", "/api/analytics/events", &of_order] {
        let headers = [("authorization", bearer.as_str()), ("accept-encoding", "gzip")];
        let response = shop.stream(request(Method::GET, path, &headers, "")).await;
        assert_eq!(response.headers()["x-accel-buffering"], "no", "{path}");
        assert_eq!(response.headers()["cache-control"], "no-store, no-transform", "{path}");
        let mut body = response.into_body();
        let mut next = async || {
            let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
            String::from_utf8(frame.to_vec()).unwrap()
        };
        let first = futures::FutureExt::now_or_never(next()).expect("it is there at once");
        assert!(first.contains("retry: 2000") || first.contains("retry:2000"), "{path}: {first}");
        // Events come first, then heartbeats.
        while next().await != "event: beat\ndata: 10\n\n" {}
        assert_eq!(next().await, "event: beat\ndata: 10\n\n", "{path}");
    }
}
