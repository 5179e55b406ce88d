//! Every route for staff is tried with every role: the table of rules is complete and enforced.

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};
use domain::{fixtures, staff::Role};
use events::{order_confirmed, order_details};
use web::rules::{RULES, RestaurantSource, Rule};

use super::{
    routes::every_route,
    shop::{Answer, Shop, request},
};

/// Public routes: the shop, orders with a token, signing in, and monitoring.
const OPEN: &[&str] = &[
    "/",
    "/r/{restaurant}",
    "/r/{restaurant}/events",
    "/r/{restaurant}/cart",
    "/r/{restaurant}/cart/line",
    "/checkout",
    "/orders/{id}",
    "/orders/{id}/cancel",
    "/orders/{id}/pay",
    "/orders/{id}/pay/return",
    "/api/restaurants",
    "/api/restaurants/{id}/menu",
    "/api/orders",
    "/api/orders/{id}",
    "/api/orders/{id}/cancel",
    "/api/orders/{id}/events",
    "/api/openapi.json",
    "/api/asyncapi.json",
    "/assets/{name}",
    "/sign-in",
    "/sign-out",
    "/webhooks/stripe",
    "/livez",
    "/readyz",
    "/metrics",
];

#[test]
fn every_route_has_a_rule_or_is_public() {
    let found = every_route();
    for route in &found {
        let ruled = RULES.iter().any(|rule| rule.route == route);
        assert!(
            ruled || OPEN.contains(&route.as_str()),
            "{route} has no rule: put it into web/src/rules.rs with what it takes to \
             pass, or, if it is for everybody, into OPEN beside this test"
        );
    }
    for rule in RULES {
        assert!(found.iter().any(|route| route == rule.route), "{} is gone", rule.route);
    }
}

/// The path of a rule's route, for the restaurant of the order.
fn address(rule: &Rule, order: &str) -> String {
    let orders = rule.route.contains("orders/{id}");
    let id = if orders { order } else { "bella-napoli" };
    let path =
        rule.route.replace("{id}", id).replace("{file}", "sales.csv").replace("{action}", "accept");
    let path = path.replace("{item}", "margherita").replace("{category}", "pizza");
    let path = path.replace("{date}", "2026-11-22");
    match rule.source {
        RestaurantSource::Query(field) => format!("{path}?{field}=bella-napoli"),
        _ => path,
    }
}

/// A shop with an order, and its id.
fn with_order() -> (Shop, String) {
    let shop = Shop::open();
    let order = fixtures::order(1);
    shop.log().append(&order_details::encode_placed(&order, "digest"));
    shop.log().append(&order_confirmed::encode_confirmed(
        &order,
        None,
        order_confirmed::Verified::Captured(&domain::payment::IntentId("pi_0".into())),
        order.placed_at,
    ));
    (shop, order.id.to_string())
}

/// The response's status and location, without reading streams to their end.
async fn knock(shop: &Shop, method: &Method, path: &str, cookie: &str) -> (StatusCode, String) {
    let (kind, body) = match path.starts_with("/api/") {
        true => ("application/json", "{}"),
        false => {
            ("application/x-www-form-urlencoded", "do=hide:margherita&version=1&what=sold-out")
        }
    };
    let headers = [("cookie", cookie), ("content-type", kind)];
    let response = shop.stream(request(method.clone(), path, &headers, body)).await;
    let to = response.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
    (response.status(), to.unwrap_or_default())
}

