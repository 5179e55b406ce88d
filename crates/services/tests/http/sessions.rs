//! Signing in and out, and the lifetime of sessions.

use std::sync::atomic::Ordering;

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};
use domain::staff::Actor;

use super::{
    common::{Fault, How, When, lock},
    shop::{Answer, PASSWORD, STAFF, Shop, request},
};

async fn sign_in(shop: &Shop, email: &str, password: &str) -> Answer {
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = format!("email={email}&password={}&next=", password.replace(' ', "+"));
    shop.send(request(Method::POST, "/sign-in", &form, body)).await
}

/// The cookie of a response, as a browser returns it.
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
async fn a_wrong_password_gets_the_response_of_an_unknown_account() {
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

/// Signs in from an address with cookies; returns the status and the cookies of the response.
async fn try_from(
    shop: &Shop,
    address: [u8; 4],
    cookies: &str,
    password: &str,
) -> (u16, Vec<String>) {
    let body = format!("email=Ada@example.com&password={}", password.replace(' ', "+"));
    let headers = [("cookie", cookies), ("content-type", "application/x-www-form-urlencoded")];
    let request = request(Method::POST, "/sign-in", &headers, body);
    let answer = shop.stream_to(address, request).await;
    let set = answer.headers().get_all(header::SET_COOKIE).iter();
    let set = set.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
    (answer.status().as_u16(), set.collect())
}

const EVE: [u8; 4] = [198, 51, 100, 1];
const ADA: [u8; 4] = [192, 0, 2, 1];

#[tokio::test]
async fn guesses_of_a_stranger_lock_no_account() {
    let shop = Shop::open();
    shop.hire("ada@example.com", "owner", &["bella-napoli"]).await;
    let mut answers = Vec::new();
    for n in 0..30 {
        answers.push(try_from(&shop, EVE, "", &format!("guess number {n}")).await.0);
    }
    assert_eq!(answers.iter().filter(|status| **status == 429).count(), 20);
    assert_eq!(try_from(&shop, EVE, "", PASSWORD).await.0, 429, "it is not even compared");
    for _ in 0..30 {
        assert_eq!(try_from(&shop, ADA, "", PASSWORD).await.0, 303, "and successes cost nothing");
    }
    let token = shop.get(&format!("/sign-in?token={STAFF}")).await;
    assert_eq!(token.status, StatusCode::SEE_OTHER, "the token is another way in");
}

#[tokio::test]
async fn many_addresses_are_limited_and_a_known_browser_is_not() {
    let shop = Shop::open();
    shop.hire("ada@example.com", "owner", &["bella-napoli"]).await;
    let (_, cookies) = try_from(&shop, ADA, "", PASSWORD).await;
    let known = cookies.iter().find(|cookie| cookie.starts_with("comanda_browser=")).unwrap();
    let mut refused = 0;
    for n in 0..250 {
        let status = try_from(&shop, [203, 0, 113, n], "", &format!("guess number {n}")).await.0;
        refused += usize::from(status == 429);
    }
    assert_eq!(refused, 150);
    // Also from an address without tries left.
    assert_eq!(try_from(&shop, [203, 0, 113, 1], known, PASSWORD).await.0, 303);
    let forged = known.replace('.', ".0");
    assert_eq!(try_from(&shop, [192, 0, 2, 2], &forged, PASSWORD).await.0, 429);
    for n in 0..10 {
        try_from(&shop, ADA, known, &format!("guess number {n}")).await;
    }
    assert_eq!(try_from(&shop, ADA, known, PASSWORD).await.0, 429, "a known one may not guess");
}

#[tokio::test]
async fn a_new_session_replaces_the_old_one() {
    let shop = Shop::open();
    shop.hire("ada@example.com", "owner", &["bella-napoli"]).await;
    let session = |cookies: &[String]| {
        cookies.iter().find(|cookie| cookie.starts_with("comanda_staff=")).unwrap().clone()
    };
    let first = session(&try_from(&shop, ADA, "", PASSWORD).await.1);
    let second = session(&try_from(&shop, ADA, &first, PASSWORD).await.1);
    assert_ne!(first, second);
    assert_eq!(board(&shop, &first).await, StatusCode::SEE_OTHER, "the old one has ended");
    assert_eq!(board(&shop, &second).await, StatusCode::OK);
    let fixed = "comanda_staff=chosen-by-somebody-else";
    let third = session(&try_from(&shop, ADA, fixed, PASSWORD).await.1);
    assert_ne!(third, fixed);
    assert_eq!(lock(&shop.world.staff.rows).sessions.len(), 2);
}

#[tokio::test]
async fn a_stolen_session_cannot_guess_the_password() {
    let shop = Shop::open();
    let ada = shop.hire("ada@example.com", "owner", &["bella-napoli"]).await;
    let session = shop.session_of(&ada).await;
    let change = async |old: &str| {
        let form = format!("old={}&password=oven+tomato+basil", old.replace(' ', "+"));
        let path = "/backoffice/account";
        shop.with_cookie(Method::POST, path, &session, form).await.status.as_u16()
    };
    let mut answers = Vec::new();
    for n in 0..30 {
        answers.push(change(&format!("guess number {n}")).await);
    }
    assert_eq!(answers.iter().filter(|status| **status == 429).count(), 20, "{answers:?}");
    shop.time.pass(3_600);
    assert_eq!(change(PASSWORD).await, 303);
}

/// The ids of sessions that a page offers to end.
fn offered(page: &str) -> Vec<String> {
    let ids = page.split("value=\"end:").skip(1);
    ids.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn own_sessions_are_listed_and_ended() {
    let shop = Shop::open();
    let ada = shop.hire("ada@example.com", "owner", &["bella-napoli"]).await;
    let carla = shop.hire("carla@example.com", "kitchen", &["bella-napoli"]).await;
    let eve = shop.hire("eve@example.com", "owner", &["dear"]).await;
    let (here, there, further) =
        (shop.session_of(&ada).await, shop.session_of(&ada).await, shop.session_of(&ada).await);
    let (cook, foreign) = (shop.session_of(&carla).await, shop.session_of(&eve).await);
    let own = "/backoffice/account";
    let page = shop.with_cookie(Method::GET, own, &here, "").await.body;
    assert!(page.contains("192.0.2.1") && page.contains("this one"), "{page}");
    let ids = offered(&page);
    assert_eq!(ids.len(), 2, "all but this one");
    let end = async |path: &str, cookie: &str, act: &str| {
        shop.with_cookie(Method::POST, path, cookie, format!("do={act}")).await.status.as_u16()
    };
    // Sessions of other accounts cannot be ended.
    let sessions = "/backoffice/account/sessions";
    assert_eq!(end(sessions, &foreign, &format!("end:{}", ids[0])).await, 303);
    let count = || lock(&shop.world.staff.rows).sessions.len();
    assert_eq!(count(), 5);
    assert_eq!(end(sessions, &here, &format!("end:{}", ids[0])).await, 303);
    assert_eq!(count(), 4);
    assert_eq!(end(sessions, &here, "others").await, 303);
    for (session, status) in [(&here, 200), (&there, 303), (&further, 303), (&cook, 200)] {
        assert_eq!(board(&shop, session).await.as_u16(), status);
    }

    let of_carla = format!("/backoffice/staff/{}", carla.id);
    let page = shop.with_cookie(Method::GET, &of_carla, &here, "").await.body;
    assert_eq!(offered(&page).len(), 1);
    let path = format!("{of_carla}/sessions");
    assert_eq!(end(&path, &foreign, "others").await, 404, "she works elsewhere");
    assert_eq!(end(&path, &cook, "others").await, 403, "cooks manage nobody");
    assert_eq!(board(&shop, &cook).await, StatusCode::OK);
    assert_eq!(end(&path, &here, "others").await, 303);
    assert_eq!(board(&shop, &cook).await, StatusCode::SEE_OTHER);
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
    shop.access.sessions().remove_expired().await.unwrap();
    assert!(lock(&shop.world.staff.rows).sessions.is_empty(), "and it is forgotten");
}

#[tokio::test]
async fn a_new_password_or_role_ends_the_others_sessions() {
    let shop = Shop::open();
    let ada = shop.hire("ada@example.com", "owner", &["bella-napoli"]).await;
    let session = shop.session_of(&ada).await;
    assert_eq!(board(&shop, &session).await, StatusCode::OK);
    shop.accounts.set_password(&Actor::Token, ada.id, "oven tomato basil".into()).await.unwrap();
    assert_eq!(board(&shop, &session).await, StatusCode::SEE_OTHER);
    assert_eq!(sign_in(&shop, "ada@example.com", PASSWORD).await.status.as_u16(), 422);
    let session = cookie(&sign_in(&shop, "ada@example.com", "oven tomato basil").await);
    assert_eq!(board(&shop, &session).await, StatusCode::OK);
    let typed = services::accounts::AccountInput {
        email: "ada@example.com".into(),
        name: "Ada".into(),
        role: "kitchen".into(),
        restaurants: vec!["dear".into()],
    };
    shop.accounts.change(&Actor::Token, ada.id, &typed).await.unwrap();
    assert_eq!(board(&shop, &session).await, StatusCode::SEE_OTHER);
    let session = shop.session_of(&ada).await;
    assert_eq!(board(&shop, &session).await, StatusCode::FORBIDDEN, "she works elsewhere now");
    shop.accounts.remove(&Actor::Token, ada.id).await.unwrap();
    assert_eq!(board(&shop, &session).await, StatusCode::SEE_OTHER);
    let log = lock(&shop.world.staff.rows).log.clone();
    let what: Vec<_> = log.iter().map(|entry| entry.kind.name()).collect();
    assert_eq!(what, ["staff_added", "password", "staff_changed", "staff_removed"]);
}

#[tokio::test]
async fn sessions_are_cached() {
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
async fn without_the_database_staff_get_a_503() {
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
    shop.accounts.remove(&Actor::Token, ada.id).await.unwrap();
    // The stream ends; otherwise this would wait for ever.
    let all = http_body_util::BodyExt::collect(stream.into_body());
    tokio::time::timeout(std::time::Duration::from_mins(1), all).await.unwrap().unwrap();
}
