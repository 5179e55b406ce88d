//! The number of an order is in every event that follows its payment.

use domain::{
    fixtures,
    kitchen::{Action, Requester},
    number::OrderNumber,
    order::Order,
    payment::{Refund, RefundId},
    status::{Status, StatusChange},
};
use events::{
    Handler, Outcome, Record, Topic, number::decode_number, order_confirmed, order_progress,
    order_refunded,
};
use services::{orders::OrdersHandler, transactions::TransactionsHandler};

use super::{
    common::{World, run},
    email,
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
    let handler = TransactionsHandler::new(world.payments());
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
async fn mails_are_about_the_order_by_its_number() {
    let (world, order) = (World::new(), fixtures::order(1));
    let number = OrderNumber::try_from(42).ok();
    let ready = StatusChange {
        order_id: order.id,
        status: Status::Ready,
        at: time(20),
        reason: None,
        ready_by: None,
        number,
    };
    let refund = Refund::of_whole(
        RefundId("re_0".into()),
        order.total().minor,
        time(40),
        "no oven".parse().unwrap(),
    );
    let events = [
        order_confirmed::encode_confirmed(
            &order,
            number,
            order_confirmed::Verified::Captured(&domain::payment::IntentId("pi_0".into())),
            time(10),
        ),
        order_progress::encode_progress(&order, &ready, Requester::Kitchen),
        order_refunded::encode_refunded(&order, number, &refund),
    ];
    let records: Vec<_> =
        events.iter().map(|e| Record::delivered(e, e.topic.parse().unwrap(), 0, 0)).collect();
    run::run(&world, &email::make(&world), &records).await;
    let mails = world.mailer.taken();
    assert_eq!(mails.len(), 3);
    for mail in mails {
        assert!(mail.subject.starts_with("Order 42 · Bella Napoli: "), "{}", mail.subject);
    }
}

#[tokio::test]
async fn every_step_has_the_number_of_the_confirmed_order() {
    let (world, order) = (World::new(), fixtures::order(1));
    let handler = OrdersHandler { book: world.tables.clone(), clock: world.clock.clone() };
    let number = OrderNumber::try_from(42).ok();
    let event = order_confirmed::encode_confirmed(
        &order,
        number,
        order_confirmed::Verified::Captured(&domain::payment::IntentId("pi_0".into())),
        time(10),
    );
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