fn is_in((status, to): &(StatusCode, String)) -> bool {
    !matches!(*status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
        && !to.starts_with("/sign-in")
}

#[tokio::test]
async fn every_route_requires_a_session() {
    let (shop, order) = with_order();
    for rule in RULES {
        let path = address(rule, &order);
        for cookie in ["", "comanda_staff=", "comanda_staff=guess"] {
            let got = knock(&shop, &rule.method, &path, cookie).await;
            assert!(!is_in(&got), "{} {path}: {got:?}", rule.method);
        }
    }
}

#[tokio::test]
async fn each_role_passes_according_to_the_table() {
    for role in Role::ALL {
        for rule in RULES {
            // A shop for each, since some routes move the order.
            let (shop, order) = with_order();
            let account = shop.hire("a@example.com", role.name(), &["bella-napoli"]).await;
            let cookie = shop.session_of(&account).await;
            let path = address(rule, &order).replace("{account}", &account.id.to_string());
            let got = knock(&shop, &rule.method, &path, &cookie).await;
            let everywhere = rule.source == RestaurantSource::Everywhere && *role != Role::Operator;
            let may = role.may(rule.permission) && !everywhere;
            assert_eq!(is_in(&got), may, "{role} {} {path}: {got:?}", rule.method);
            assert!(!may || got.0 != StatusCode::NOT_FOUND, "{role} {path}: {got:?}");
        }
    }
}

#[tokio::test]
async fn only_operators_pass_at_another_restaurant() {
    let (shop, order) = with_order();
    for role in [Role::Kitchen, Role::Owner] {
        let account = shop.hire(&format!("{role}@x.de"), role.name(), &["no-menu-yet"]).await;
        let cookie = shop.session_of(&account).await;
        let before = shop.published();
        for rule in RULES {
            // An actor's own account belongs to no restaurant.
            let path = address(rule, &order);
            if rule.source == RestaurantSource::Handler && !rule.route.contains("{id}") {
                continue;
            }
            let got = knock(&shop, &rule.method, &path, &cookie).await;
            let hidden = got.0 == StatusCode::NOT_FOUND && rule.source == RestaurantSource::Handler;
            assert!(!is_in(&got) || hidden, "{role} {} {path}: {got:?}", rule.method);
        }
        assert_eq!(shop.published(), before, "nothing was written");
    }
}

/// An account may name a restaurant that does not exist; only operators may create it.
#[tokio::test]
async fn only_operators_open_restaurants() {
    let (shop, _) = with_order();
    let body = include_str!("../../../comanda/demo/golden-wok.json");
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    let body = body["restaurant"].to_string();
    for (role, status) in [("owner", StatusCode::FORBIDDEN), ("operator", StatusCode::OK)] {
        let places: &[&str] = if role == "owner" { &["brand-new"] } else { &[] };
        let account = shop.hire(&format!("{role}@x.de"), role, places).await;
        let cookie = shop.session_of(&account).await;
        let headers = [("cookie", cookie.as_str()), ("content-type", "application/json")];
        let put = request(Method::PUT, "/api/restaurants/brand-new", &headers, body.clone());
        assert_eq!(shop.send(put).await.status, status, "{role}");
    }
}

/// To a handler, no restaurant means all: the access layer must check the field that the handler
/// reads.
#[tokio::test]
async fn an_own_restaurant_in_another_field_grants_nothing() {
    let (shop, order) = with_order();
    let account = shop.hire("owner@x.de", "owner", &["no-menu-yet"]).await;
    let cookie = shop.session_of(&account).await;
    for rule in RULES.iter().filter(|rule| matches!(rule.source, RestaurantSource::Query(_))) {
        let path = address(rule, &order);
        let (path, _) = path.split_once('?').unwrap();
        for field in ["restaurant", "restaurant_id", "Restaurant"] {
            let there = format!("{path}?{field}=no-menu-yet");
            let (status, _) = knock(&shop, &Method::GET, &there, &cookie).await;
            // With its own field the request reaches the handler, which may refuse it for another
            // reason.
            if rule.source != RestaurantSource::Query(field) {
                assert_ne!(status, StatusCode::OK, "{there}");
            }
        }
        // Another restaurant in another spelling, alone and besides their own.
        let RestaurantSource::Query(field) = rule.source else { continue };
        let other = format!("%72{}=dear", &field[1..]);
        let own = format!("{field}=no-menu-yet");
        for query in [other.clone(), format!("{own}&{other}"), format!("{other}&{own}")] {
            let (status, _) = knock(&shop, &Method::GET, &format!("{path}?{query}"), &cookie).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path}?{query}");
        }
    }
}

async fn look(shop: &Shop, path: &str, cookie: &str) -> Answer {
    shop.send(request(Method::GET, path, &[("cookie", cookie)], Body::empty())).await
}

#[tokio::test(start_paused = true)]
async fn staff_see_the_orders_of_their_restaurants_only() {
    let (shop, order) = with_order();
    let here = shop.hire("here@x.de", "kitchen", &["bella-napoli"]).await;
    let there = shop.hire("there@x.de", "owner", &["no-menu-yet"]).await;
    let (here, there) = (shop.session_of(&here).await, shop.session_of(&there).await);
    let unknown = "0199b1b4-0000-7000-8000-00000000ffff";
    for path in ["/api/orders/{}", "/orders/{}", "/api/orders/{}/events"] {
        let headers = [("cookie", here.as_str())];
        let path_here = path.replace("{}", &order);
        let seen = shop.stream(request(Method::GET, &path_here, &headers, Body::empty())).await;
        assert_eq!(seen.status(), StatusCode::OK, "{path}");
        let foreign = look(&shop, &path.replace("{}", &order), &there).await;
        let nothing = look(&shop, &path.replace("{}", unknown), &there).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(foreign.body, nothing.body, "{path}");
    }
    let cancel =
        request(Method::POST, &format!("/api/orders/{order}/cancel"), &[("cookie", &there)], "");
    assert_eq!(shop.send(cancel).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pages_redirect_to_the_actors_restaurant() {
    let (shop, _) = with_order();
    let owner = shop.hire("owner@x.de", "owner", &["bella-napoli", "dear"]).await;
    let cookie = shop.session_of(&owner).await;
    for page in ["/kitchen", "/analytics"] {
        let answer = look(&shop, page, &cookie).await;
        assert_eq!(answer.header(header::LOCATION), format!("{page}?restaurant=bella-napoli"));
    }
    let board = look(&shop, "/kitchen?restaurant=bella-napoli", &cookie).await.body;
    assert!(board.contains("value=\"dear\"") && !board.contains("value=\"no-menu-yet\""));
    assert!(board.contains("/analytics") && !board.contains("/mailbox"), "only open doors");
    let cook = shop.hire("cook@x.de", "kitchen", &["dear"]).await;
    let cookie = shop.session_of(&cook).await;
    let board = look(&shop, "/kitchen?restaurant=dear", &cookie).await.body;
    assert!(!board.contains("/analytics"), "only open doors");
    let closed = look(&shop, "/analytics?restaurant=dear", &cookie).await;
    assert_eq!(closed.status, StatusCode::FORBIDDEN);
    assert!(closed.body.contains("Not allowed"), "a page says so: {}", closed.body);
}
