//! The number of an order is in every event that follows its payment.

use domain::{
    fixtures,
    kitchen::{Action, Requester},
    number::OrderNumber,
    order::Order,
};
use events::{Handler, Outcome, Record, Topic, number::decode_number, order_confirmed};
use services::{orders::OrdersHandler, transactions::TransactionsHandler};

use super::{
    common::{World, run},
    inputs::{asked, cancelled, changed, placed, time},
};

fn numbers(outcomes: &[Outcome]) -> Vec<Option<u32>> {
    let number = |event| {
        let record = Record::delivered(event, Topic::OrderConfirmed, 0, 0);
        decode_number(&record).unwrap().map(OrderNumber::get)
    };
    let events = outcomes.iter().flat_map(|outcome| match outcome {
        Outcome::Done(events) => events.as_slice(),
        _ => panic!("{outcome:?}"),
    });
    events.map(number).collect()
}

#[tokio::test(start_paused = true)]
async fn confirmed_and_refunded_orders_have_their_number() {
    let world = World::new();
    let handler =
        TransactionsHandler::new(world.tables.clone(), world.gateway.clone(), world.clock.clone());
    let broke = |n| changed(n, |p| p.payment_method = "pm_card_chargeDeclined".parse().unwrap());
    let orders: [Order; 4] = [
        fixtures::order(1),
        broke(2),
        changed(3, |parts| parts.seller.id = "golden-wok".parse().unwrap()),
        fixtures::order(4),
    ];
    let records: Vec<_> = orders.iter().map(placed).collect();
    for _ in 0..2 {
        let outcomes = run::run(&world, &handler, &records).await;
        assert_eq!(numbers(&outcomes), [Some(1), None, Some(1), Some(3)], "also when repeated");
    }
    let cancelled = cancelled(&orders[3], Requester::Customer, Some("no time"));
    for _ in 0..2 {
        let outcomes = handler.handle(std::slice::from_ref(&cancelled)).await.unwrap();
        assert_eq!(numbers(&outcomes), [Some(3)]);
    }
}

#[tokio::test]
async fn every_step_has_the_number_of_the_confirmed_order() {
    let (world, order) = (World::new(), fixtures::order(1));
    let handler = OrdersHandler { book: world.tables.clone(), clock: world.clock.clone() };
    let number = OrderNumber::try_from(42).ok();
    let event = order_confirmed::encode_confirmed(&order, number, "pi_0", time(10));
    let confirmed = Record::delivered(&event, Topic::OrderConfirmed, 0, 1);
    let records = [
        placed(&order),
        confirmed,
        asked(order.id, 1, Action::Accept),
        asked(order.id, 2, Action::Start),
    ];
    for _ in 0..2 {
        let outcomes = run::run(&world, &handler, &records).await;
        assert_eq!(numbers(&outcomes), [Some(42), Some(42)]);
    }
}
