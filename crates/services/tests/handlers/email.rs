//! Every outcome is mailed once; a repetition happens only where SMTP allows no other way.

use std::collections::BTreeMap;

use domain::{
    fixtures,
    kitchen::Requester,
    number::OrderNumber,
    order::{Order, OrderParts},
    payment::{IntentId, Payment, PaymentState},
    payment_method::CapturePoint,
    status::{OrderStanding, Status},
};
use events::{Outcome, Record, Topic, order_confirmed::Verified, order_payments::PaymentNews};
use services::email::EmailHandler;

use super::{
    common::{
        Fault, Mailer, Tables, When, World, lock, run, run::survives, secret, tables::BookRow,
    },
    inputs::{
        self, assert_only_poison_is_dead, cancelled, confirmed, declined, poison, progressed,
        refunded,
    },
};

pub(crate) fn make(world: &World) -> EmailHandler<Mailer, Tables, Tables> {
    EmailHandler {
        mailer: world.mailer.clone(),
        ledger: world.tables.clone(),
        watch: world.tables.clone(),
        clock: world.clock.clone(),
        secret: secret(),
        public_url: "https://order.example.com".to_owned(),
        counters: std::sync::Arc::default(),
    }
}

/// Every record that is mailed, with the kind of its mail.
pub(crate) fn all_news() -> Vec<(Record, &'static str)> {
    let (pickup, delivery) = (fixtures::order(1), fixtures::delivery(2));
    vec![
        (confirmed(&pickup), "confirmed"),
        (progressed(&pickup, Status::Ready), "ready"),
        (confirmed(&delivery), "confirmed"),
        (progressed(&delivery, Status::OutForDelivery), "on_its_way"),
        (cancelled(&delivery, Requester::Kitchen, Some("no oven")), "cancelled"),
        (refunded(&delivery), "refunded"),
        (declined(&fixtures::order(3)), "declined"),
    ]
}

/// Only a crash between sending and recording may send a mail again, and then the same mail.
fn only_that_crash_repeats(world: &World, fault: Option<(Fault, &'static str)>) {
    let between = fault.is_some_and(|(fault, call)| {
        (call, fault.when) == ("mailer.send", When::After)
            || (call, fault.when) == ("mails.record_sent", When::Before)
    });
    let mut copies: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for mail in world.mailer.taken() {
        copies.entry(mail.message_id.clone()).or_default().push(mail);
    }
    let repeated = copies.values().filter(|mails| mails.len() > 1).count();
    assert_eq!(repeated, usize::from(between), "{fault:?}");
    for mails in copies.values() {
        assert!(mails.len() <= 2 && mails.iter().all(|mail| *mail == mails[0]));
    }
}

#[tokio::test]
async fn all_news_is_mailed_once_whatever_fails() {
    let news = all_news();
    let records: Vec<_> = news.iter().map(|(record, _)| record.clone()).collect();
    let state = survives(&records, make, only_that_crash_repeats).await;
    let mut kinds: Vec<_> = state.mails_recorded.iter().map(|(_, kind)| *kind).collect();
    let mut expected: Vec<_> = news.iter().map(|(_, kind)| *kind).collect();
    kinds.sort_unstable();
    expected.sort_unstable();
    assert_eq!(kinds, expected);
    assert_eq!(state.mails_taken.len(), news.len());
}

#[tokio::test]
async fn steps_that_need_no_action_are_not_mailed() {
    let world = World::new();
    let (pickup, delivery) = (fixtures::order(1), fixtures::delivery(2));
    let mut steps: Vec<_> = [Status::Accepted, Status::Preparing, Status::Completed]
        .map(|status| progressed(&pickup, status))
        .into();
    steps.push(progressed(&delivery, Status::Ready));
    let outcomes = run::run(&world, &make(&world), &steps).await;
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Done(Vec::new())));
    assert_eq!(world.mailer.asked(), 0);
}

/// The text of the mail for a record, given the state of the payment.
async fn mail_text(record: &Record, order: &Order, state: Option<PaymentState>) -> String {
    let world = World::new();
    if let Some(state) = state {
        use domain::ports::PaymentBook;
        let mut payment = world.tables.begin(order, order.placed_at).await.unwrap();
        payment.state = state;
        lock(&world.tables.rows).payments.insert(order.id, payment);
    }
    run::run(&world, &make(&world), std::slice::from_ref(record)).await;
    let mails = world.mailer.taken();
    assert_eq!(mails.len(), 1);
    mails[0].text.clone()
}

