//! What comes in under which name and of which kind, and where an answer leads.

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};

use super::shop::{Answer, Running, STAFF, Shop, assert_problem, good, request};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

async fn sign_in_for(shop: &Shop, next: &str) -> Answer {
    let body = format!("token={STAFF}&next={next}");
    shop.send(request(Method::POST, "/sign-in", &[FORM], body)).await
}

#[tokio::test]
async fn signing_in_leads_to_no_other_site() {
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
async fn the_api_takes_json_by_its_name() {
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
async fn a_foreign_name_is_not_answered_to() {
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
async fn over_https_everything_keeps_to_it() {
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
async fn a_page_says_when_to_come_again() {
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
