//! Refusals are pages in the reader's language for browsers, and problems for programs.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};

use super::shop::{Answer, STAFF, Shop, assert_problem, good, request};

const CHROME: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// Requests that are refused, with their status.
fn refused(accept: &str) -> Vec<(u16, Request<Body>)> {
    let ask = |method: Method, path: &str, more: &[(&str, &str)], body: Body| {
        let reader = [("accept", accept), ("accept-language", "it")];
        let headers: Vec<_> = reader.iter().chain(more).copied().collect();
        request(method, path, &headers, body)
    };
    let mut no_host = ask(Method::GET, "/", &[], Body::empty());
    no_host.headers_mut().remove(header::HOST);
    let mut two_hosts = ask(Method::GET, "/", &[], Body::empty());
    two_hosts.headers_mut().append(header::HOST, "shop.example".parse().unwrap());
    let big = Body::from("x".repeat(600 * 1024));
    let kitchen = "/kitchen/orders/0199b1b4-0000-7000-8000-000000000001/accept";
    let evil = ("origin", "https://evil.example");
    vec![
        (421, ask(Method::GET, "/", &[("host", "evil.example")], Body::empty())),
        (421, ask(Method::POST, "/sign-in", &[("host", "evil.example"), FORM], "a=b".into())),
        (400, no_host),
        (400, two_hosts),
        (403, ask(Method::POST, "/checkout", &[evil, FORM], "a=b".into())),
        (403, ask(Method::POST, "/sign-out", &[("sec-fetch-site", "cross-site")], Body::empty())),
        (401, ask(Method::POST, kitchen, &[FORM], "a=b".into())),
        (404, ask(Method::GET, "/nothing", &[], Body::empty())),
        (404, ask(Method::GET, "/assets/nothing.css", &[], Body::empty())),
        (405, ask(Method::DELETE, "/", &[], Body::empty())),
        (405, ask(Method::PUT, "/sign-in", &[FORM], "a=b".into())),
        (400, ask(Method::GET, "/sign-in?token=a&token=b", &[], Body::empty())),
        (413, ask(Method::POST, "/sign-in", &[FORM], big)),
        (415, ask(Method::POST, "/sign-in", &[("content-type", "text/plain")], "a=b".into())),
        (422, ask(Method::POST, "/r/bella-napoli/cart", &[FORM], "quantity=x".into())),
    ]
}

fn assert_page(answer: &Answer, status: u16) {
    assert_eq!(answer.status.as_u16(), status, "{answer:?}");
    assert!(answer.body.starts_with("<!DOCTYPE html>"), "{status}: {answer:?}");
    assert!(answer.body.contains("lang=\"it\""), "{status}: {}", answer.body);
    assert!(answer.body.contains(&format!("<p class=\"code\">{status}</p>")), "{}", answer.body);
    assert_eq!(answer.header(header::CONTENT_TYPE), "text/html; charset=utf-8", "{status}");
    assert_eq!(answer.header(header::CONTENT_LANGUAGE), "it", "{status}");
    assert!(answer.header(header::CONTENT_SECURITY_POLICY).contains("default-src 'none'"));
    let length = answer.headers.get(header::CONTENT_LENGTH).map(|n| n.to_str().unwrap().to_owned());
    assert!(length.is_none_or(|length| length == answer.body.len().to_string()), "{answer:?}");
}