#[tokio::test]
async fn a_cancellation_says_who_why_and_what_becomes_of_the_money() {
    let order = fixtures::order(1);
    let by_kitchen = cancelled(&order, Requester::Kitchen, Some("no oven"));
    let paid = mail_text(&by_kitchen, &order, Some(PaymentState::Captured)).await;
    for part in ["had to cancel your order", "no oven", "is on its way back to you"] {
        assert!(paid.contains(part), "{part}: {paid}");
    }
    let by_timer = cancelled(&order, Requester::Timer, None);
    let void = mail_text(&by_timer, &order, Some(PaymentState::Void)).await;
    assert!(void.contains("did not answer in time") && void.contains("No money was taken"));
    let by_customer = cancelled(&order, Requester::Customer, None);
    for state in [None, Some(PaymentState::Pending), Some(PaymentState::Unknown)] {
        let open = mail_text(&by_customer, &order, state).await;
        assert!(open.contains("You cancelled your order"), "{open}");
        assert!(open.contains("finding out") && !open.contains("No money was taken"), "{open}");
        assert!(!open.contains("on its way back"), "{open}");
    }
    let gone = mail_text(&by_customer, &order, Some(PaymentState::Refunded)).await;
    assert!(gone.contains("went back to you"), "{gone}");
}

fn with_method(order: &Order, method: &str, capture: CapturePoint) -> Order {
    let mut parts = OrderParts::clone(order);
    parts.payment_method = method.parse().unwrap();
    parts.seller.capture = capture;
    Order::try_from(parts).unwrap()
}

#[tokio::test]
async fn what_is_to_be_paid_follows_the_payment_and_not_the_record() {
    let held = with_method(&fixtures::order(1), "pm_card_visa", CapturePoint::AtAcceptance);
    let ready = progressed(&held, Status::Ready);
    let captured = mail_text(&ready, &held, Some(PaymentState::Captured)).await;
    assert!(captured.contains("It is paid: say your name"), "{captured}");
    let not_yet = mail_text(&ready, &held, Some(PaymentState::Authorized)).await;
    assert!(not_yet.contains("held on your card") && !not_yet.contains("paid"), "{not_yet}");
    let no_oven = cancelled(&held, Requester::Kitchen, Some("no oven"));
    let released = mail_text(&no_oven, &held, Some(PaymentState::Void)).await;
    assert!(released.contains("No money was taken. Your bank may show"), "{released}");
    let failed = cancelled(&held, Requester::Timer, Some(Requester::PAYMENT_FAILED));
    let failed = mail_text(&failed, &held, Some(PaymentState::Void)).await;
    assert!(failed.contains("Your payment could not be completed"), "{failed}");

    let cash = with_method(&fixtures::order(1), "cash", CapturePoint::AtOrder);
    let due = mail_text(&progressed(&cash, Status::Ready), &cash, Some(PaymentState::Due)).await;
    assert!(due.contains("in cash, and take it") && !due.contains("paid"), "{due}");
    let by_customer = cancelled(&cash, Requester::Customer, None);
    for state in [None, Some(PaymentState::Due), Some(PaymentState::Void)] {
        let owed = mail_text(&by_customer, &cash, state).await;
        assert!(owed.contains("You have nothing to pay."), "{owed}");
    }
}

#[tokio::test]
async fn a_confirmation_says_what_its_record_says_of_the_payment() {
    let order = fixtures::order(1);
    let intent = IntentId("pi_1".to_owned());
    let cases = [
        (Verified::Captured(&intent), "Your order is paid."),
        (Verified::Authorized(&intent), "Your bank holds"),
        (Verified::Due, "in cash when you collect it"),
    ];
    for (verified, part) in cases {
        let text = mail_text(&inputs::verified(&order, verified), &order, None).await;
        assert!(text.contains(part), "{part}: {text}");
    }
}

/// An order whose money is taken after it was confirmed, by card or in cash.
fn paid_later(n: u128, method: &str) -> Order {
    with_method(&fixtures::order(n), method, CapturePoint::AtAcceptance)
}

/// The row of an accepted order in the order book.
fn known(order: &Order) -> BookRow {
    let (status, at) = (Status::Accepted, order.placed_at);
    let standing = OrderStanding { status, at, reason: None, ready_by: None, number: None };
    BookRow { standing, order: Some(order.clone()), request: None, history: BTreeMap::new() }
}

