//! Refunds of parts, requested by staff.

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use domain::{
    fixtures,
    ids::StaffId,
    order::Order,
    payment::{ChargeOutcome, IntentId, RefundPart, Refunder},
    ports::PaymentBook,
    staff::{Account, Role},
};
use events::{
    Handler, Record, Topic, order_details,
    order_requests::{self, decode_refund_request},
};
use serde_json::{Value, json};
use services::transactions::TransactionsHandler;

use super::{
    common::lock,
    shop::{Answer, STAFF, Shop, request},
};

/// An order of 24.50 whose money was captured.
async fn paid(shop: &Shop) -> Order {
    let order = fixtures::delivery(1);
    let (tables, intent) = (&shop.world.tables, IntentId("pi_1".into()));
    let at = order.placed_at;
    shop.log().append(&order_details::encode_placed(&order, "digest"));
    tables.begin(&order, at).await.unwrap();
    tables.store_intent(order.id, intent.clone()).await.unwrap();
    shop.world.gateway.put(
        "pi_1",
        order.id,
        order.total(),
        domain::payment::IntentState::Captured { amount: order.total() },
    );
    tables.settle(&order, &ChargeOutcome::Captured { intent, at }).await.unwrap();
    order
}

async fn ask(shop: &Shop, order: &Order, key: Option<&str>, body: Value) -> Answer {
    ask_as(shop, STAFF, order, key, body).await
}

async fn ask_as(
    shop: &Shop,
    bearer: &str,
    order: &Order,
    key: Option<&str>,
    body: Value,
) -> Answer {
    let bearer = format!("Bearer {bearer}");
    let mut headers = vec![("authorization", &*bearer), ("content-type", "application/json")];
    headers.extend(key.map(|key| ("idempotency-key", key)));
    let path = format!("/api/orders/{}/refunds", order.id);
    shop.send(request(Method::POST, &path, &headers, Body::from(body.to_string()))).await
}

async fn show(shop: &Shop, order: &Order) -> Value {
    let bearer = format!("Bearer {STAFF}");
    let headers = [("authorization", &*bearer)];
    let path = format!("/api/orders/{}", order.id);
    shop.send(request(Method::GET, &path, &headers, Body::empty())).await.json()
}

fn requests(shop: &Shop) -> Vec<Record> {
    let all = shop.world.log.all();
    all.into_iter().filter(|record| record.topic == Topic::OrderRequests).collect()
}

