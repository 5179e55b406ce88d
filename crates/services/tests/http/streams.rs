//! Limit of open streams from one address.

use axum::http::{Method, StatusCode};
use domain::fixtures;
use events::order_details;

use super::shop::{Shop, request};

#[tokio::test(start_paused = true)]
async fn an_address_can_open_another_stream_once_one_has_ended() {
    let (shop, order) = (Shop::open(), fixtures::order(1));
    shop.log().append(&order_details::encode_placed(&order, "digest"));
    let of_order = format!("/api/orders/{}/events?token={}", order.id, shop.token(order.id));
    let paths = [of_order.as_str(), "/r/bella-napoli/events"];
    let open = async |address: [u8; 4], path: &str| {
        shop.stream_to(address, request(Method::GET, path, &[], "")).await
    };
    let (ada, bob) = ([192, 0, 2, 1], [192, 0, 2, 2]);
    let mut held = Vec::new();
    for n in 0..3 {
        let response = open(ada, paths[n % 2]).await;
        assert_eq!(response.status(), StatusCode::OK);
        held.push(response);
    }
    for path in paths {
        let refused = open(ada, path).await;
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(refused.headers().contains_key("retry-after"));
        assert_eq!(open(bob, path).await.status(), StatusCode::OK, "others are not meant");
    }
    held.pop();
    assert_eq!(open(ada, paths[0]).await.status(), StatusCode::OK);
}