/// The handler, once the order book has the orders.
fn make_with_book(world: &World) -> EmailHandler<Mailer, Tables, Tables> {
    for order in [paid_later(1, "pm_card_visa"), paid_later(2, "cash")] {
        let mut rows = lock(&world.tables.rows);
        rows.book.insert(order.id, known(&order));
        let mut payment = Payment::new(&order, PaymentState::Captured);
        payment.number = OrderNumber::try_from(42).ok();
        rows.payments.insert(order.id, payment);
    }
    make(world)
}

#[tokio::test]
async fn a_receipt_is_mailed_once_when_held_or_due_money_is_taken() {
    let (card, cash) = (paid_later(1, "pm_card_visa"), paid_later(2, "cash"));
    let news = |order: &Order, news| inputs::paid(order, news);
    let records = [
        news(&card, PaymentNews::Captured),
        news(&cash, PaymentNews::Collected),
        news(&card, PaymentNews::Released),
        news(&card, PaymentNews::CaptureFailed),
        news(&card, PaymentNews::ActionRequired { expires_at: card.placed_at }),
    ];
    let state = survives(&records, make_with_book, only_that_crash_repeats).await;
    let kinds: Vec<_> = state.mails_recorded.iter().map(|(_, kind)| *kind).collect();
    assert_eq!(kinds, ["receipt", "receipt"]);

    let world = World::new();
    run::run(&world, &make_with_book(&world), &records).await;
    let texts: Vec<_> = world.mailer.taken().into_iter().map(|mail| mail.text).collect();
    let parts = ["accepted your order, and it is paid.", "You paid €22.00 in cash."];
    for (text, part) in texts.iter().zip(parts) {
        assert!(text.contains(part) && text.contains("Order number: 42"), "{part}: {text}");
    }
}

#[tokio::test]
async fn a_receipt_waits_until_the_order_book_has_the_order() {
    let world = World::new();
    let card = paid_later(1, "pm_card_visa");
    let record = inputs::paid(&card, PaymentNews::Captured);
    let outcomes = run::run(&world, &make(&world), std::slice::from_ref(&record)).await;
    assert!(matches!(outcomes[..], [Outcome::Retry(_)]), "{outcomes:?}");
    assert_eq!(world.mailer.asked(), 0);
    let outcomes = run::run(&world, &make_with_book(&world), &[record]).await;
    assert_eq!(outcomes, [Outcome::Done(Vec::new())]);
    assert_eq!(world.mailer.taken().len(), 1);
}

#[tokio::test]
async fn mails_reach_the_customer_and_cannot_be_injected() {
    let world = World::new();
    let order = fixtures::rich_order();
    run::run(&world, &make(&world), &[confirmed(&order), declined(&order)]).await;
    let mails = world.mailer.taken();
    assert_eq!(mails.len(), 2, "a receipt and a refusal are two mails");
    for mail in mails {
        assert_eq!(mail.to.1, order.customer.email);
        let link = format!("https://order.example.com/orders/{}?token=", order.id);
        assert!(mail.text.contains(&link) && mail.html.contains(&link));
        assert!(!mail.subject.contains(['\r', '\n']), "{:?}", mail.subject);
        assert!(!mail.html.contains("<script"), "text is escaped");
        assert!(!mail.text.contains("pm_card"), "no payment method in mails");
    }
}

#[tokio::test]
async fn a_permanently_refused_mail_is_a_dead_letter() {
    let world = World::new();
    world.mailer.refuse();
    let outcomes = run::run(&world, &make(&world), &[confirmed(&fixtures::order(1))]).await;
    assert_eq!(outcomes, [Outcome::Dead("550 no such user".into())]);
    assert!(world.state().mails_recorded.is_empty());
}

#[tokio::test]
async fn poison_is_dead_and_its_neighbours_are_mailed() {
    let world = World::new();
    let (one, two) = (confirmed(&fixtures::order(1)), declined(&fixtures::order(2)));
    let records = [
        vec![one.clone()],
        poison(Topic::OrderConfirmed, &one),
        poison(Topic::OrderDeclined, &two),
        poison(Topic::OrderProgress, &two),
        poison(Topic::OrderRefunded, &one),
        poison(Topic::OrderPayments, &inputs::paid(&fixtures::order(1), PaymentNews::Captured)),
        vec![two],
    ]
    .concat();
    let outcomes = run::run(&world, &make(&world), &records).await;
    assert_only_poison_is_dead(&outcomes, &[0, records.len() - 1]);
    assert_eq!(world.mailer.taken().len(), 2);
}
