//! State machine of groups: examples and random sequences, without a clock or a network.

use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use proptest::prelude::*;
use tokio::time::Instant;

use super::{
    group::{Effect, Group, Member, Phase},
    membership::{JoinRequest, Limits, Reply},
};

const LIMITS: Limits = Limits { max_members: 5, initial_delay: Duration::from_millis(100) };
const SESSION: Duration = Duration::from_secs(6);
const REBALANCE: Duration = Duration::from_secs(30);

fn join(id: &str, now: Instant) -> JoinRequest {
    let protocols = vec![("range".to_owned(), Bytes::from(id.to_owned()))];
    let member = Member {
        instance_id: None,
        client_id: id.into(),
        client_host: "/127.0.0.1".into(),
        session_timeout: SESSION,
        rebalance_timeout: REBALANCE,
        protocols,
        assignment: Bytes::new(),
        expires_at: now + SESSION,
        is_joining: false,
        is_syncing: false,
    };
    let protocol_type = "consumer".into();
    let member_id = id.into();
    JoinRequest { member_id, is_new: true, requires_known_id: false, protocol_type, member }
}

fn rejoin(id: &str, now: Instant) -> JoinRequest {
    JoinRequest { is_new: false, ..join(id, now) }
}

/// A stable group of these members.
fn stable_group(ids: &[&str], now: Instant) -> Group {
    let mut group = Group::new();
    for id in ids {
        let (reply, effects) = group.join(join(id, now), LIMITS, now);
        assert_eq!((reply, effects), (Reply::Later, vec![]));
    }
    let now = now + LIMITS.initial_delay;
    assert_eq!(group.expire(now).len(), ids.len());
    let leader = group.leader.clone().unwrap();
    for id in ids.iter().filter(|id| **id != leader) {
        assert_eq!(sync(&mut group, id, now).0, Reply::Later);
    }
    sync(&mut group, &leader, now);
    assert_eq!(group.phase, Phase::Stable);
    group
}

fn sync(group: &mut Group, id: &str, now: Instant) -> (Reply<super::SyncReply>, Vec<Effect>) {
    let all = group.members.keys().map(|id| (id.clone(), Bytes::from(id.clone()))).collect();
    group.sync(id, group.generation, (None, None), all, now)
}

#[test]
fn members_get_what_the_leader_assigned() {
    let group = stable_group(&["a", "b", "c"], Instant::now());
    assert_eq!(group.generation, 1);
    assert!(group.members.iter().all(|(id, member)| member.assignment == id.as_bytes()));
}

#[test]
fn a_new_member_must_rejoin_with_its_id() {
    let (mut group, now) = (Group::new(), Instant::now());
    let first = JoinRequest { requires_known_id: true, ..join("a", now) };
    let (reply, _) = group.join(first, LIMITS, now);
    assert_eq!(reply, Reply::Now(Err(ResponseError::MemberIdRequired)));
    assert!(group.members.is_empty());
    assert_eq!(group.join(rejoin("a", now), LIMITS, now).0, Reply::Later);
    let (reply, _) = group.join(rejoin("stranger", now), LIMITS, now);
    assert_eq!(reply, Reply::Now(Err(ResponseError::UnknownMemberId)));
}

#[test]
fn a_silent_member_is_removed_and_the_others_rejoin() {
    let now = Instant::now();
    let mut group = stable_group(&["a", "b"], now);
    let later = now + SESSION;
    assert_eq!(group.heartbeat("a", 1, later), Ok(()));
    group.expire(now + SESSION + LIMITS.initial_delay);
    assert_eq!(group.heartbeat("a", 1, later), Err(ResponseError::RebalanceInProgress));
    assert_eq!(group.heartbeat("b", 1, later), Err(ResponseError::UnknownMemberId));
    let (reply, effects) = group.join(rejoin("a", later), LIMITS, later);
    assert_eq!((reply, effects.len()), (Reply::Later, 1));
    assert_eq!((group.generation, group.members.len()), (2, 1));
}

#[test]
fn a_member_that_does_not_rejoin_in_time_is_removed() {
    let now = Instant::now();
    let mut group = stable_group(&["a", "b"], now);
    group.join(join("c", now), LIMITS, now);
    group.join(rejoin("a", now), LIMITS, now);
    let Phase::Preparing { until, .. } = group.phase else { panic!("{:?}", group.phase) };
    // It sends heartbeats, but does not rejoin.
    assert!(group.heartbeat("b", 1, until).is_err());
    group.expire(until);
    assert_eq!(group.members.keys().collect::<Vec<_>>(), ["a", "c"]);
}

#[test]
fn a_leader_that_dies_before_it_assigns_is_replaced() {
    let now = Instant::now();
    let mut group = stable_group(&["a", "b"], now);
    group.join(join("c", now), LIMITS, now);
    group.join(rejoin("a", now), LIMITS, now);
    group.join(rejoin("b", now), LIMITS, now);
    assert_eq!(group.leader.as_deref(), Some("a"));
    assert_eq!(sync(&mut group, "b", now).0, Reply::Later);
    assert_eq!(sync(&mut group, "c", now).0, Reply::Later);
    let effects = group.expire(now + SESSION);
    let again = |id: &str| Effect::AnswerSync(id.into(), Err(ResponseError::RebalanceInProgress));
    assert_eq!(effects, [again("b"), again("c")]);
    group.join(rejoin("b", now), LIMITS, now);
    group.join(rejoin("c", now), LIMITS, now);
    assert_eq!((group.generation, group.leader.as_deref()), (3, Some("b")));
}

