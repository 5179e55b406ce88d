//! Host names, content types, redirects and rate limits.

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};

use serde_json::json;

use super::shop::{
    Answer, CANCELS, ORDERS_OF_RECIPIENT, Running, STAFF, Shop, assert_problem, good, request,
};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

async fn sign_in_for(shop: &Shop, next: &str) -> Answer {
    let body = format!("token={STAFF}&next={next}");
    shop.send(request(Method::POST, "/sign-in", &[FORM], body)).await
}

#[tokio::test]
async fn sign_in_never_redirects_to_another_site() {
    let shop = Shop::open();
    let own = sign_in_for(&shop, "%2Fanalytics%3Frestaurant%3Dbella-napoli").await;
    assert_eq!(own.header(header::LOCATION), "/analytics?restaurant=bella-napoli");
    for away in [
        "%2F%09%2Fevil.example",
        "%2F%0A%2Fevil.example",
        "%2F%0D%5Cevil.example",
        "%09%2F%2Fevil.example",
        "%2F.%2F%2Fevil.example",
        "%2F%5Cevil.example",
        "https%3A%2F%2Fevil.example",
    ] {
        let answer = sign_in_for(&shop, away).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{away}");
        assert_eq!(answer.header(header::LOCATION), "/kitchen", "{away}");
        let link = shop.get(&format!("/sign-in?token={STAFF}&next={away}")).await;
        assert_eq!(link.header(header::LOCATION), "/kitchen", "{away}");
    }
    for path in ["//evil.example/?lang=it", "/%09/evil.example?lang=it", "/.//evil.example?lang=it"]
    {
        let answer = shop.get(path).await;
        let to = answer.header(header::LOCATION);
        let is_ours = to.starts_with('/') && !to.starts_with("//") && !to.contains("/./");
        assert!(is_ours, "{path} leads to {to}");
    }
}

