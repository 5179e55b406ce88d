//! Who sells: set by the owner, shown to customers, and noted in the change log.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::shop::{Answer, Shop, assert_problem};

const RESTAURANT: &str = "/api/restaurants/bella-napoli";

async fn put(shop: &Shop, body: &Value) -> Answer {
    shop.staff(Method::PUT, RESTAURANT, body.to_string()).await
}

fn restaurant() -> Value {
    json!({
        "name": "Bella Napoli", "currency": "EUR", "time_zone": "Europe/Rome",
        "business_day_starts": "04:30",
        "legal": {"name": "Bella Napoli S.r.l.", "tax_id": "IT 01234567890", "imprint": "REA NA-1"},
        "address": {
            "line1": "Via dei Tribunali 12", "postcode": "80138", "city": "Napoli",
            "region": "NA", "country": "IT", "latitude": 40.851_775, "longitude": 14.268_124,
        },
    })
}

#[tokio::test]
async fn customers_and_tools_see_who_sells() {
    let shop = Shop::open();
    let put = put(&shop, &restaurant()).await;
    assert_eq!(put.status, StatusCode::OK, "{}", put.body);
    let list = shop.get("/api/restaurants").await.json();
    let shown = list["restaurants"].as_array().unwrap().iter();
    let shown = shown.clone().find(|r| r["id"] == "bella-napoli").unwrap();
    assert_eq!(shown["legal"], restaurant()["legal"]);
    assert_eq!(shown["address"], restaurant()["address"]);
}

#[tokio::test]
async fn who_sells_is_refused_by_field() {
    let shop = Shop::open();
    let before = shop.published();
    let cases = [
        ("/business_day_starts", json!("5"), 422, "business_day_starts"),
        ("/business_day_starts", json!(5), 400, "business_day_starts"),
        ("/legal/name", json!(" "), 422, "legal.name"),
        ("/legal", json!({"tax_id": "IT 1"}), 400, "legal.name"),
        ("/legal/tax_id", json!("x".repeat(41)), 422, "legal.tax_id"),
        ("/legal/imprint", json!("a\nb"), 422, "legal.imprint"),
        ("/legal", json!({"name": "X", "vat": "1"}), 400, "legal.vat"),
        ("/address/line1", json!(""), 422, "address.line1"),
        ("/address/postcode", json!("12345678901234567"), 422, "address.postcode"),
        ("/address/country", json!("Italy"), 422, "address.country"),
        ("/address/latitude", json!(91), 422, "address.latitude"),
        ("/address/latitude", Value::Null, 422, "address.latitude"),
        ("/address/street", json!("Via Roma"), 400, "address.street"),
    ];
    for (pointer, value, status, names) in cases {
        let mut body = restaurant();
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[field] = value;
        let answer = put(&shop, &body).await;
        assert_problem(&answer, status, pointer);
        assert!(answer.body.contains(names), "{pointer}: {}", answer.body);
    }
    assert_eq!(shop.published(), before);
}
