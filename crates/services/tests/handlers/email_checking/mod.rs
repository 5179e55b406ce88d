//! "We are still checking your payment": once, after a minute, and only if that is true.

mod shop;

use std::sync::atomic::Ordering;

use domain::{fixtures, order::Order, status::Status};
use services::email::{CheckingMailer, EmailHandler};

use self::shop::{Shop, Stale, to_watch};
use super::{
    common::{Fault, How, When},
    inputs::changed,
};

fn order(n: u128) -> Order {
    let placed_at = fixtures::order(1).placed_at;
    changed(n, |parts| parts.placed_at = placed_at)
}

#[tokio::test]
async fn one_mail_is_sent_after_a_minute_without_an_outcome() {
    let shop = Shop::new();
    let instance = shop.instance();
    shop.book(&order(1), Status::Placed).await;
    shop.after(59);
    assert_eq!(instance.send_due().await, Ok(0), "a minute is not over");
    shop.after(1);
    assert_eq!(instance.send_due().await, Ok(1));
    for _ in 0..40 {
        shop.after(1_000);
        assert_eq!(instance.send_due().await, Ok(0), "sent already");
    }
    let mails = shop.world.mailer.taken();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].text.contains("still checking your payment"), "{}", mails[0].text);
    assert!(shop.world.state().mails_recorded.contains(&(order(1).id, "checking".to_owned())));
}

/// A customer whose bank waits gets that mail, and none that the payment is being checked.
#[tokio::test]
async fn a_bank_that_waits_is_reported_after_two_minutes() {
    let shop = Shop::new();
    let instance = shop.instance();
    shop.book(&order(1), Status::Placed).await;
    shop.waits_for_customer(&order(1)).await;
    shop.after(119);
    assert_eq!(instance.send_due().await, Ok(0));
    shop.after(1);
    for sent in [1, 0, 0] {
        assert_eq!(instance.send_due().await, Ok(sent));
    }
    let mails = shop.world.mailer.taken();
    assert!(mails[0].text.contains("asks you to confirm the payment"), "{}", mails[0].text);
    let recorded = shop.world.state().mails_recorded;
    assert_eq!(
        recorded.into_iter().collect::<Vec<_>>(),
        [(order(1).id, "authentication".to_owned())]
    );
}

#[tokio::test]
async fn an_order_with_an_outcome_gets_no_mail() {
    let shop = Shop::new();
    let others = Status::ALL.iter().filter(|status| **status > Status::Placed);
    for (n, status) in (1..).zip(others) {
        shop.book(&order(n), *status).await;
    }
    shop.after(90);
    assert_eq!(shop.instance().send_due().await, Ok(0));
}

#[tokio::test]
async fn an_old_backlog_sends_no_mail() {
    let shop = Shop::new();
    shop.book(&order(1), Status::Placed).await;
    shop.after(90);
    shop.caught.0.store(false, Ordering::SeqCst);
    assert_eq!(shop.instance().send_due().await, Ok(0), "the book is not up to date");
    shop.caught.0.store(true, Ordering::SeqCst);
    shop.after(24 * 3_600);
    assert_eq!(shop.instance().send_due().await, Ok(0), "a day later it needs manual attention");
}

#[tokio::test]
async fn of_many_instances_one_sends() {
    let shop = Shop::new();
    for n in 1..40 {
        shop.book(&order(n), Status::Placed).await;
    }
    shop.after(60);
    let instances: Vec<_> = (0..5).map(|_| shop.instance()).collect();
    // All have polled before any of them claims.
    let looked = futures::future::join_all(instances.iter().map(|each| {
        let stale = Stale(shop.world.tables.clone(), (1..40).map(order).collect());
        let email = EmailHandler { watch: stale, ..to_watch(&each.email) };
        async move { CheckingMailer { email, log: each.log.clone() }.send_due().await.unwrap() }
    }));
    assert_eq!(looked.await.into_iter().sum::<usize>(), 39);
    assert_eq!(shop.mails(), 39);
}

#[tokio::test]
async fn an_outcome_after_the_poll_is_in_time() {
    let shop = Shop::new();
    shop.book(&order(1), Status::Confirmed).await;
    shop.after(60);
    let stale = Stale(shop.world.tables.clone(), vec![order(1)]);
    let email = EmailHandler { watch: stale, ..to_watch(&shop.instance().email) };
    let looked = CheckingMailer { email: email.clone(), log: shop.caught.clone() }.send_due().await;
    assert_eq!((looked, shop.mails()), (Ok(0), 0));
    assert_eq!(email.counters.superseded.get(), 1);
}

#[tokio::test]
async fn a_busy_server_delays_the_mail_and_a_refusal_ends_it() {
    let shop = Shop::new();
    shop.world.mailer.busy(1);
    shop.book(&order(1), Status::Placed).await;
    shop.after(60);
    let instance = shop.instance();
    assert_eq!(instance.send_due().await, Ok(0), "busy");
    assert_eq!(
        (instance.send_due().await, shop.world.mailer.asked()),
        (Ok(0), 1),
        "not at once again"
    );
    shop.after(300);
    assert_eq!(instance.send_due().await, Ok(1));

    let shop = Shop::new();
    shop.world.mailer.refuse();
    shop.book(&order(1), Status::Placed).await;
    for _ in 0..20 {
        shop.after(360);
        assert_eq!(shop.instance().send_due().await, Ok(0));
    }
    assert_eq!(shop.world.mailer.asked(), 1, "a permanent refusal is not retried");
    assert!(shop.world.state().mails_recorded.is_empty(), "it was not sent");
}

/// Whatever fails, the mail is sent once; twice only if the failure is between the server's
/// acceptance and the row.
#[tokio::test]
async fn a_crash_anywhere_only_delays_the_mail() {
    let hows = [How::Call, How::Process].into_iter();
    for (how, when) in hows.flat_map(|how| [(how, When::Before), (how, When::After)]) {
        for at in 0.. {
            let shop = Shop::new();
            shop.book(&order(1), Status::Placed).await;
            shop.after(60);
            shop.world.faults.plan(Fault { at, when, how });
            let first = shop.instance().send_due().await;
            let Some(call) = shop.world.faults.hit() else {
                assert!(at >= 5, "look, claim, stand, send, record: {at}");
                break;
            };
            assert!(first.is_err(), "{call}");
            shop.world.faults.restart();
            let between = matches!(
                (call, when),
                ("mailer.send", When::After) | ("mails.record_sent", When::Before)
            );
            for _ in 0..3 {
                shop.after(300);
                shop.instance().send_due().await.unwrap();
            }
            assert_eq!(shop.mails(), if between { 2 } else { 1 }, "{how:?} {when:?} {call}");
        }
    }
}
