//! Rejecting an order over HTTP.

use axum::http::{Method, StatusCode, header};
use domain::fixtures;
use events::{Topic, order_requests};
use serde_json::json;

use super::{
    kitchen::{act, confirmed},
    shop::{Answer, STAFF, Shop, assert_problem, request},
};

fn because(reason: &str) -> String {
    json!({"reason": reason}).to_string()
}

#[tokio::test]
async fn a_rejected_order_shows_its_reason() {
    let shop = Shop::open();
    let order = fixtures::order(1);
    confirmed(&shop, &order);
    act(&shop, order.id, "accept", "").await;
    let body = json!({"reason": " The oven is <b>broken</b> 🙏 ",
                      "request_id": "0199b1b4-0000-7000-8000-0000000000aa"});
    let answer = act(&shop, order.id, "reject", &body.to_string()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let shown = answer.json();
    assert_eq!(
        (&shown["status"], &shown["reason"]),
        (&json!("cancelled"), &json!("The oven is <b>broken</b> 🙏"),)
    );
    assert_eq!(act(&shop, order.id, "reject", &body.to_string()).await, answer, "once more");
    assert_problem(&act(&shop, order.id, "start", "").await, 409, "it is over");
    let page = shop.staff(Method::GET, &format!("/orders/{}", order.id), "").await.body;
    assert!(page.contains("Bella Napoli had to cancel your order."));
    assert!(page.contains("The oven is &lt;b&gt;broken&lt;/b&gt; 🙏"), "{page}");
}

#[tokio::test]
async fn a_rejection_requires_a_reason() {
    let shop = Shop::open();
    let order = fixtures::order(1);
    confirmed(&shop, &order);
    let before = shop.published();
    let long = because(&"x".repeat(501));
    let bodies = ["", "{}", &because(""), &because("  "), &because("a\nb"), &long];
    for body in bodies {
        let answer = act(&shop, order.id, "reject", body).await;
        assert_problem(&answer, 422, body);
        assert_eq!(answer.json()["errors"][0]["field"], "reason", "{body}");
    }
    assert_problem(&act(&shop, order.id, "reject", "{\"reason\":7}").await, 400, "a number");
    assert_eq!(shop.published(), before);
    let answer = act(&shop, order.id, "reject", &because(&"é".repeat(500))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

async fn by_form(shop: &Shop, id: impl std::fmt::Display, form: &'static str) -> Answer {
    let bearer = format!("Bearer {STAFF}");
    let headers =
        [("authorization", &*bearer), ("content-type", "application/x-www-form-urlencoded")];
    shop.send(request(Method::POST, &format!("/kitchen/orders/{id}/reject"), &headers, form)).await
}

#[tokio::test]
async fn a_form_accepts_a_predefined_or_a_written_reason() {
    let shop = Shop::open();
    let cases = [
        (1, "reason=We+are+about+to+close&words=", "We are about to close"),
        (2, "reason=We+are+about+to+close&words=+Flood+", "Flood"),
        (3, "words=Flood", "Flood"),
    ];
    for (n, form, said) in cases {
        let order = fixtures::order(n);
        confirmed(&shop, &order);
        let answer = by_form(&shop, order.id, form).await;
        assert_eq!(answer.header(header::LOCATION), "/kitchen?restaurant=");
        let requests = shop.log().read(&[Topic::OrderRequests]);
        let asked =
            requests.iter().map(|record| order_requests::decode_request(record).unwrap().unwrap());
        let asked = asked.into_iter().find(|request| request.order_id == order.id).unwrap();
        assert_eq!(asked.reason.unwrap().as_str(), said);
    }
    let order = fixtures::order(4);
    confirmed(&shop, &order);
    let before = shop.published();
    for form in ["restaurant=bella-napoli&words=+", "restaurant=bella-napoli"] {
        let answer = by_form(&shop, order.id, form).await;
        let to = answer.header(header::LOCATION).to_owned();
        assert_eq!(to, "/kitchen?restaurant=bella-napoli&notice=no-reason");
        let board = shop.staff(Method::GET, &to, "").await.body;
        assert!(board.contains("Say why you reject the order"), "{board}");
    }
    assert_eq!(shop.published(), before);
}
