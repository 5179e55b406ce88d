//! Members with a name of their own (`group.instance.id`), who may go away and come back.

use kafka_protocol::messages::LeaveGroupRequest;
use kafka_protocol::messages::leave_group_request::MemberIdentity;

use crate::engine::{Engine, on_both};
use crate::member::{Member, text};

on_both!(
    one_who_comes_back_is_given_its_share,
    the_one_it_replaces_is_fenced,
    it_leaves_by_its_name,
    an_unknown_instance_is_no_member,
);

async fn lead(engine: &Engine, group: &str) -> Member {
    let mut member = Member::new(engine, group).await;
    member.instance = Some(text("cook-1"));
    // It has a name, so its first request joins.
    let joined = member.join().await;
    assert_eq!((joined.error_code, joined.generation_id), (0, 1));
    let id = member.id.clone();
    assert_eq!(member.sync(&[(&id, b"stove")]).await.error_code, 0);
    member
}

async fn return_of(engine: &Engine, group: &str) -> Member {
    let mut member = Member::new(engine, group).await;
    member.instance = Some(text("cook-1"));
    let joined = member.join().await;
    assert_eq!(joined.error_code, 0);
    member
}

async fn one_who_comes_back_is_given_its_share(engine: &Engine) {
    let group = engine.name("returns");
    let first = lead(engine, &group).await;
    let mut second = return_of(engine, &group).await;
    assert_ne!(second.id, first.id);
    // Nobody else had to move: it is the same generation.
    assert_eq!(second.generation, 1);
    let share = second.sync(&[]).await;
    assert_eq!((share.error_code, &share.assignment[..]), (0, &b"stove"[..]));
    assert_eq!(second.described().await, ("Stable".into(), 1));
}

async fn the_one_it_replaces_is_fenced(engine: &Engine) {
    let group = engine.name("fenced");
    let topic = engine.topic(1, &[]).await;
    let mut first = lead(engine, &group).await;
    let mut second = return_of(engine, &group).await;
    assert_eq!(first.heartbeat().await, 82);
    assert_eq!(first.commit(&topic, 1).await, 82);
    assert_eq!(first.sync(&[]).await.error_code, 82);
    assert_eq!(first.join().await.error_code, 82);
    assert_eq!(second.heartbeat().await, 0);
    assert_eq!(second.commit(&topic, 1).await, 0);
}

async fn it_leaves_by_its_name(engine: &Engine) {
    let group = engine.name("leaves");
    let mut member = lead(engine, &group).await;
    let leave = |instance: &str| {
        let identity = MemberIdentity::default().with_group_instance_id(Some(text(instance)));
        LeaveGroupRequest::default()
            .with_group_id(member.group.clone())
            .with_members(vec![identity])
    };
    let (wrong, right) = (leave("cook-9"), leave("cook-1"));
    assert_eq!(member.wire.ask(&wrong, 4).await.members[0].error_code, 25);
    assert_eq!(member.wire.ask(&right, 4).await.members[0].error_code, 0);
    assert_eq!(member.described().await, ("Empty".into(), 0));
}

async fn an_unknown_instance_is_no_member(engine: &Engine) {
    let group = engine.name("unknown");
    let member = lead(engine, &group).await;
    let mut other = Member::new(engine, &group).await;
    other.instance = Some(text("cook-2"));
    other.id = member.id.clone();
    other.generation = member.generation;
    assert_eq!(other.heartbeat().await, 25);
}
