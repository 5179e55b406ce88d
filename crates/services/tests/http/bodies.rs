//! An unreadable body is refused in the API's own terms: the field, what it must be and what it is,
//! without names of the implementation.

use axum::http::Method;

use super::shop::{STAFF, Shop, assert_problem, request};

const ORDER: &str = "0199b1b4-0000-7000-8000-000000000001";

/// Every endpoint that accepts JSON, with a field of the wrong type.
fn endpoints() -> Vec<(Method, String, &'static str, &'static str)> {
    let at = |path: &str| format!("/api/restaurants/bella-napoli{path}");
    let post = Method::POST;
    vec![
        (post.clone(), "/api/orders".into(), r#"{"lines":7}"#, "lines must be an array; it is 7"),
        (post.clone(), "/api/orders".into(), r#"{"lines":[7]}"#, "lines[0] must be an object"),
        (
            post.clone(),
            "/api/orders".into(),
            r#"{"customer":["Ada","ada@example.com"]}"#,
            "customer must be an object; it is an array",
        ),
        (
            post.clone(),
            "/api/orders".into(),
            r#"{"fulfilment":{"kind":"catapult"}}"#,
            "fulfilment.kind must be \"pickup\" or \"delivery\"; it is \"catapult\"",
        ),
        (post.clone(), at("/stock"), r#"{"set":-1}"#, "set must be a whole number from 0"),
        (Method::PUT, at(""), r#"{"opening_hours":[]}"#, "opening_hours must be an object"),
        (
            Method::PUT,
            at("/menu"),
            r#"{"categories":[{"id":1}]}"#,
            "categories[0].id must be a string; it is 1",
        ),
        (
            post.clone(),
            format!("/api/kitchen/orders/{ORDER}/accept"),
            r#"{"minutes":"x"}"#,
            "must be a whole number from 0 to 4294967295; it is \"x\"",
        ),
    ]
}

/// Asserts that no name of the implementation occurs.
fn assert_plain(text: &str, case: &str) {
    for word in ["struct", "enum ", "Body", "::", "u32", "visitor", "sequence", "variant"] {
        assert!(!text.contains(word), "{case}: {word}: {text}");
    }
}

#[tokio::test]
async fn a_value_of_the_wrong_type_is_named_at_every_endpoint() {
    let shop = Shop::open();
    for (method, path, body, expected) in endpoints() {
        let case = format!("{method} {path} {body}");
        let answer = shop.staff(method, &path, body).await;
        assert_problem(&answer, 400, &case);
        let problem = answer.json();
        assert!(problem["detail"].as_str().unwrap().contains(expected), "{case}: {problem}");
        assert!(problem["errors"][0]["field"].is_string(), "{case}: {problem}");
        assert_plain(&answer.body, &case);
    }
}

#[tokio::test]
async fn malformed_json_and_unknown_fields_are_refused_at_every_endpoint() {
    let shop = Shop::open();
    let before = shop.published();
    let deep = format!("{{\"x\":{}", "[".repeat(100_000));
    let bodies = [
        "{",
        "[]",
        "7",
        "null",
        "\"x\"",
        "{\"x\":NaN}",
        "{\"x\":1}",
        "{} {}",
        "{\"x\":1,\"x\":2}",
        "{'x':1}",
        " ",
        &deep,
    ];
    for (method, path, ..) in endpoints() {
        for body in bodies {
            let case = format!("{method} {path} {}", &body[..body.len().min(20)]);
            let answer = shop.staff(method.clone(), &path, body.to_owned()).await;
            assert_problem(&answer, 400, &case);
            assert_plain(&answer.body, &case);
        }
    }
    let bearer = format!("Bearer {STAFF}");
    let empty = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let answer = shop.send(request(Method::POST, "/api/orders", &empty, "")).await;
    assert_problem(&answer, 400, "an empty body");
    assert!(answer.body.contains("The body is empty"), "{}", answer.body);
    assert_eq!(shop.published(), before);
}
