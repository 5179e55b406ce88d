//! No route of an order gives information to other customers.

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};
use domain::ids::OrderId;
use web::rules::RULES;

use super::{
    routes::every_route,
    shop::{Answer, Shop, good, request},
};

const UNKNOWN: &str = "0199b1b4-0000-7000-8000-00000000ffff";

async fn placed(shop: &Shop) -> OrderId {
    let answer = shop.order(good().to_string(), None).await;
    answer.json()["order_id"].as_str().unwrap().parse().unwrap()
}

/// The public routes of orders, read from the sources, so that new ones are included.
fn routes() -> Vec<String> {
    let of_orders = |route: &String| route.contains("orders/{id}");
    let for_staff = |route: &String| RULES.iter().any(|rule| rule.route == route);
    let found: Vec<_> =
        every_route().into_iter().filter(|r| of_orders(r) && !for_staff(r)).collect();
    for known in ["/orders/{id}", "/api/orders/{id}/events", "/api/orders/{id}/cancel"] {
        assert!(found.iter().any(|route| route == known), "{known} is not among {found:?}");
    }
    found
}

/// The response without its time.
fn without_time(answer: Answer) -> (StatusCode, String, Option<String>) {
    let location = answer.headers.get(header::LOCATION);
    let location = location.map(|value| value.to_str().unwrap().to_owned());
    (answer.status, answer.body, location)
}

#[tokio::test(start_paused = true)]
async fn another_customers_order_looks_unknown_on_every_route() {
    let shop = Shop::open();
    let (hers, his) = (placed(&shop).await, placed(&shop).await);
    let (before, token) = (shop.published(), shop.token(his));
    let bearer = format!("Bearer {token}");
    let cookies = [
        // The cookie of his own order, one of her order with his token, and one without an order.
        format!("comanda_order_{}={token}", his.0.simple()),
        format!("comanda_order_{}={token}", hers.0.simple()),
        format!("comanda_order_={token}; comanda_staff={token}; comanda_session={token}"),
    ];
    let mut ways: Vec<(String, Vec<(&str, &str)>)> = vec![
        (String::new(), vec![]),
        (format!("?token={token}"), vec![]),
        ("?token=".to_owned(), vec![]),
        (String::new(), vec![("authorization", &bearer)]),
    ];
    ways.extend(cookies.iter().map(|cookie| (String::new(), vec![("cookie", cookie.as_str())])));
    for route in routes() {
        for method in [Method::GET, Method::POST] {
            for (query, headers) in &ways {
                let ask = async |id: &str| {
                    let path = format!("{}{query}", route.replace("{id}", id));
                    without_time(
                        shop.send(request(method.clone(), &path, headers, Body::empty())).await,
                    )
                };
                let (real, none) = (ask(&hers.to_string()).await, ask(UNKNOWN).await);
                let case = format!("{method} {route}{query} {headers:?}");
                assert_eq!(real, none, "{case}");
                let refused = [StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED];
                assert!(refused.contains(&real.0), "{case}: {}", real.0);
            }
        }
    }
    assert_eq!(shop.published(), before, "her order is unchanged");
}