#[tokio::test]
async fn the_api_requires_a_json_content_type() {
    let shop = Shop::open();
    let before = shop.published();
    let send = async |kind: &str| {
        let body = Body::from(good().to_string());
        shop.send(request(Method::POST, "/api/orders", &[("content-type", kind)], body)).await
    };
    for kind in ["text/plain", "text/plain;charset=UTF-8", FORM.1, "multipart/form-data", ""] {
        let answer = send(kind).await;
        assert_problem(&answer, 415, kind);
        assert!(answer.body.contains("application/json"), "{}", answer.body);
    }
    assert_eq!(shop.published(), before);
    for kind in ["application/json", "APPLICATION/JSON ; charset=utf-8", "application/ld+json"] {
        assert_eq!(send(kind).await.status, StatusCode::ACCEPTED, "{kind}");
    }
    let bearer = format!("Bearer {STAFF}");
    let plain = [("authorization", bearer.as_str()), ("content-type", "text/plain")];
    for path in ["/checkout", "/sign-in", "/backoffice/new", "/backoffice/account"] {
        let answer = shop.send(request(Method::POST, path, &plain, "a=b")).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_compressed_body_is_refused() {
    let shop = Shop::open();
    let before = shop.published();
    let bearer = format!("Bearer {STAFF}");
    for path in ["/api/orders", "/checkout", "/sign-in"] {
        for coding in [("content-encoding", "gzip"), ("transfer-encoding", "gzip, chunked")] {
            let headers = [coding, ("authorization", &*bearer)];
            let answer = shop.send(request(Method::POST, path, &headers, good().to_string())).await;
            assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path} {coding:?}");
            assert!(answer.body.contains("Content-Encoding"), "{}", answer.body);
        }
    }
    assert_eq!(shop.published(), before);
    let without_body = [("content-encoding", "gzip")];
    let answer = shop.send(request(Method::GET, "/", &without_body, "")).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_foreign_host_is_refused() {
    let shop = Shop::open();
    for (host, status) in [
        ("shop.example", 200),
        ("127.0.0.1:8080", 200),
        ("[::1]:8080", 200),
        ("localhost", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("192.0.2.7", 421),
    ] {
        for path in ["/", "/api/restaurants"] {
            let headers = [("host", host)];
            let answer = shop.send(request(Method::GET, path, &headers, Body::empty())).await;
            assert_eq!(answer.status.as_u16(), status, "{host} {path}");
            if status != 200 {
                assert_problem(&answer, status, host);
                assert!(!answer.body.contains("Napoli"), "{}", answer.body);
            }
        }
    }
}

#[tokio::test]
async fn over_https_cookies_are_secure_and_hsts_is_set() {
    let shop = Shop::at("https://shop.example", Running::All);
    assert_eq!(shop.get("/").await.headers["strict-transport-security"], "max-age=31536000");
    let order = shop.order(good().to_string(), None).await.json();
    let page = order["links"]["page"].as_str().unwrap();
    let cart = "item_id=margherita&quantity=1";
    let answers = [
        sign_in_for(&shop, "").await,
        shop.get("/?lang=it").await,
        shop.get(page).await,
        shop.with_cookie(Method::POST, "/r/bella-napoli/cart", "a=b", cart).await,
        shop.with_cookie(Method::POST, "/sign-out", "a=b", "").await,
    ];
    for answer in answers {
        let cookies: Vec<_> = answer.headers.get_all(header::SET_COOKIE).iter().collect();
        assert!(!cookies.is_empty(), "{answer:?}");
        for cookie in cookies {
            let mut attributes = cookie.to_str().unwrap().split("; ");
            assert!(attributes.any(|attribute| attribute == "Secure"), "{cookie:?}");
        }
    }
    let plain = Shop::open();
    assert!(!plain.get("/").await.headers.contains_key("strict-transport-security"));
    assert!(!plain.get("/?lang=it").await.header(header::SET_COOKIE).contains("Secure"));
}

#[tokio::test]
async fn a_rate_limit_page_has_a_retry_after() {
    let shop = Shop::open();
    for n in 0..30 {
        let answer = shop.get(&format!("/sign-in?token=guess{n}")).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(answer.body.contains("<main"), "it is a page");
            let seconds: u32 = answer.header(header::RETRY_AFTER).parse().unwrap();
            assert!((1..=60).contains(&seconds), "{seconds}");
            return;
        }
    }
    panic!("guesses have no limit");
}

#[tokio::test]
async fn orders_for_one_email_address_are_limited() {
    let shop = Shop::open();
    let mut body = good();
    body["customer"]["email"] = json!("Victim@example.com");
    let first = shop.order(body.to_string(), Some("the first one")).await;
    assert_eq!(first.status, StatusCode::ACCEPTED);
    // From any address. The clock advances with each reading, so some budget is restored.
    let mut refused = None;
    for n in 1..2 * u8::try_from(ORDERS_OF_RECIPIENT).unwrap() {
        let order = request(Method::POST, "/api/orders", &[], body.to_string());
        let status = shop.stream_to([198, 51, 100, n], order).await.status();
        if status == StatusCode::TOO_MANY_REQUESTS {
            refused = Some(n);
            break;
        }
        assert_eq!(status, StatusCode::ACCEPTED, "{n}");
    }
    assert!(refused.is_some_and(|n| u32::from(n) >= ORDERS_OF_RECIPIENT), "{refused:?}");
    let before = shop.published();
    body["customer"]["email"] = json!("victim@EXAMPLE.com");
    let refused = shop.order(body.to_string(), None).await;
    assert_problem(&refused, 429, "one more");
    assert!(
        refused.body.contains("e-mail address") && !refused.header(header::RETRY_AFTER).is_empty()
    );
    assert_eq!(shop.published(), before);
    // A repeated order, orders by staff and other recipients are not limited.
    body["customer"]["email"] = json!("Victim@example.com");
    let again = shop.order(body.to_string(), Some("the first one")).await;
    assert_eq!(again.json()["order_id"], first.json()["order_id"]);
    let staff = shop.staff(Method::POST, "/api/orders", body.to_string()).await;
    assert_eq!(staff.status, StatusCode::ACCEPTED);
    assert_eq!(shop.order(good().to_string(), None).await.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn cancellations_are_limited() {
    let shop = Shop::open();
    let order = shop.order(good().to_string(), None).await.json();
    let (id, token) = (order["order_id"].as_str().unwrap(), order["token"].as_str().unwrap());
    let path = format!("/api/orders/{id}/cancel?token={token}");
    let cancel = async |from: [u8; 4], n: u32| {
        let asked = json!({"request_id": format!("0199b1b4-0000-7000-8000-{n:012}")});
        let request = request(Method::POST, &path, &[], asked.to_string());
        shop.stream_to(from, request).await.status()
    };
    let (ada, bob) = ([192, 0, 2, 1], [192, 0, 2, 2]);
    for n in 0..CANCELS {
        assert_ne!(cancel(ada, n).await, StatusCode::TOO_MANY_REQUESTS, "{n}");
    }
    let before = shop.published();
    assert_eq!(cancel(ada, CANCELS).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(shop.published(), before);
    assert_ne!(cancel(bob, 0).await, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn many_violations_are_summarised() {
    let shop = Shop::open();
    let mut body = good();
    let options: Vec<_> = (0..30_000).map(|n| format!("No {n}!")).collect();
    body["lines"][0]["options"] = json!(options);
    let answer = shop.order(body.to_string(), None).await;
    assert_problem(&answer, 422, "30,000 wrong options");
    assert!(answer.body.len() < 16_384, "{} bytes", answer.body.len());
    let problem = answer.json();
    let last = problem["errors"].as_array().unwrap().last().unwrap();
    assert_eq!(last["message"], "29950 more things are wrong", "{problem}");
}
