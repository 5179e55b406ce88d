//! Every advertised version of every group request gets a decodable response.
use bytes::Bytes;
use kafka_protocol::{
    messages::{
        join_group_request::JoinGroupRequestProtocol,
        leave_group_request::MemberIdentity,
        offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic},
        offset_fetch_request::{
            OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
        },
        sync_group_request::SyncGroupRequestAssignment,
        *,
    },
    protocol::StrBytes,
};
use local_log::LocalLog;
use support::create;
use uuid::Uuid;
use wire::Wire;

use crate::support::{self, wire};

fn text(s: &'static str) -> StrBytes {
    StrBytes::from_static_str(s)
}

fn topic() -> TopicName {
    TopicName(text("t"))
}

async fn start_with_wire() -> (tempfile::TempDir, LocalLog, Wire) {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create(log.address(), "t", 2).await;
    let wire = Wire::connect(log.address()).await;
    (folder, log, wire)
}

async fn advertised_versions(wire: &mut Wire, key: ApiKey) -> std::ops::RangeInclusive<i16> {
    let versions = wire.request(&ApiVersionsRequest::default(), 4).await;
    let found = versions.api_keys.iter().find(|v| v.api_key == key as i16).unwrap();
    found.min_version..=found.max_version
}

#[tokio::test(flavor = "multi_thread")]
async fn group_membership() {
    let (_folder, log, mut wire) = start_with_wire().await;
    for version in advertised_versions(&mut wire, ApiKey::FindCoordinator).await {
        let request = if version >= 4 {
            FindCoordinatorRequest::default().with_coordinator_keys(vec![text("g")])
        } else {
            FindCoordinatorRequest::default().with_key(text("g"))
        };
        let answer = wire.request(&request, version).await;
        let port = answer.coordinators.first().map_or(answer.port, |c| c.port);
        assert_eq!(port, i32::from(log.address().port()));
    }
    for version in advertised_versions(&mut wire, ApiKey::JoinGroup).await {
        let group = GroupId(StrBytes::from_string(format!("join-{version}")));
        let protocol = JoinGroupRequestProtocol::default()
            .with_name(text("range"))
            .with_metadata(Bytes::from_static(b"says"));
        let join = JoinGroupRequest::default()
            .with_group_id(group.clone())
            .with_session_timeout_ms(6_000)
            .with_protocol_type(text("consumer"))
            .with_protocols(vec![protocol]);
        let join = if version > 0 { join.with_rebalance_timeout_ms(6_000) } else { join };
        let mut answer = wire.request(&join, version).await;
        if version >= 4 {
            assert_eq!(answer.error_code, 79);
            let again = join.with_member_id(answer.member_id.clone());
            answer = wire.request(&again, version).await;
        }
        assert_eq!((answer.error_code, answer.generation_id), (0, 1));
        assert_eq!(&answer.members[0].metadata[..], b"says");
        check_member(&mut wire, &group, answer.member_id.clone()).await;
    }
    log.shutdown().await;
}

/// All requests of a member after it has joined, in every version.
async fn check_member(wire: &mut Wire, group: &GroupId, member: StrBytes) {
    for version in advertised_versions(wire, ApiKey::SyncGroup).await {
        let assignment = SyncGroupRequestAssignment::default()
            .with_member_id(member.clone())
            .with_assignment(Bytes::from_static(b"yours"));
        let request = SyncGroupRequest::default()
            .with_group_id(group.clone())
            .with_generation_id(1)
            .with_member_id(member.clone())
            .with_assignments(vec![assignment]);
        let answer = wire.request(&request, version).await;
        assert_eq!((answer.error_code, &answer.assignment[..]), (0, &b"yours"[..]));
    }
    for version in advertised_versions(wire, ApiKey::Heartbeat).await {
        for (generation, error) in [(1, 0), (2, 22)] {
            let request = HeartbeatRequest::default()
                .with_group_id(group.clone())
                .with_generation_id(generation)
                .with_member_id(member.clone());
            assert_eq!(wire.request(&request, version).await.error_code, error);
        }
    }
    for version in advertised_versions(wire, ApiKey::DescribeGroups).await {
        let groups = vec![group.clone(), GroupId(text("unknown"))];
        let answer =
            wire.request(&DescribeGroupsRequest::default().with_groups(groups), version).await;
        assert_eq!(&*answer.groups[0].group_state, "Stable");
        assert_eq!(&*answer.groups[1].group_state, "Dead");
    }
    for version in advertised_versions(wire, ApiKey::ListGroups).await {
        let answer = wire.request(&ListGroupsRequest::default(), version).await;
        assert!(answer.groups.iter().any(|listed| listed.group_id == *group));
    }
    for version in advertised_versions(wire, ApiKey::LeaveGroup).await {
        let leave = LeaveGroupRequest::default().with_group_id(group.clone());
        let answer = if version >= 3 {
            let members = vec![MemberIdentity::default().with_member_id(member.clone())];
            wire.request(&leave.with_members(members), version).await
        } else {
            wire.request(&leave.with_member_id(member.clone()), version).await
        };
        let error = answer.members.first().map_or(answer.error_code, |m| m.error_code);
        assert_eq!(error, if version == 0 { 0 } else { 25 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn group_offsets() {
    let (_folder, log, mut wire) = start_with_wire().await;
    for version in advertised_versions(&mut wire, ApiKey::OffsetCommit).await {
        let partition = |index| {
            OffsetCommitRequestPartition::default()
                .with_partition_index(index)
                .with_committed_offset(i64::from(version))
                .with_committed_metadata(Some(text("note")))
        };
        let topics = OffsetCommitRequestTopic::default()
            .with_name(topic())
            .with_topic_id(Uuid::nil())
            .with_partitions(vec![partition(0), partition(7)]);
        let request = OffsetCommitRequest::default()
            .with_group_id(GroupId(text("g")))
            .with_generation_id_or_member_epoch(-1)
            .with_topics(vec![topics]);
        let answer = wire.request(&request, version).await;
        let errors: Vec<_> = answer.topics[0].partitions.iter().map(|p| p.error_code).collect();
        assert_eq!(errors, [0, 3]);
    }
    for version in advertised_versions(&mut wire, ApiKey::OffsetFetch).await {
        if version >= 8 {
            let requested = OffsetFetchRequestTopics::default()
                .with_name(topic())
                .with_partition_indexes(vec![0, 1]);
            let group = OffsetFetchRequestGroup::default()
                .with_group_id(GroupId(text("g")))
                .with_topics(Some(vec![requested]));
            let request = OffsetFetchRequest::default().with_groups(vec![group]);
            let answer = wire.request(&request, version).await;
            let partitions = &answer.groups[0].topics[0].partitions;
            assert_eq!((partitions[0].committed_offset, partitions[1].committed_offset), (9, -1));
            continue;
        }
        let requested = OffsetFetchRequestTopic::default()
            .with_name(topic())
            .with_partition_indexes(vec![0, 1]);
        let request = OffsetFetchRequest::default()
            .with_group_id(GroupId(text("g")))
            .with_topics(Some(vec![requested]));
        let answer = wire.request(&request, version).await;
        let partitions = &answer.topics[0].partitions;
        assert_eq!((partitions[0].committed_offset, partitions[1].committed_offset), (9, -1));
        assert_eq!(partitions[0].metadata.as_deref(), Some("note"));
    }
    log.shutdown().await;
}
