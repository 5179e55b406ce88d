//! Cooks mark dishes as sold out or available at the board.

use axum::http::{StatusCode, header};
use domain::stock::{Change, StockChange, StockLevel};
use events::{Topic, stock_changes, stock_levels};
use jiff::Timestamp;

use super::shop::{Answer, Shop};

async fn touch(shop: &Shop, form: &str) -> Answer {
    shop.staff_form("/kitchen/restaurants/bella-napoli/stock", form).await
}

fn changes(shop: &Shop) -> Vec<StockChange> {
    let records = shop.log().read(&[Topic::StockChanges]);
    records.iter().map(|record| stock_changes::decode_change(record).unwrap()).collect()
}

fn publish(shop: &Shop, on_hand: Option<u32>, version: i64) {
    let dish = "bella-napoli/margherita".parse().unwrap();
    let at = Timestamp::UNIX_EPOCH;
    shop.log().append(&stock_levels::encode_level(&StockLevel { dish, on_hand, version, at }));
}

#[tokio::test(start_paused = true)]
async fn a_change_is_published_and_can_be_undone() {
    let shop = Shop::open();
    let board = "/kitchen?restaurant=bella-napoli&notice=sold-out&dish=bella-napoli/margherita";
    let said = "dish=margherita&to=sold-out&restaurant=bella-napoli";
    let uncounted = touch(&shop, said).await;
    assert_eq!(uncounted.header(header::LOCATION), board);
    publish(&shop, Some(7), 1);
    let counted = touch(&shop, said).await;
    assert_eq!(counted.header(header::LOCATION), format!("{board}&left=7"));
    publish(&shop, Some(0), 2);
    let again = touch(&shop, said).await;
    assert_eq!(again.header(header::LOCATION), board, "nothing was left to go back to");
    let undone = touch(&shop, "dish=margherita&to=7").await;
    let told = "/kitchen?restaurant=&notice=sold-again&dish=bella-napoli/margherita";
    assert_eq!(undone.header(header::LOCATION), told);
    touch(&shop, "dish=margherita&to=unlimited").await;

    let written: Vec<_> = changes(&shop).iter().map(|change| change.change).collect();
    let sold_out = Change::Set(0);
    assert_eq!(written, [sold_out, sold_out, sold_out, Change::Set(7), Change::Unlimited]);
}

#[tokio::test(start_paused = true)]
async fn a_repeated_request_is_the_same_change() {
    let shop = Shop::open();
    let said = "dish=margherita&to=sold-out&request_id=0199b1b4-0000-7000-8000-0000000000aa";
    touch(&shop, said).await;
    touch(&shop, said).await;
    let written = changes(&shop);
    assert_eq!((written.len(), written[0].id), (2, written[1].id));
}

#[tokio::test]
async fn a_dish_on_no_menu_is_refused() {
    let shop = Shop::open();
    let cases = [
        ("dish=unicorn&to=sold-out", StatusCode::UNPROCESSABLE_ENTITY),
        ("dish=../etc&to=sold-out", StatusCode::NOT_FOUND),
        ("dish=margherita&to=gone", StatusCode::NOT_FOUND),
        ("dish=margherita&to=-1", StatusCode::NOT_FOUND),
    ];
    for (form, status) in cases {
        assert_eq!(touch(&shop, form).await.status, status, "{form}");
    }
    assert!(changes(&shop).is_empty());
}