#[tokio::test]
async fn a_browser_gets_a_page_for_every_refusal() {
    let shop = Shop::open();
    for (status, request) in refused(CHROME) {
        let asked = format!("{} {}", request.method(), request.uri());
        let answer = shop.send(request).await;
        assert_page(&answer, status);
        for inside in ["deserialize", "Deserialize", "rejection", "problem+json"] {
            assert!(!answer.body.contains(inside), "{asked}: {}", answer.body);
        }
        if status == 405 {
            assert!(answer.header(header::ALLOW).contains("GET"), "{asked}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn a_program_gets_a_problem_for_every_refusal() {
    let shop = Shop::open();
    for accept in ["application/json", "application/problem+json, text/html;q=0.1"] {
        for (status, request) in refused(accept) {
            let asked = format!("{} {} {accept}", request.method(), request.uri());
            let answer = shop.send(request).await;
            assert_problem(&answer, status, &asked);
            assert!(answer.header(header::CONTENT_LANGUAGE).is_empty(), "{asked}");
        }
    }
}

#[tokio::test]
async fn the_api_responds_with_problems_to_browsers_too() {
    let shop = Shop::open();
    let accept = ("accept", CHROME);
    let long = "x".repeat(600 * 1024);
    let evil = ("host", "evil.example");
    let kind = ("content-type", "text/plain");
    let order = good().to_string();
    for (status, request) in [
        (421, request(Method::GET, "/api/restaurants", &[accept, evil], Body::empty())),
        (404, request(Method::GET, "/api/nothing", &[accept], Body::empty())),
        (405, request(Method::DELETE, "/api/orders", &[accept], Body::empty())),
        (413, request(Method::POST, "/api/orders", &[accept], long)),
        (415, request(Method::POST, "/api/orders", &[accept, kind], order)),
        (401, request(Method::GET, "/api/analytics/summary", &[accept], Body::empty())),
    ] {
        let asked = format!("{} {}", request.method(), request.uri());
        assert_problem(&shop.send(request).await, status, &asked);
    }
}

#[tokio::test]
async fn the_page_for_a_foreign_host_has_its_style_and_no_link_back() {
    let shop = Shop::open();
    let evil = [("host", "evil.example"), ("accept", CHROME)];
    let page = shop.send(request(Method::GET, "/", &evil, Body::empty())).await;
    let style = page.body.split("href=\"").find(|part| part.contains(".css")).unwrap();
    let style = style.split('"').next().unwrap();
    let style = shop.send(request(Method::GET, style, &evil, Body::empty())).await;
    // These tests serve no assets; the host name must not be the reason.
    assert_ne!(style.status, StatusCode::MISDIRECTED_REQUEST, "{style:?}");
    assert!(!page.body.contains("<a class=\"primary\""), "{}", page.body);
}

#[tokio::test]
async fn too_many_tries_get_the_reason_and_a_retry_after() {
    let shop = Shop::open();
    let with = [("accept", CHROME), FORM];
    for form in ["token=guess", "email=ada%40example.com&password=guess"] {
        let mut last = None;
        for _ in 0..40 {
            let one = request(Method::POST, "/sign-in", &with, form);
            last = Some(shop.send(one).await);
        }
        let page = last.unwrap();
        assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS, "{page:?}");
        let seconds: u32 = page.header(header::RETRY_AFTER).parse().unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
        for part in ["Too many tries to sign in", "Try again in", "/sign-in"] {
            assert!(page.body.contains(part), "{part}: {}", page.body);
        }
        assert!(!page.body.contains("ordered"), "staff order nothing: {}", page.body);
    }
    // The right token is refused as well, and tools get the same problem.
    let bearer = format!("Bearer {STAFF}");
    for _ in 0..40 {
        let wrong = [("authorization", "Bearer guess")];
        shop.send(request(Method::GET, "/api/analytics/summary", &wrong, Body::empty())).await;
    }
    let right = [("authorization", bearer.as_str())];
    let tool = request(Method::GET, "/api/analytics/summary", &right, Body::empty());
    let tool = shop.send(tool).await;
    assert_problem(&tool, 429, "a tool");
    assert!(tool.json()["type"].as_str().unwrap().ends_with("/too-many-tries"), "{}", tool.body);
    assert!(!tool.header(header::RETRY_AFTER).is_empty());
}

#[tokio::test]
async fn no_cookie_outlives_the_browser_limit() {
    const MAX_AGE_S: i64 = 400 * 24 * 60 * 60;
    let shop = Shop::open();
    shop.hire("ada@example.com", "owner", &["bella-napoli"]).await;
    let order = shop.order(good().to_string(), None).await.json();
    let page = order["links"]["page"].as_str().unwrap();
    let (cart, door) = ("item_id=margherita&quantity=1", super::shop::PASSWORD);
    let sign_in = format!("email=ada%40example.com&password={}", door.replace(' ', "+"));
    let answers = [
        shop.get("/?lang=it").await,
        shop.get(page).await,
        shop.with_cookie(Method::POST, "/r/bella-napoli/cart", "a=b", cart).await,
        shop.with_cookie(Method::POST, "/sign-in", "a=b", sign_in).await,
    ];
    for answer in answers {
        let cookies = answer.headers.get_all(header::SET_COOKIE).iter();
        let ages: Vec<i64> = cookies
            .filter_map(|cookie| cookie.to_str().unwrap().split_once("Max-Age="))
            .map(|(_, age)| age.split(';').next().unwrap().parse().unwrap())
            .collect();
        assert!(
            !ages.is_empty() && ages.iter().all(|age| (1..=MAX_AGE_S).contains(age)),
            "{answer:?}"
        );
    }
}
