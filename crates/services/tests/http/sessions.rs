//! Signing in and out, and how long that lasts.

use std::sync::atomic::Ordering;

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};
use domain::staff::Who;

use super::{
    common::{Fault, How, When, lock},
    shop::{Answer, PASSWORD, STAFF, Shop, request},
};

async fn sign_in(shop: &Shop, email: &str, password: &str) -> Answer {
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = format!("email={email}&password={}&next=", password.replace(' ', "+"));
    shop.send(request(Method::POST, "/sign-in", &form, body)).await
}

/// The cookie of an answer, as a browser sends it back.
fn cookie(answer: &Answer) -> String {
    answer.header(header::SET_COOKIE).split(';').next().unwrap().to_owned()
}

async fn board(shop: &Shop, cookie: &str) -> StatusCode {
    let path = "/kitchen?restaurant=bella-napoli";
    shop.send(request(Method::GET, path, &[("cookie", cookie)], Body::empty())).await.status
}

#[tokio::test]
async fn an_account_signs_in_and_out() {
    let shop = Shop::open();
    shop.hire("Ada@Example.com", "kitchen", &["bella-napoli"]).await;
    let answer = sign_in(&shop, "ada@example.COM", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!(answer.header(header::LOCATION), "/kitchen", "a cook's first page");
    let set = answer.header(header::SET_COOKIE);
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax"), "{set}");
    let session = cookie(&answer);
    let value = session.split_once('=').unwrap().1;
    assert_eq!(value.len(), 64, "256 bits");
    let kept = lock(&shop.world.staff.rows).sessions.keys().next().unwrap().0.clone();
    assert_ne!(kept, value, "the table does not say what the browser holds");
    assert_eq!(board(&shop, &session).await, StatusCode::OK);
    let out = shop.with_cookie(Method::POST, "/sign-out", &session, "").await;
    assert!(out.header(header::SET_COOKIE).contains("Max-Age=0"));
    assert_eq!(board(&shop, &session).await, StatusCode::SEE_OTHER);
    assert!(lock(&shop.world.staff.rows).sessions.is_empty());
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_answer_alike() {
    let shop = Shop::open();
    shop.hire("ada@example.com", "owner", &["bella-napoli"]).await;
    let wrong = sign_in(&shop, "ada@example.com", "not the password").await;
    let unknown = sign_in(&shop, "eve@example.com", "not the password").await;
    let no_address = sign_in(&shop, "eve", "not the password").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let plain = |answer: Answer, email: &str| answer.body.replace(email, "");
    let wrong = plain(wrong, "ada@example.com");
    assert_eq!(wrong, plain(unknown, "eve@example.com"));
    assert_eq!(wrong.len(), plain(no_address, "\"eve\"").len() + 2);
    assert!(!wrong.contains("not the password"));
}

#[tokio::test]
async fn guessing_is_slow_by_address_and_by_account() {
    let shop = Shop::open();
    shop.hire("ada@example.com", "owner", &["bella-napoli"]).await;
    let mut refused = 0;
    for n in 0..30 {
        let answer = sign_in(&shop, "ada@example.com", &format!("guess number {n}")).await;
        refused += usize::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(refused >= 15, "only {refused} of 30 guesses were refused");
    let token = shop.get(&format!("/sign-in?token={STAFF}")).await;
    assert_eq!(token.status, StatusCode::SEE_OTHER, "the token is another way in");
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_or_old() {
    let shop = Shop::open();
    let ada = shop.hire("ada@example.com", "owner", &["bella-napoli"]).await;
    let hour = 3_600;
    let session = shop.session_of(&ada).await;
    for _ in 0..10 {
        shop.time.pass(20 * hour);
        assert_eq!(board(&shop, &session).await, StatusCode::OK, "it is in use");
    }
    shop.time.pass(25 * hour);
    assert_eq!(board(&shop, &session).await, StatusCode::SEE_OTHER, "idle");
    let session = shop.session_of(&ada).await;
    for _ in 0..16 {
        assert_eq!(board(&shop, &session).await, StatusCode::OK);
        shop.time.pass(20 * hour);
        if board(&shop, &session).await != StatusCode::OK {
            break;
        }
    }
    shop.time.pass(20 * hour);
    assert_eq!(board(&shop, &session).await, StatusCode::SEE_OTHER, "two weeks are over");
    shop.access.sessions().tidy().await.unwrap();
    assert!(lock(&shop.world.staff.rows).sessions.is_empty(), "and it is forgotten");
}

#[tokio::test]
async fn a_new_password_or_role_ends_the_others_sessions() {
    let shop = Shop::open();
    let ada = shop.hire("ada@example.com", "owner", &["bella-napoli"]).await;
    let session = shop.session_of(&ada).await;
    assert_eq!(board(&shop, &session).await, StatusCode::OK);
    shop.accounts.set_password(&Who::Token, ada.id, "oven tomato basil".into()).await.unwrap();
    assert_eq!(board(&shop, &session).await, StatusCode::SEE_OTHER);
    assert_eq!(sign_in(&shop, "ada@example.com", PASSWORD).await.status.as_u16(), 422);
    let session = cookie(&sign_in(&shop, "ada@example.com", "oven tomato basil").await);
    assert_eq!(board(&shop, &session).await, StatusCode::OK);
    let typed = services::accounts::Typed {
        email: "ada@example.com".into(),
        name: "Ada".into(),
        role: "kitchen".into(),
        restaurants: vec!["dear".into()],
    };
    shop.accounts.change(&Who::Token, ada.id, &typed).await.unwrap();
    assert_eq!(board(&shop, &session).await, StatusCode::SEE_OTHER);
    let session = shop.session_of(&ada).await;
    assert_eq!(board(&shop, &session).await, StatusCode::FORBIDDEN, "she works elsewhere now");
    shop.accounts.remove(&Who::Token, ada.id).await.unwrap();
    assert_eq!(board(&shop, &session).await, StatusCode::SEE_OTHER);
    let log = lock(&shop.world.staff.rows).log.clone();
    let what: Vec<_> = log.iter().map(|entry| entry.what.name()).collect();
    assert_eq!(what, ["staff_added", "password", "staff_changed", "staff_removed"]);
}

#[tokio::test]
async fn the_database_is_not_asked_for_each_request() {
    let shop = Shop::open();
    let ada = shop.hire("ada@example.com", "owner", &["bella-napoli"]).await;
    let session = shop.session_of(&ada).await;
    for _ in 0..20 {
        assert_eq!(board(&shop, &session).await, StatusCode::OK);
    }
    let looks = &shop.world.staff.looks;
    assert_eq!(looks.load(Ordering::SeqCst), 1);
    shop.time.pass(6);
    assert_eq!(board(&shop, &session).await, StatusCode::OK);
    assert_eq!(looks.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn without_the_database_staff_are_told_to_come_again() {
    let shop = Shop::open();
    let ada = shop.hire("ada@example.com", "owner", &["bella-napoli"]).await;
    let session = shop.session_of(&ada).await;
    shop.world.faults.plan(Fault { at: 0, when: When::Before, how: How::Call });
    let path = "/kitchen?restaurant=bella-napoli";
    let answer = shop.with_cookie(Method::GET, path, &session, "").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("does not answer"), "{}", answer.body);
    assert_eq!(shop.world.faults.hit(), Some("sessions.find"));
    let bearer = shop.staff(Method::GET, path, Body::empty()).await;
    assert_eq!(bearer.status, StatusCode::OK, "the staff token needs no session");
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_its_session() {
    let shop = Shop::open();
    let ada = shop.hire("ada@example.com", "owner", &["bella-napoli"]).await;
    let session = shop.session_of(&ada).await;
    let path = "/kitchen/events?restaurant=bella-napoli";
    let open = request(Method::GET, path, &[("cookie", &session)], Body::empty());
    let stream = shop.stream(open).await;
    assert_eq!(stream.status(), StatusCode::OK);
    shop.accounts.remove(&Who::Token, ada.id).await.unwrap();
    // Its end comes; without one, this would wait for ever.
    let all = http_body_util::BodyExt::collect(stream.into_body());
    tokio::time::timeout(std::time::Duration::from_mins(1), all).await.unwrap().unwrap();
}
