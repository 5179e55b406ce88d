//! Groups as they are stored, and back.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::group::{Group, Member, Phase};
use super::journal::{StoredGroup, StoredMember, StoredOffset};
use super::offsets::Committed;

/// A group as it is stored.
pub(super) fn store(name: &str, group: &Group) -> StoredGroup {
    let members = group.members.iter().map(|(id, member)| StoredMember {
        id: id.clone(),
        instance_id: member.instance_id.clone(),
        client_id: member.client_id.clone(),
        client_host: member.client_host.clone(),
        session_timeout_ms: millis(member.session_timeout),
        rebalance_timeout_ms: millis(member.rebalance_timeout),
        protocols: member.protocols.iter().map(|(n, m)| (n.clone(), m.to_vec())).collect(),
        assignment: member.assignment.to_vec(),
    });
    StoredGroup {
        name: name.into(),
        generation: group.generation,
        protocol_type: group.protocol_type.clone(),
        protocol: group.protocol.clone(),
        leader: group.leader.clone(),
        members: members.collect(),
    }
}

/// A stored group: its members have a whole session to show that they are still there.
pub(super) fn restore(stored: StoredGroup, now: Instant) -> Group {
    let mut group = Group::new();
    group.generation = stored.generation;
    group.protocol_type = stored.protocol_type;
    group.protocol = stored.protocol;
    group.leader = stored.leader;
    for member in stored.members {
        let session_timeout = Duration::from_millis(member.session_timeout_ms);
        let protocols = member.protocols.into_iter().map(|(name, m)| (name, Bytes::from(m)));
        let restored = Member {
            instance_id: member.instance_id,
            client_id: member.client_id,
            client_host: member.client_host,
            session_timeout,
            rebalance_timeout: Duration::from_millis(member.rebalance_timeout_ms),
            protocols: protocols.collect(),
            assignment: member.assignment.into(),
            expires_at: now + session_timeout,
            joining: false,
            syncing: false,
        };
        group.members.insert(member.id, restored);
    }
    if !group.members.is_empty() {
        group.phase = Phase::Stable;
    }
    group
}

/// A committed offset as it is stored.
pub(super) fn offset((topic, partition, committed): (String, i32, Committed)) -> StoredOffset {
    let Committed { offset, leader_epoch, metadata } = committed;
    StoredOffset { topic, partition, offset, leader_epoch, metadata }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
