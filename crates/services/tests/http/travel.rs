//! The page of an order shows its steps and the records that carried them.

use axum::http::Method;
use domain::{fixtures, ids::OrderId};
use events::{order_confirmed, order_details};

use super::shop::{Running, Shop, request};

async fn page(shop: &Shop, id: OrderId) -> String {
    let bearer = format!("Bearer {}", shop.token(id));
    let path = format!("/orders/{id}");
    let page = request(Method::GET, &path, &[("authorization", &bearer)], "");
    shop.send(page).await.body
}

#[tokio::test(start_paused = true)]
async fn each_step_shows_its_record_position() {
    let (shop, order) = (Shop::open(), fixtures::order(1));
    shop.log().append(&order_details::encode_placed(&order, "digest"));
    shop.log().append(&order_confirmed::encode_confirmed(
        &order,
        None,
        order_confirmed::Verified::Captured(&domain::payment::IntentId("pi_0".into())),
        order.placed_at,
    ));
    let first = page(&shop, order.id).await;
    assert!(first.contains("<code>order_details</code>"), "{first}");
    assert!(first.contains("<code>order_confirmed</code>"), "{first}");
    // A redelivery or a second record of the same step does not replace the first.
    shop.log().append(&order_confirmed::encode_confirmed(
        &order,
        None,
        order_confirmed::Verified::Captured(&domain::payment::IntentId("pi_0".into())),
        order.placed_at,
    ));
    let rows = |page: &str| page.split("id=\"travel\"").nth(1).unwrap().to_owned();
    assert_eq!(rows(&page(&shop, order.id).await), rows(&first));
}

#[tokio::test(start_paused = true)]
async fn pushed_steps_are_on_the_page_before_the_row_exists() {
    let (shop, order) = (Shop::with(Running::NoOrders), fixtures::order(1));
    shop.log().append(&order_details::encode_placed(&order, "digest"));
    shop.log().append(&order_confirmed::encode_confirmed(
        &order,
        None,
        order_confirmed::Verified::Captured(&domain::payment::IntentId("pi_0".into())),
        order.placed_at,
    ));
    let page = page(&shop, order.id).await;
    assert!(page.contains("is looking at your order"), "{page}");
}
