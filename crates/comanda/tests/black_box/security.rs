//! Access control.

use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use crate::common::{ApiResponse, Engine, Platform, api::send, on_both, orders::pizza};

async fn staff_routes_need_staff(engine: Engine) {
    let platform = Platform::start(engine).await;
    let api = &platform.api;
    let placed = api.place_order(&pizza("ada@example.com")).await;
    api.wait_for_status(&placed, "confirmed").await;
    let id = &placed.id;
    let asked = [
        (Method::GET, "/api/analytics/summary".to_owned()),
        (Method::GET, "/api/analytics/events".to_owned()),
        (Method::GET, "/kitchen/events".to_owned()),
        (Method::GET, "/mailbox/events".to_owned()),
        (Method::PUT, "/api/restaurants/bella-napoli".to_owned()),
        (Method::PUT, "/api/restaurants/bella-napoli/menu".to_owned()),
        (Method::POST, format!("/api/kitchen/orders/{id}/accept")),
        (Method::POST, format!("/kitchen/orders/{id}/accept")),
        (Method::POST, format!("/api/kitchen/orders/{id}/reject")),
    ];
    for (method, path) in asked {
        // Neither without a token, nor with a wrong one, nor with the order's token.
        for bearer in [None, Some("guess"), Some(placed.token.as_str())] {
            let request = api.request(method.clone(), &path).json(&json!({}));
            let request = match bearer {
                Some(token) => request.bearer_auth(token),
                None => request,
            };
            let answer = send(request).await.unwrap();
            assert_eq!(answer.status, 401, "{method} {path}: {answer:?}");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
    }
    for page in ["/kitchen", "/analytics", "/mailbox", "/mailbox/1", "/mailbox/1/html"] {
        let answer = api.get(page).await;
        assert_eq!(answer.status, 303, "{page}: {answer:?}");
        assert!(answer.header("location").starts_with("/sign-in?next="), "{answer:?}");
    }
    assert_eq!(api.order(&placed).await["status"], "confirmed", "its status is unchanged");
    platform.finish().await;
}

/// The parts of a response that must not distinguish the two cases.
fn visible(answer: &ApiResponse) -> (u16, String, Vec<(String, String)>) {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != "date")
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    (answer.status, answer.text.clone(), headers)
}

async fn a_wrong_token_looks_like_an_unknown_order(engine: Engine) {
    let platform = Platform::start(engine).await;
    let api = &platform.api;
    let mine = api.place_order(&pizza("ada@example.com")).await;
    let other = api.place_order(&pizza("bob@example.com")).await;
    let (unknown, id) = (Uuid::new_v4(), &mine.id);
    for path in ["/api/orders/{}", "/api/orders/{}/events", "/orders/{}"] {
        let at = |id: &str, query: &str| format!("{}{query}", path.replace("{}", id));
        let nothing = api.get(&at(&unknown.to_string(), "?token=x")).await;
        assert_eq!(nothing.status, 404, "{path}: {nothing:?}");
        let shorter = &mine.token[..mine.token.len() - 1];
        let wrong = [
            at(id, ""),
            at(id, "?token="),
            at(id, &format!("?token={}", other.token)),
            at(id, &format!("?token={shorter}")),
            at("no-uuid", "?token=x"),
        ];
        for address in wrong {
            assert_eq!(visible(&api.get(&address).await), visible(&nothing), "{address}");
        }
    }
    platform.finish().await;
}

async fn cross_site_requests_are_refused(engine: Engine) {
    let platform = Platform::start(engine).await;
    let api = &platform.api;
    let cookie = api.get(&format!("/sign-in?token={}", api.staff_token())).await;
    let cookie = cookie.header("set-cookie").split(';').next().unwrap().to_owned();
    let evil: [&[(&str, &str)]; 4] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
    ];
    let nobodys = "0199b1b4-0000-7000-8000-00000000ffff";
    let cancel = [format!("/api/orders/{nobodys}/cancel"), format!("/orders/{nobodys}/cancel")];
    let paths = ["/api/orders", "/sign-out", "/checkout", "/r/bella-napoli/cart", "/sign-in"];
    let paths: Vec<_> = paths.into_iter().chain(cancel.iter().map(String::as_str)).collect();
    for headers in evil {
        for path in &paths {
            let mut request = api.request(Method::POST, path).header("cookie", &cookie);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let answer = send(request.json(&pizza("eve@example.com"))).await.unwrap();
            assert_eq!(answer.status, 403, "{path} {headers:?}: {answer:?}");
        }
    }
    assert!(platform.kafka().read_topic("order_details").is_empty());
    let own = api.request(Method::POST, "/api/orders").header("origin", api.base());
    let own = send(own.json(&pizza("ada@example.com"))).await.unwrap();
    assert_eq!(own.status, 202, "our own pages may: {own:?}");
    platform.finish().await;
}