#[test]
fn an_old_generation_is_fenced() {
    let now = Instant::now();
    let mut group = stable_group(&["a"], now);
    let fenced = Err(ResponseError::IllegalGeneration);
    assert_eq!(group.check_commit("a", 0, now), fenced);
    assert_eq!(group.heartbeat("a", 0, now), fenced);
    assert_eq!(group.check_commit("", -1, now), Err(ResponseError::UnknownMemberId));
    assert_eq!(group.check_commit("a", 1, now), Ok(()));
    assert_eq!(group.leave("a", now).1, [Effect::Persist]);
    assert_eq!(group.phase, Phase::Empty);
    assert_eq!(group.check_commit("", -1, now), Ok(()));
}

#[test]
fn a_full_group_and_an_unshared_strategy_refuse_a_member() {
    let now = Instant::now();
    let mut group = stable_group(&["a", "b", "c", "d", "e"], now);
    let (reply, _) = group.join(join("f", now), LIMITS, now);
    assert_eq!(reply, Reply::Now(Err(ResponseError::GroupMaxSizeReached)));
    let mut other = join("g", now);
    other.member.protocols = vec![("sticky".into(), Bytes::new())];
    let (reply, _) = group.join(other, LIMITS, now);
    assert_eq!(reply, Reply::Now(Err(ResponseError::InconsistentGroupProtocol)));
}

#[test]
fn a_restarted_static_member_causes_no_rebalance_and_fences_its_former_id() {
    let now = Instant::now();
    let mut group = Group::new();
    let named = |id: &str, name: &str| {
        let mut join = join(id, now);
        join.member.instance_id = Some(name.into());
        join.requires_known_id = true;
        join
    };
    for (id, name) in [("a1", "a"), ("b1", "b")] {
        assert_eq!(group.join(named(id, name), LIMITS, now).0, Reply::Later);
    }
    group.expire(now + LIMITS.initial_delay);
    sync(&mut group, "b1", now);
    sync(&mut group, "a1", now);
    assert_eq!((group.phase, group.leader.as_deref()), (Phase::Stable, Some("a1")));
    // The leader restarts: same generation, same assignment, and nothing to assign.
    let (reply, effects) = group.join(named("a2", "a"), LIMITS, now);
    let Reply::Now(Ok(reply)) = reply else { panic!("{reply:?}") };
    assert_eq!((reply.generation, reply.former_leader_id.as_deref()), (1, Some("a1")));
    assert_eq!(effects, [Effect::Persist]);
    assert_eq!(group.members["a2"].assignment, "a1");
    assert_eq!(group.heartbeat("b1", 1, now), Ok(()));
    let fenced = Err(ResponseError::FencedInstanceId);
    assert_eq!(group.check_instance("a1", Some("a")), fenced);
    assert_eq!(group.check_instance("a2", Some("a")), Ok(()));
    assert_eq!(group.check_instance("a2", Some("c")), Err(ResponseError::UnknownMemberId));
    let again = JoinRequest { is_new: false, ..named("a1", "a") };
    let (reply, _) = group.join(again, LIMITS, now);
    assert_eq!(reply, Reply::Now(Err(ResponseError::FencedInstanceId)));
    // A member replaced while it waits receives an error.
    group.join(join("c", now), LIMITS, now);
    group.join(JoinRequest { is_new: false, ..named("b1", "b") }, LIMITS, now);
    let (reply, effects) = group.join(named("b2", "b"), LIMITS, now);
    assert_eq!(reply, Reply::Later);
    let fenced = Effect::AnswerJoin("b1".into(), Err(ResponseError::FencedInstanceId));
    assert_eq!(effects, [fenced]);
}

proptest! {
    #[test]
    fn no_member_waits_forever(
        steps in proptest::collection::vec((0..5u8, 0..4usize, 0..4_000u64), 1..80),
    ) {
        let (mut group, mut now) = (Group::new(), Instant::now());
        for (what, who, ms) in steps {
            now += Duration::from_millis(ms);
            let id = ["a", "b", "c", "d"][who];
            let (before, known) = (group.generation, group.members.contains_key(id));
            group.expire(now);
            match what {
                0 if known => drop(group.join(rejoin(id, now), LIMITS, now)),
                0 => drop(group.join(join(id, now), LIMITS, now)),
                1 => drop(sync(&mut group, id, now)),
                2 => drop(group.heartbeat(id, before, now)),
                3 => drop(group.leave(id, now)),
                _ => {}
            }
            prop_assert!(group.generation >= before);
            prop_assert_eq!(group.members.is_empty(), group.phase == Phase::Empty);
            let has_waiting = group.members.values().any(Member::is_waiting);
            prop_assert!(!has_waiting || group.next_deadline().is_some());
            prop_assert!(group.phase != Phase::Stable || !has_waiting);
        }
        // Without further requests, every group ends empty.
        for _ in 0..20 {
            now = group.next_deadline().unwrap_or(now).max(now);
            group.expire(now);
        }
        prop_assert!(group.next_deadline().is_none());
        prop_assert_eq!(group.phase, Phase::Empty);
    }
}
