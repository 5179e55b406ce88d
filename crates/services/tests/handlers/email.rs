//! Every outcome is mailed; twice only where SMTP leaves no other way.

use std::collections::BTreeMap;

use domain::fixtures;
use events::{Outcome, Topic};
use services::email::Email;

use super::{
    common::{Fault, Mailer, Tables, When, World, run, run::survives, secret},
    inputs::{assert_only_poison_is_dead, confirmed, declined, poison},
};

fn make(world: &World) -> Email<Mailer, Tables> {
    Email {
        mailer: world.mailer.clone(),
        ledger: world.tables.clone(),
        clock: world.clock.clone(),
        secret: secret(),
        public_url: "https://order.example.com".to_owned(),
    }
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
async fn every_outcome_is_mailed_whatever_fails() {
    let (one, two) = (fixtures::order(1), fixtures::rich_order());
    let records = [confirmed(&one), declined(&two)];
    let state = survives(&records, make, only_that_crash_repeats).await;
    assert_eq!(state.mails_recorded.into_iter().collect::<Vec<_>>().len(), 2);
    assert_eq!(state.mails_taken.len(), 2);
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
async fn a_mail_that_the_server_never_takes_is_dead() {
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
        vec![two],
    ]
    .concat();
    let outcomes = run::run(&world, &make(&world), &records).await;
    assert_only_poison_is_dead(&outcomes, &[0, records.len() - 1]);
    assert_eq!(world.mailer.taken().len(), 2);
}
