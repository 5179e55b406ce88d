//! Fencing of group members, on the wire.

use kafka_protocol::messages::{leave_group_request::MemberIdentity, *};

use crate::{
    engine::{Engine, on_both},
    member::{Member, text},
};

on_both!(
    a_first_join_request_only_returns_a_member_id,
    an_unknown_member_is_refused,
    an_old_generation_is_refused,
    a_commit_without_membership_needs_an_empty_group,
    a_commit_for_an_unknown_topic_is_refused,
    long_offset_metadata_is_refused,
    a_missing_committed_offset_is_no_error,
    session_timeouts_have_limits,
    members_must_share_a_strategy,
    members_learn_of_a_rebalance,
    the_leader_knows_all_members,
);

async fn a_first_join_request_only_returns_a_member_id(engine: &Engine) {
    let mut member = Member::new(engine, &engine.name("named")).await;
    let first = member.join().await;
    assert_eq!((first.error_code, first.generation_id), (79, -1));
    assert!(!first.member_id.is_empty());
    let second = member.join().await;
    assert_eq!((second.error_code, second.generation_id), (0, 1));
    assert_eq!(second.leader, first.member_id);
    assert_eq!(second.members.len(), 1);
}

async fn an_unknown_member_is_refused(engine: &Engine) {
    let group = engine.name("stranger");
    let topic = engine.topic(1, &[]).await;
    let member = Member::lead(engine, &group).await;
    let mut stranger = Member::new(engine, &group).await;
    stranger.id = text("unknown-1");
    stranger.generation = member.generation;
    assert_eq!(stranger.heartbeat().await, 25);
    assert_eq!(stranger.commit(&topic, 1).await, 25);
    assert_eq!(stranger.sync(&[]).await.error_code, 25);
    assert_eq!(stranger.join().await.error_code, 25);
    let identity = MemberIdentity::default().with_member_id(stranger.id.clone());
    let leave = LeaveGroupRequest::default()
        .with_group_id(stranger.group.clone())
        .with_members(vec![identity]);
    let answer = stranger.wire.request(&leave, 4).await;
    assert_eq!((answer.error_code, answer.members[0].error_code), (0, 25));
}

async fn an_old_generation_is_refused(engine: &Engine) {
    let group = engine.name("zombie");
    let topic = engine.topic(1, &[]).await;
    let mut member = Member::lead(engine, &group).await;
    assert_eq!(member.commit(&topic, 5).await, 0);
    let old = member.generation;
    let id = member.id.clone();
    // Joins again, which starts a new generation.
    assert_eq!(member.join().await.error_code, 0);
    assert_eq!(member.generation, old + 1);
    assert_eq!(member.sync(&[(&id, b"all")]).await.error_code, 0);
    let new = std::mem::replace(&mut member.generation, old);
    assert_eq!(member.heartbeat().await, 22);
    assert_eq!(member.commit(&topic, 3).await, 22);
    assert_eq!(member.sync(&[]).await.error_code, 22);
    member.generation = new;
    assert_eq!(member.heartbeat().await, 0);
    assert_eq!(member.commit(&topic, 6).await, 0);
    assert_eq!(member.committed(&topic).await, (0, 6, String::new()));
}

async fn a_commit_without_membership_needs_an_empty_group(engine: &Engine) {
    let group = engine.name("by-hand");
    let topic = engine.topic(1, &[]).await;
    let mut tool = Member::new(engine, &group).await;
    assert_eq!(tool.commit(&topic, 3).await, 0);
    let _member = Member::lead(engine, &group).await;
    assert_eq!(tool.commit(&topic, 4).await, 25);
    assert_eq!(tool.committed(&topic).await.1, 3);
}

async fn a_commit_for_an_unknown_topic_is_refused(engine: &Engine) {
    let mut member = Member::lead(engine, &engine.name("nowhere")).await;
    assert_eq!(member.commit(&engine.name("no-topic"), 1).await, 3);
}

async fn long_offset_metadata_is_refused(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    let mut member = Member::lead(engine, &engine.name("notes")).await;
    assert_eq!(member.commit_with_metadata(&topic, 1, &"x".repeat(4_097)).await, 12);
    assert_eq!(member.commit_with_metadata(&topic, 2, &"x".repeat(4_096)).await, 0);
    assert_eq!(member.committed(&topic).await, (0, 2, "x".repeat(4_096)));
}

async fn a_missing_committed_offset_is_no_error(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    let mut member = Member::lead(engine, &engine.name("fresh")).await;
    assert_eq!(member.committed(&topic).await, (0, -1, String::new()));
    assert_eq!(member.committed(&engine.name("no-topic")).await, (0, -1, String::new()));
}

async fn session_timeouts_have_limits(engine: &Engine) {
    let mut member = Member::new(engine, &engine.name("sessions")).await;
    for (milliseconds, error) in [(5_999, 26), (1_800_001, 26), (6_000, 79), (1_800_000, 79)] {
        let request = member.join_request("range").with_session_timeout_ms(milliseconds);
        assert_eq!(member.wire.request(&request, 7).await.error_code, error, "{milliseconds}");
    }
}

async fn members_must_share_a_strategy(engine: &Engine) {
    let group = engine.name("strategies");
    let _member = Member::lead(engine, &group).await;
    let mut other = Member::new(engine, &group).await;
    let request = other.join_request("another");
    assert_eq!(other.wire.request(&request, 7).await.error_code, 23);
    let request = other.join_request("range").with_protocol_type(text("connect"));
    assert_eq!(other.wire.request(&request, 7).await.error_code, 23);
}

async fn members_learn_of_a_rebalance(engine: &Engine) {
    let group = engine.name("rebalance");
    let topic = engine.topic(1, &[]).await;
    let mut first = Member::lead(engine, &group).await;
    assert_eq!(first.heartbeat().await, 0);
    let mut second = Member::new(engine, &group).await;
    assert_eq!(second.join().await.error_code, 79);
    let joining = tokio::spawn(async move {
        let answer = second.join().await;
        (second, answer)
    });
    crate::support::in_time("rebalance", async {
        while first.heartbeat().await != 27 {
            crate::engine::pause().await;
        }
    })
    .await;
    // Offsets may still be committed.
    assert_eq!(first.commit(&topic, 9).await, 0);
    let rejoined = first.join().await;
    let (mut second, joined) = joining.await.unwrap();
    assert_eq!((rejoined.error_code, joined.error_code), (0, 0));
    assert_eq!(rejoined.generation_id, joined.generation_id);
    let ids = (first.id.clone(), second.id.clone());
    let shares: [(_, &[u8]); 2] = [(&ids.0, b"one"), (&ids.1, b"two")];
    let (mine, yours) = tokio::join!(first.sync(&shares), second.sync(&[]));
    assert_eq!((mine.error_code, yours.error_code), (0, 0));
    assert_eq!((&mine.assignment[..], &yours.assignment[..]), (&b"one"[..], &b"two"[..]));
}

async fn the_leader_knows_all_members(engine: &Engine) {
    let group = engine.name("leader");
    let (mut one, mut two) = (Member::new(engine, &group).await, Member::new(engine, &group).await);
    one.join().await;
    two.join().await;
    let (first, second) = tokio::join!(one.join(), two.join());
    assert_eq!(first.leader, second.leader);
    let (leader, follower) = if first.leader == one.id { (first, second) } else { (second, first) };
    assert_eq!((leader.members.len(), follower.members.len()), (2, 0));
    assert_eq!(leader.protocol_name.as_deref(), Some("range"));
}
