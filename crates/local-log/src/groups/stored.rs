//! Conversion of groups to and from their stored form.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::{
    group::{Group, Member, Phase},
    journal::{StoredGroup, StoredMember, StoredOffset},
    offsets::CommittedOffset,
};

/// Converts a group to its stored form.
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

/// Restores a stored group; the session of each member starts anew.
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
            is_joining: false,
            is_syncing: false,
        };
        group.members.insert(member.id, restored);
    }
    if !group.members.is_empty() {
        group.phase = Phase::Stable;
    }
    group
}

/// Converts a committed offset to its stored form.
pub(super) fn store_offset(
    (topic, partition, committed): (String, i32, CommittedOffset),
) -> StoredOffset {
    let CommittedOffset { offset, leader_epoch, metadata } = committed;
    StoredOffset { topic, partition, offset, leader_epoch, metadata }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