/// Lets transactions handle what was requested.
async fn refund(shop: &Shop) {
    let handler = TransactionsHandler::new(shop.world.payments());
    handler.handle(&requests(shop)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn pieces_and_amounts_are_requested_and_shown() {
    let shop = Shop::open();
    let order = paid(&shop).await;
    let body = json!({"lines": [{"line": 0, "quantity": 1}], "reason": "One was cold"});
    let answer = ask(&shop, &order, Some("one"), body.clone()).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    let place = format!("/api/orders/{}", order.id);
    assert_eq!(answer.headers["location"].to_str().unwrap(), place);
    let first = answer.json();
    assert_eq!((&first["amount_minor"], &first["currency"]), (&json!(1100), &json!("EUR")));
    let asked = decode_refund_request(&requests(&shop)[0]).unwrap().unwrap();
    assert_eq!((asked.key.to_string(), asked.by), (first["refund_id"].as_str().unwrap().to_owned(), Refunder::Kitchen));
    assert_eq!(asked.person.unwrap().as_str(), "operator token");
    assert!(matches!(asked.part, RefundPart::Lines(_)));
    refund(&shop).await;
    let shown = show(&shop, &order).await;
    assert_eq!(shown["payment"]["state"], "partly_refunded");
    assert_eq!(shown["payment"]["refunded_minor"], 1100);
    let listed = &shown["refunds"][0];
    assert_eq!((&listed["refund_id"], &listed["state"]), (&first["refund_id"], &json!("refunded")));
    assert_eq!((&listed["reason"], &listed["lines"]), (&body["reason"], &body["lines"]));

    let again = ask(&shop, &order, Some("one"), body).await;
    assert_eq!((again.status, again.json()), (StatusCode::ACCEPTED, first), "the same refund");
    assert_eq!(requests(&shop).len(), 1, "it is not requested again");
    let other = json!({"amount_minor": 1100, "reason": "One was cold"});
    let taken = ask(&shop, &order, Some("one"), other.clone()).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(taken.json()["type"].as_str().unwrap().ends_with("/key-reused"));
    assert_eq!(ask(&shop, &order, Some("two"), other).await.status, StatusCode::ACCEPTED);
    refund(&shop).await;
    assert_eq!(show(&shop, &order).await["payment"]["refunded_minor"], 2200);
}

#[tokio::test(start_paused = true)]
async fn more_than_is_left_says_what_is_left() {
    let shop = Shop::open();
    let order = paid(&shop).await;
    let asks = |minor: i64| json!({"amount_minor": minor, "reason": "Late"});
    let more = ask(&shop, &order, Some("one"), asks(2451)).await;
    assert_eq!(more.status, StatusCode::CONFLICT);
    assert_eq!((&more.json()["left_minor"], &more.json()["currency"]), (&json!(2450), &json!("EUR")));
    assert_eq!(ask(&shop, &order, Some("one"), asks(2450)).await.status, StatusCode::ACCEPTED);
    refund(&shop).await;
    let nothing = ask(&shop, &order, Some("two"), asks(1)).await;
    assert_eq!((nothing.status, &nothing.json()["left_minor"]), (StatusCode::CONFLICT, &json!(0)));
    // Two requests that pass each other: the later one is refused, and staff see that.
    let order = fixtures::order(7);
    shop.log().append(&order_details::encode_placed(&order, "digest"));
    let early = ask(&shop, &order, Some("early"), asks(1)).await;
    assert_eq!((early.status, &early.json()["left_minor"]), (StatusCode::CONFLICT, &json!(0)));
}

/// Two requests pass each other: the later one is refused when it is read, and staff see that.
#[tokio::test(start_paused = true)]
async fn of_two_at_once_one_fails() {
    let shop = Shop::open();
    let order = paid(&shop).await;
    for key in ["one", "two"] {
        let body = json!({"amount_minor": 2000, "reason": "Late"});
        assert_eq!(ask(&shop, &order, Some(key), body).await.status, StatusCode::ACCEPTED);
    }
    refund(&shop).await;
    let shown = show(&shop, &order).await;
    assert_eq!(shown["payment"]["refunded_minor"], 2000);
    let states: Vec<_> = shown["refunds"].as_array().unwrap().iter().map(|r| &r["state"]).collect();
    assert!(states.contains(&&json!("failed")) && states.contains(&&json!("refunded")), "{shown}");
    let token = super::common::secret().order_token(order.id);
    let own = shop.get(&format!("/api/orders/{}?token={token}", order.id)).await.json();
    assert_eq!(own["refunds"].as_array().unwrap().len(), 1, "customers see what went back");
    assert!(own["refunds"][0].get("person").is_none());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_refunded_is_refused_at_the_door() {
    let shop = Shop::open();
    let order = paid(&shop).await;
    let field = |answer: &Answer| answer.json()["errors"][0]["field"].as_str().unwrap().to_owned();
    for (body, name) in [
        (json!({"amount_minor": 0, "reason": "x"}), "amount_minor"),
        (json!({"amount_minor": -5, "reason": "x"}), "amount_minor"),
        (json!({"reason": "x"}), "amount_minor"),
        (json!({"amount_minor": 5, "lines": [], "reason": "x"}), "amount_minor"),
        (json!({"lines": [], "reason": "x"}), "lines"),
        (json!({"lines": [{"line": 0, "quantity": 3}], "reason": "x"}), "lines"),
        (json!({"lines": [{"line": 9, "quantity": 1}], "reason": "x"}), "lines"),
        (json!({"amount_minor": 5, "reason": " "}), "reason"),
        (json!({"amount_minor": 5, "reason": "x".repeat(501)}), "reason"),
        (json!({"amount_minor": 5}), "reason"),
        (json!({"amount_minor": 5, "reason": "x", "price": 1}), "price"),
    ] {
        let answer = ask(&shop, &order, Some("key"), body.clone()).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}: {}", answer.body);
        assert_eq!(field(&answer), name, "{body}");
    }
    let fine = json!({"amount_minor": 5, "reason": "x"});
    let keyless = ask(&shop, &order, None, fine.clone()).await;
    assert_eq!(keyless.status, StatusCode::BAD_REQUEST);
    assert!(keyless.body.contains("Idempotency-Key"));
    let stranger = ask(&shop, &fixtures::order(9), Some("key"), fine.clone()).await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND);
    assert!(requests(&shop).is_empty(), "nothing was written");
    assert!(lock(&shop.world.tables.rows).refunds.is_empty());
}
