//! Missing mails, and mails that no topic explains.

use domain::{fixtures, ports::MailKind, status::Status};
use events::{RecordPosition, Topic};
use sql::MailRow;

use super::{
    super::letters::DeadLetter,
    ONE, THREE, TWO, check_in, differences, id9,
    world::{World, id},
};

/// The fourth order is ready to be collected.
const FOUR: &str = "000000000004";
/// The fifth is out for delivery.
const FIVE: &str = "000000000005";
/// The sixth was cancelled after it was paid, and refunded.
const SIX: &str = "000000000006";
/// The seventh was cancelled before it was paid.
const SEVEN: &str = "000000000007";

fn mail(n: u128, kind: MailKind) -> MailRow {
    MailRow { order_id: id(n), kind: kind.name().to_owned() }
}

fn drop_mail(world: &mut World, n: u128, kind: MailKind) {
    let before = world.mails.len();
    world.mails.retain(|row| *row != mail(n, kind));
    assert_eq!(world.mails.len() + 1, before, "the mail was there");
}

/// Orders 1 to 3 as always, and one for each further kind of mail.
fn world() -> World {
    use Status::{
        Accepted, Cancelled, Confirmed, Declined, OutForDelivery, Placed, Preparing, Ready,
    };
    let mut world = World::new().without_stock();
    world.add(&fixtures::order(4), &[Placed, Confirmed, Accepted, Preparing, Ready]);
    let way = [Placed, Confirmed, Accepted, Preparing, Ready, OutForDelivery];
    world.add(&fixtures::delivery(5), &way);
    world.add(&fixtures::order(6), &[Placed, Confirmed, Cancelled]);
    world.add(&fixtures::order(7), &[Placed, Declined, Cancelled]);
    world.mails.extend([
        mail(4, MailKind::Ready),
        mail(5, MailKind::OnItsWay),
        mail(6, MailKind::Cancelled),
        mail(7, MailKind::Cancelled),
    ]);
    world.add_refund(&fixtures::order(6));
    world
}

#[test]
fn agreement_is_clean_with_every_kind_of_mail() {
    assert_eq!(differences(world()), []);
}

#[test]
fn missing_mails_and_mails_without_an_event_are_differences() {
    check_in(
        world,
        &[
            (THREE, "is confirmed, and got no mail", |w| drop_mail(w, 3, MailKind::Confirmed)),
            (ONE, "is confirmed, and got no mail", |w| drop_mail(w, 1, MailKind::Confirmed)),
            (TWO, "is declined, and got no mail", |w| drop_mail(w, 2, MailKind::Declined)),
            (FOUR, "is ready, and got no mail", |w| drop_mail(w, 4, MailKind::Ready)),
            (FIVE, "is out_for_delivery, and got no mail", |w| drop_mail(w, 5, MailKind::OnItsWay)),
            (SIX, "is cancelled, and got no mail", |w| drop_mail(w, 6, MailKind::Cancelled)),
            (SIX, "is refunded, and got no mail", |w| drop_mail(w, 6, MailKind::Refunded)),
            (SEVEN, "is cancelled, and got no mail", |w| drop_mail(w, 7, MailKind::Cancelled)),
            (TWO, "a mail that it is confirmed", |w| w.mails.push(mail(2, MailKind::Confirmed))),
            (THREE, "a mail that it is declined", |w| w.mails.push(mail(3, MailKind::Declined))),
            (THREE, "a mail that it is ready", |w| w.mails.push(mail(3, MailKind::Ready))),
            (FOUR, "that it is out_for_delivery", |w| w.mails.push(mail(4, MailKind::OnItsWay))),
            (FIVE, "a mail that it is cancelled", |w| w.mails.push(mail(5, MailKind::Cancelled))),
            (SEVEN, "a mail that it is refunded", |w| w.mails.push(mail(7, MailKind::Refunded))),
            (TWO, "of unknown kind", |w| w.mails[1].kind = "advertisement".into()),
            (id9(), "is in the mail ledger", |w| w.mails[1].order_id = id(9)),
            (id9(), "is in the mail ledger", |w| w.mails.push(mail(9, MailKind::Checking))),
        ],
    );
}

#[test]
fn a_superseded_mail_may_be_sent_or_left_out() {
    let mut all = world();
    all.mails.extend([
        mail(1, MailKind::Checking),
        mail(1, MailKind::Ready),
        mail(1, MailKind::OnItsWay),
        mail(2, MailKind::Checking),
        mail(5, MailKind::Ready),
    ]);
    assert_eq!(differences(all), [], "sent in time");
    let mut few = world();
    drop_mail(&mut few, 7, MailKind::Declined);
    assert_eq!(differences(few), [], "it was cancelled meanwhile");
}

#[test]
fn a_dead_letter_explains_the_mails_of_its_own_topic_alone() {
    let letter = |topic: Topic| DeadLetter {
        group: "email",
        origin: RecordPosition { topic: topic.name().into(), partition: 0, offset: 1 },
        last: None,
        key: id(6),
        reason: "550 no such mailbox".into(),
    };
    let lost = [
        (Topic::OrderConfirmed, MailKind::Confirmed),
        (Topic::OrderProgress, MailKind::Cancelled),
        (Topic::OrderRefunded, MailKind::Refunded),
    ];
    for (topic, kind) in lost {
        for other in lost.map(|(topic, _)| topic) {
            let mut world = world();
            drop_mail(&mut world, 6, kind);
            world.letters.push(letter(other));
            assert_eq!(differences(world).is_empty(), other == topic, "{kind} {other}");
        }
    }
}
