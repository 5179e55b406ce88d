//! Static members (`group.instance.id`).

use kafka_protocol::messages::{LeaveGroupRequest, leave_group_request::MemberIdentity};

use crate::{
    engine::{Engine, on_both},
    member::{Member, text},
};

on_both!(
    a_returning_static_member_keeps_its_assignment,
    a_replaced_static_member_is_fenced,
    a_static_member_leaves_by_its_instance_id,
    an_unknown_instance_id_is_refused,
);

async fn join_as_leader(engine: &Engine, group: &str) -> Member {
    let mut member = Member::new(engine, group).await;
    member.instance = Some(text("cook-1"));
    // A static member joins with its first request.
    let joined = member.join().await;
    assert_eq!((joined.error_code, joined.generation_id), (0, 1));
    let id = member.id.clone();
    assert_eq!(member.sync(&[(&id, b"stove")]).await.error_code, 0);
    member
}

async fn rejoin(engine: &Engine, group: &str) -> Member {
    let mut member = Member::new(engine, group).await;
    member.instance = Some(text("cook-1"));
    let joined = member.join().await;
    assert_eq!(joined.error_code, 0);
    member
}

async fn a_returning_static_member_keeps_its_assignment(engine: &Engine) {
    let group = engine.name("returns");
    let first = join_as_leader(engine, &group).await;
    let mut second = rejoin(engine, &group).await;
    assert_ne!(second.id, first.id);
    // No rebalance: the generation is the same.
    assert_eq!(second.generation, 1);
    let share = second.sync(&[]).await;
    assert_eq!((share.error_code, &share.assignment[..]), (0, &b"stove"[..]));
    assert_eq!(second.describe().await, ("Stable".into(), 1));
}

async fn a_replaced_static_member_is_fenced(engine: &Engine) {
    let group = engine.name("fenced");
    let topic = engine.topic(1, &[]).await;
    let mut first = join_as_leader(engine, &group).await;
    let mut second = rejoin(engine, &group).await;
    assert_eq!(first.heartbeat().await, 82);
    assert_eq!(first.commit(&topic, 1).await, 82);
    assert_eq!(first.sync(&[]).await.error_code, 82);
    assert_eq!(first.join().await.error_code, 82);
    assert_eq!(second.heartbeat().await, 0);
    assert_eq!(second.commit(&topic, 1).await, 0);
}

async fn a_static_member_leaves_by_its_instance_id(engine: &Engine) {
    let group = engine.name("leaves");
    let mut member = join_as_leader(engine, &group).await;
    let leave = |instance: &str| {
        let identity = MemberIdentity::default().with_group_instance_id(Some(text(instance)));
        LeaveGroupRequest::default()
            .with_group_id(member.group.clone())
            .with_members(vec![identity])
    };
    let (wrong, right) = (leave("cook-9"), leave("cook-1"));
    assert_eq!(member.wire.request(&wrong, 4).await.members[0].error_code, 25);
    assert_eq!(member.wire.request(&right, 4).await.members[0].error_code, 0);
    assert_eq!(member.describe().await, ("Empty".into(), 0));
}

async fn an_unknown_instance_id_is_refused(engine: &Engine) {
    let group = engine.name("unknown");
    let member = join_as_leader(engine, &group).await;
    let mut other = Member::new(engine, &group).await;
    other.instance = Some(text("cook-2"));
    other.id = member.id.clone();
    other.generation = member.generation;
    assert_eq!(other.heartbeat().await, 25);
}
