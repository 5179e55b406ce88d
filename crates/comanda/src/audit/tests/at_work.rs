//! Work in progress is no difference; a contradiction always is.

use domain::{fixtures, status::Status};
use events::{RecordPosition, Topic};

use super::{
    super::{finding::Group, letters::DeadLetter},
    Spoil, THREE, capture, without,
    world::{World, event, id},
};

#[test]
fn work_that_a_group_has_yet_to_do_is_open() {
    let missing: [(Group, Spoil); 4] = [
        (Group::TRANSACTIONS, |w| {
            without(w, Topic::OrderConfirmed, 3);
            w.payments[2].state = "pending".into();
            w.payments[2].captured_us = None;
            w.reservations[2].state = "reserved".into();
            w.captures.pop();
            w.mails.pop();
            w.book[2].status = "placed".into();
            w.history.pop();
            w.facts.pop().unwrap();
            w.count();
            w.ledger.retain(|row| row.order_id != id(3));
        }),
        (Group::ORDERS, |w| w.book.retain(|row| row.order_id != id(3))),
        (Group::EMAIL, |w| w.mails.retain(|row| row.order_id != id(3))),
        (Group::ANALYTICS, |w| w.facts.retain(|row| row.order_id != id(3))),
    ];
    for (group, spoil) in missing {
        for behind in [None, Some(group)] {
            let mut world = World::new();
            spoil(&mut world);
            world.lag.extend(behind.map(|group| (group, 1)));
            let (_, verdict) = world.audit();
            if behind.is_none() {
                let named = verdict.differences.iter().any(|d| d.subject == id(3));
                assert!(named, "{group} has nothing to do: {verdict:#?}");
                continue;
            }
            assert_eq!(verdict.differences, [], "{group}");
            let [(open_id, open)] = verdict.open.as_slice() else { panic!("{verdict:#?}") };
            assert_eq!((open_id, open.for_s), (&id(3), 3_600));
            assert!(open.waits_for.iter().eq([&group]), "{open:?}");
        }
    }
}

#[test]
fn an_order_that_changed_during_the_audit_is_open() {
    let mut world = World::new();
    // The kitchen accepted it after the tables were read.
    world.late.push(event(&fixtures::order(3), Status::Accepted, 2));
    let (_, verdict) = world.audit();
    assert_eq!(verdict.differences, []);
    assert_eq!(verdict.open.len(), 1);
}

#[test]
fn an_order_placed_during_the_audit_is_open() {
    let mut world = World::new();
    let of_third = |r: &events::Record| r.key == id(3).as_bytes();
    let (late, early) = world.records.drain(..).partition(of_third);
    (world.late, world.records) = (late, early);
    let (_, verdict) = world.audit();
    assert_eq!(verdict.differences, []);
    assert_eq!(verdict.open[0].0, id(3));
}

#[test]
fn a_second_charge_is_a_difference_at_any_time() {
    let mut world = World::new();
    world.captures.push(capture(3, "pi_9", 2_200));
    world.lag.extend(Group::all().map(|group| (group, 1_000)));
    world.late.push(event(&fixtures::order(3), Status::Accepted, 2));
    let (_, verdict) = world.audit();
    assert!(verdict.differences[0].subject.ends_with(THREE), "{verdict:#?}");
}

#[test]
fn repeated_records_are_counted_and_no_difference() {
    let mut world = World::new();
    let again: Vec<_> = world.records.clone();
    world.records.extend(again);
    let (evidence, verdict) = world.audit();
    assert_eq!(verdict.differences, []);
    let counted: Vec<_> = evidence.duplicates.into_iter().collect();
    let expected = [
        ("order_confirmed", 2),
        ("order_declined", 1),
        ("order_details", 3),
        ("order_progress", 5),
    ];
    assert_eq!(counted, expected);
}

fn letter(group: &'static str, topic: Topic, offset: i64, key: String) -> DeadLetter {
    let origin = RecordPosition { topic: topic.name().into(), partition: 0, offset };
    DeadLetter { group, origin, last: None, key, reason: "no such mailbox".into() }
}

#[test]
fn a_mail_in_the_dead_letters_is_no_difference() {
    let mut world = World::new();
    world.mails.retain(|row| row.order_id != id(3));
    world.letters.push(letter("email", Topic::OrderConfirmed, 10, id(3)));
    let (evidence, verdict) = world.audit();
    assert_eq!((verdict.differences, evidence.dead_letters.len()), (vec![], 1));
}

#[test]
fn an_unreadable_record_is_fine_once_all_its_readers_set_it_aside() {
    for readers in [&["orders", "analytics", "email", "transactions"][..], &["orders", "email"]] {
        let mut world = World::new();
        let mut garbage = event(&fixtures::order(3), Status::Accepted, 2);
        garbage.payload = Some("{}".into());
        world.records.push(garbage);
        for group in readers {
            world.letters.push(letter(group, Topic::OrderProgress, 11, id(3)));
        }
        let (evidence, verdict) = world.audit();
        assert_eq!(evidence.unreadable.len(), 1);
        assert_eq!(verdict.differences.len(), 4 - readers.len(), "{verdict:#?}");
    }
}
