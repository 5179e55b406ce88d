//! Checks of the `OpenAPI` document, by itself and against the handlers.

use std::collections::BTreeSet;

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};
use domain::{
    fixtures,
    order::Order,
    payment::{ChargeOutcome, IntentId},
    ports::PaymentBook,
};
use events::{order_confirmed, order_details};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use web::openapi::DOCUMENT;

use super::{
    schema::findings,
    shop::{STAFF, Shop, request},
};

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";
const STREAM: &str = "text/event-stream";

/// An operation with its method and path.
struct Operation {
    method: Method,
    path: String,
    said: Value,
}

fn document() -> Value {
    serde_json::from_str(DOCUMENT).unwrap()
}

/// The target of a `$ref`; any other value is returned as it is.
fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(to) => resolve(document, target(document, to)),
        None => value,
    }
}

fn target<'a>(document: &'a Value, to: &str) -> &'a Value {
    let pointer = to.strip_prefix('#').unwrap_or_else(|| panic!("{to} leads elsewhere"));
    document.pointer(pointer).unwrap_or_else(|| panic!("{to} leads nowhere"))
}

fn operations(document: &Value) -> Vec<Operation> {
    let of = |(path, item): (&String, &Value)| {
        let methods = item.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters");
        let operation = |(name, said): (&String, &Value)| Operation {
            method: name.to_uppercase().parse().unwrap(),
            path: path.clone(),
            said: said.clone(),
        };
        methods.map(operation).collect::<Vec<_>>()
    };
    document["paths"].as_object().unwrap().iter().flat_map(of).collect()
}

fn refs<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|field| refs(field, found));
        }
        Value::Array(values) => values.iter().for_each(|value| refs(value, found)),
        _ => {}
    }
}

#[test]
fn every_reference_resolves_and_every_component_is_used() {
    let document = document();
    let mut found = Vec::new();
    refs(&document, &mut found);
    let used: BTreeSet<_> = found.iter().map(|to| (*to).to_owned()).collect();
    for to in &used {
        target(&document, to);
    }
    for kind in ["headers", "parameters", "responses", "schemas"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            let to = format!("#/components/{kind}/{name}");
            assert!(used.contains(&to), "nothing refers to {to}");
        }
    }
}

#[test]
fn every_operation_has_a_name_a_summary_and_its_errors() {
    let document = document();
    let mut ids = BTreeSet::new();
    for Operation { method, path, said } in operations(&document) {
        let id = said["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path}"));
        assert!(ids.insert(id.to_owned()), "{id} is used twice");
        assert!(said["summary"].as_str().is_some_and(|text| text.len() > 5), "{id}");
        assert!(said["security"].is_array(), "{id} says who may call it");
        for (status, response) in said["responses"].as_object().unwrap() {
            let content = &resolve(&document, response)["content"];
            let is_problem = content[PROBLEM]["schema"]["$ref"] == "#/components/schemas/Problem";
            let is_error = status == "default" || status.as_str() >= "400";
            // Endpoints for monitoring respond with plain text.
            assert_eq!(is_problem, is_error && path.starts_with("/api/"), "{id} {status}");
        }
        let errors = said["responses"].as_object().unwrap().keys().filter(|s| !s.starts_with('2'));
        assert!(errors.count() > 0 || !path.starts_with("/api/"), "{id} has an error");
    }
    assert!(ids.len() > 10, "the operations were found: {ids:?}");
}

#[test]
fn responses_of_shared_layers_are_documented() {
    let document = document();
    for Operation { method, path, said } in operations(&document) {
        let takes = |scheme: &str| {
            let ways = said["security"].as_array().unwrap();
            ways.iter().any(|way| way.get(scheme).is_some())
        };
        let is_open = said["security"].as_array().unwrap().iter().any(|way| way == &json!({}));
        let by_order = ["orderToken", "orderTokenQuery", "orderCookie"].into_iter().any(takes);
        let is_for_staff = takes("staffToken") && !is_open && !by_order;
        let is_change = matches!(method, Method::POST | Method::PUT);
        let around = [
            // Bearers are counted, sessions are rows.
            ("429", takes("staffToken")),
            ("503", takes("staffSession")),
            ("401", is_for_staff),
            ("403", is_for_staff || is_change),
            ("413", is_change),
            ("415", is_change),
        ];
        for (status, _) in around.into_iter().filter(|(_, applies)| *applies) {
            let responses = said["responses"].as_object().unwrap();
            let is_told = responses.contains_key(status) || responses.contains_key("default");
            assert!(is_told, "{method} {path} may answer {status}");
        }
    }
}