async fn every_page_has_a_strict_policy(engine: Engine) {
    let platform = Platform::start(engine).await;
    let api = &platform.api;
    let placed = api.place_order(&pizza("ada@example.com")).await;
    api.mails_about(&placed.id).await;
    let order = format!("/orders/{}", placed.id);
    let pages = ["/", "/r/bella-napoli", "/checkout?restaurant=bella-napoli", "/sign-in", "/none"];
    let staff = ["/kitchen", "/analytics", "/mailbox", "/mailbox/1", order.as_str()];
    for page in pages.iter().chain(&staff) {
        let answer = api.staff_get(page).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{page}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{page}: {policy}");
        assert!(!policy.contains("unsafe"), "{page}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{page}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{page}");
        assert_eq!(answer.header("cache-control"), "no-store", "{page}");
        assert_eq!(answer.header("content-language"), "en", "{page} says its language");
        assert!(
            answer.text.contains("<main"),
            "{page} is a page, also where it tells of a problem"
        );
        let inline = answer.text.contains(" style=\"") || answer.text.contains(" onclick=");
        assert!(!inline, "{page} keeps to its policy");
    }
    platform.finish().await;
}

async fn limits_count_customers_and_not_the_proxy(engine: Engine) {
    let settings =
        [("COMANDA_ORDERS_PER_MINUTE", "1"), ("COMANDA_TRUSTED_PROXIES", "127.0.0.0/8, ::1")];
    let platform = Platform::start_with(engine, &settings).await;
    let api = &platform.api;
    for (from, status) in [("192.0.2.1", 202), ("192.0.2.1", 429), ("192.0.2.2", 202)] {
        // The proxy appends the real address to the claimed one.
        let forwarded = format!("198.51.100.9, {from}");
        let order = api.request(Method::POST, "/api/orders").json(&pizza("ada@example.com"));
        let answer = send(order.header("x-forwarded-for", forwarded)).await.unwrap();
        assert_eq!(answer.status, status, "{from}: {answer:?}");
    }
    platform.finish().await;
}

/// The lines of the security log.
fn security_log(platform: &Platform) -> Vec<serde_json::Value> {
    let errors = platform.stderr();
    let lines = errors.lines().filter_map(|line| serde_json::from_str(line).ok());
    lines.filter(|line: &serde_json::Value| line["target"] == "security").collect()
}

async fn refusals_and_rights_are_in_the_log(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    let api = platform.api.clone();
    api.summary().await;
    api.summary().await;
    api.get(&format!("/sign-in?token={}", api.staff_token())).await;
    for n in 0..40 {
        let wrong = format!("a-guess-{n}");
        let request = api.request(Method::GET, "/api/analytics/summary").bearer_auth(&wrong);
        send(request).await.unwrap();
        api.get(&format!("/sign-in?token={wrong}")).await;
    }
    let evil = api.request(Method::POST, "/sign-out").header("origin", "https://evil.example");
    send(evil).await.unwrap();
    let foreign = api.request(Method::GET, "/").header("host", "evil.example");
    assert_eq!(send(foreign).await.unwrap().status, 421);
    let log = security_log(&platform);
    let count = |event: &str| log.iter().filter(|line| line["fields"]["event"] == event).count();
    // Use of the bearer is logged once an hour.
    assert_eq!((count("token_used"), count("signed_in")), (1, 1), "{log:?}");
    assert_eq!((count("wrong_token"), count("limited")), (40, 40), "{log:?}");
    assert_eq!((count("cross_site"), count("other_host")), (1, 1), "{log:?}");
    for line in &log {
        assert_eq!(line["fields"]["client"], "127.0.0.1", "{line}");
        assert!(!line.to_string().contains("a-guess-"), "{line}");
    }
    // This address has made too many wrong tries to act as staff.
    platform.stop().await;
}

on_both!(
    refusals_and_rights_are_in_the_log,
    staff_routes_need_staff,
    a_wrong_token_looks_like_an_unknown_order,
    cross_site_requests_are_refused,
    every_page_has_a_strict_policy,
    limits_count_customers_and_not_the_proxy,
);