#[tokio::test]
async fn rate_limits_are_documented() {
    let document = document();
    for Operation { method, path, said } in operations(&document) {
        let takes_bearer = said["security"].to_string().contains("staffToken");
        if !path.starts_with("/api/") || !takes_bearer {
            continue;
        }
        let shop = Shop::open();
        let path = path
            .replace("{order_id}", "0199b1b4-0000-7000-8000-000000000001")
            .replace("{restaurant_id}", "bella-napoli")
            .replace("{file}", "sales.json")
            .replace("{date}", "2026-11-22")
            .replace("{action}", "accept");
        let body = said["requestBody"]["content"][JSON]["example"].to_string();
        let mut met = BTreeSet::new();
        for n in 0..40 {
            let wrong = format!("Bearer guess-{n}");
            let headers = [("authorization", &*wrong), ("content-type", JSON)];
            let body = if method == Method::GET { String::new() } else { body.clone() };
            met.insert(shop.stream(request(method.clone(), &path, &headers, body)).await.status());
        }
        for status in met {
            let is_told = said["responses"].get(status.as_str()).is_some();
            assert!(is_told, "{method} {path} answers {status}");
        }
    }
}

async fn confirmed(shop: &Shop) -> Order {
    let order = fixtures::order(1);
    let (tables, intent) = (&shop.world.tables, IntentId("pi_0".into()));
    let at = order.placed_at;
    tables.begin(&order, at).await.unwrap();
    tables.store_intent(order.id, intent.clone()).await.unwrap();
    tables.settle(&order, &ChargeOutcome::Captured { intent, at }).await.unwrap();
    shop.log().append(&order_details::encode_placed(&order, "digest"));
    shop.log().append(&order_confirmed::encode_confirmed(
        &order,
        None,
        order_confirmed::Verified::Captured(&domain::payment::IntentId("pi_0".into())),
        order.placed_at,
    ));
    order
}

fn assert_fits(document: &Value, schema: &Value, value: &Value, case: &str) {
    let found = findings(document, schema, value);
    assert!(found.is_empty(), "{case}: {found:?}");
}

#[tokio::test(start_paused = true)]
async fn every_operation_is_served_as_documented() {
    let document = document();
    let bearer = format!("Bearer {STAFF}");
    let headers = [
        ("authorization", &*bearer),
        ("content-type", JSON),
        ("idempotency-key", "documented"),
    ];
    for Operation { method, path, said } in operations(&document) {
        // Other paths belong to the process, not to a service.
        if !path.starts_with("/api/") {
            continue;
        }
        let shop = Shop::open();
        let case = format!("{method} {path}");
        let path = path
            .replace("{order_id}", &confirmed(&shop).await.id.to_string())
            .replace("{restaurant_id}", "bella-napoli")
            .replace("{file}", "sales.json")
            .replace("{date}", "2026-11-22")
            .replace("{action}", "accept");
        let body = match &said["requestBody"]["content"][JSON]["example"] {
            Value::Null => Body::empty(),
            example => Body::from(example.to_string()),
        };
        let response = shop.stream(request(method, &path, &headers, body)).await;
        let status = response.status();
        assert!(status.is_success(), "{case}: {status}");
        let documented = resolve(&document, &said["responses"][status.as_str()]);
        let kind = response.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
        let content = &documented["content"][&kind];
        assert!(content.is_object(), "{case}: {kind} is documented for {status}");
        for name in documented["headers"].as_object().into_iter().flat_map(|h| h.keys()) {
            assert!(response.headers().contains_key(name), "{case}: {name} is sent");
        }
        if kind != STREAM {
            let bytes = response.into_body().collect().await.unwrap().to_bytes();
            let answer: Value = serde_json::from_slice(&bytes).unwrap();
            assert_fits(&document, &content["schema"], &answer, &case);
            // The example must match the schema, too.
            let example = content.get("example").unwrap_or(&answer);
            assert_fits(&document, &content["schema"], example, &format!("{case} (example)"));
        }
    }
}

#[tokio::test]
async fn the_example_order_has_the_price_of_the_example_response() {
    let (shop, document) = (Shop::open(), document());
    let operation = &document["paths"]["/api/orders"]["post"];
    let order = &operation["requestBody"]["content"][JSON]["example"];
    let answer = shop.order(order.to_string(), Some("documented")).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    let (answer, example) =
        (answer.json(), &operation["responses"]["202"]["content"][JSON]["example"]);
    for field in ["status", "total_minor", "currency"] {
        assert_eq!(answer[field], example[field], "{field}");
    }
    assert!(answer.as_object().unwrap().keys().eq(example.as_object().unwrap().keys()));
}
