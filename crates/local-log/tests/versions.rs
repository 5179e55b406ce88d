//! Every advertised version of every request gets an answer that a client can decode.

mod support;
#[path = "support/wire.rs"]
mod wire;

use bytes::Bytes;
use kafka_protocol::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::leave_group_request::MemberIdentity;
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_protocol::messages::*;
use kafka_protocol::protocol::StrBytes;
use local_log::LocalLog;
use support::create;
use uuid::Uuid;
use wire::{Wire, batch};

fn text(s: &'static str) -> StrBytes {
    StrBytes::from_static_str(s)
}

fn topic() -> TopicName {
    TopicName(text("t"))
}

async fn setup() -> (tempfile::TempDir, LocalLog, Wire) {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create(log.address(), "t", 2).await;
    let wire = Wire::connect(log.address()).await;
    (folder, log, wire)
}

async fn advertised(wire: &mut Wire, key: ApiKey) -> std::ops::RangeInclusive<i16> {
    let versions = wire.ask(&ApiVersionsRequest::default(), 4).await;
    let found = versions.api_keys.iter().find(|v| v.api_key == key as i16).unwrap();
    found.min_version..=found.max_version
}

#[tokio::test(flavor = "multi_thread")]
async fn records() {
    let (_folder, log, mut wire) = setup().await;
    let mut produced = 0;
    for version in advertised(&mut wire, ApiKey::Produce).await {
        let data = |index, records| {
            PartitionProduceData::default().with_index(index).with_records(Some(records))
        };
        let good = data(0, batch(2, (-1, -1, -1)));
        let partitions = vec![good, data(9, batch(1, (-1, -1, -1)))];
        let topics = TopicProduceData::default().with_name(topic()).with_partition_data(partitions);
        let request = ProduceRequest::default().with_acks(-1).with_topic_data(vec![topics]);
        let answer = wire.ask(&request, version).await;
        let partitions = &answer.responses[0].partition_responses;
        assert_eq!((partitions[0].error_code, partitions[0].base_offset), (0, produced));
        assert_eq!(partitions[1].error_code, 3);
        produced += 2;
    }
    let names = Some(vec![MetadataRequestTopic::default().with_name(Some(topic()))]);
    let id = wire.ask(&MetadataRequest::default().with_topics(names), 12).await.topics[0].topic_id;
    for version in advertised(&mut wire, ApiKey::Fetch).await {
        for (offset, error) in [(3, 0), (produced, 0), (10_000, 1)] {
            let partition = FetchPartition::default()
                .with_fetch_offset(offset)
                .with_partition_max_bytes(1 << 20);
            let asked = FetchTopic::default().with_partitions(vec![partition]);
            let asked =
                if version >= 13 { asked.with_topic_id(id) } else { asked.with_topic(topic()) };
            let request = FetchRequest::default()
                .with_max_bytes(1 << 20)
                .with_max_wait_ms(10)
                .with_topics(vec![asked]);
            let answer = wire.ask(&request, version).await;
            let data = &answer.responses[0].partitions[0];
            assert_eq!(data.error_code, error, "offset {offset}, version {version}");
            let bytes = data.records.as_ref().map_or(0, Bytes::len);
            assert_eq!(bytes > 0, offset == 3);
        }
    }
    for version in advertised(&mut wire, ApiKey::ListOffsets).await {
        for (time, offset) in [(-1, produced), (-2, 0), (-3, 0), (5_000, 0), (6_000, -1)] {
            let partition = ListOffsetsPartition::default().with_timestamp(time);
            let asked =
                ListOffsetsTopic::default().with_name(topic()).with_partitions(vec![partition]);
            let request = ListOffsetsRequest::default().with_topics(vec![asked]);
            let answer = wire.ask(&request, version).await;
            let found = &answer.topics[0].partitions[0];
            assert_eq!((found.error_code, found.offset), (0, offset), "time {time}");
        }
    }
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cluster_and_topics() {
    let (_folder, log, mut wire) = setup().await;
    for version in advertised(&mut wire, ApiKey::ApiVersions).await {
        assert_eq!(wire.ask(&ApiVersionsRequest::default(), version).await.error_code, 0);
    }
    for version in advertised(&mut wire, ApiKey::Metadata).await {
        let named = |name| MetadataRequestTopic::default().with_name(Some(TopicName(name)));
        let request = MetadataRequest::default()
            .with_topics(Some(vec![named(text("t")), named(text("nowhere"))]))
            .with_allow_auto_topic_creation(true);
        let answer = wire.ask(&request, version).await;
        assert_eq!(answer.topics[0].partitions.len(), 2);
        assert_eq!(answer.topics[1].error_code, 3);
        assert_eq!(answer.brokers[0].port, i32::from(log.address().port()));
        let all = if version == 0 { Some(Vec::new()) } else { None };
        let answer = wire.ask(&MetadataRequest::default().with_topics(all), version).await;
        assert_eq!(answer.topics.len(), 1);
    }
    for version in advertised(&mut wire, ApiKey::CreateTopics).await {
        let config = CreatableTopicConfig::default()
            .with_name(text("retention.ms"))
            .with_value(Some(text("1000")));
        let name = TopicName(StrBytes::from_string(format!("made-{version}")));
        let new = CreatableTopic::default()
            .with_num_partitions(1)
            .with_replication_factor(1)
            .with_configs(vec![config]);
        let topics = vec![new.clone().with_name(name), new.with_name(topic())];
        let request = CreateTopicsRequest::default().with_topics(topics);
        let answer = wire.ask(&request, version).await;
        let errors: Vec<_> = answer.topics.iter().map(|t| t.error_code).collect();
        assert_eq!(errors, [0, 36]);
    }
    for version in advertised(&mut wire, ApiKey::DescribeConfigs).await {
        let resource = DescribeConfigsResource::default()
            .with_resource_type(2)
            .with_resource_name(text("made-7"))
            .with_configuration_keys(None);
        let request = DescribeConfigsRequest::default().with_resources(vec![resource]);
        let answer = wire.ask(&request, version).await;
        let found = answer.results[0].configs.iter().find(|c| c.name == *"retention.ms").unwrap();
        assert_eq!(found.value.as_deref(), Some("1000"));
    }
    for version in advertised(&mut wire, ApiKey::DescribeCluster).await {
        let answer = wire.ask(&DescribeClusterRequest::default(), version).await;
        assert_eq!(answer.brokers.len(), 1);
    }
    for version in advertised(&mut wire, ApiKey::InitProducerId).await {
        let request = InitProducerIdRequest::default().with_transactional_id(None);
        assert!(wire.ask(&request, version).await.producer_id.0 > 0);
    }
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn group_membership() {
    let (_folder, log, mut wire) = setup().await;
    for version in advertised(&mut wire, ApiKey::FindCoordinator).await {
        let request = if version >= 4 {
            FindCoordinatorRequest::default().with_coordinator_keys(vec![text("g")])
        } else {
            FindCoordinatorRequest::default().with_key(text("g"))
        };
        let answer = wire.ask(&request, version).await;
        let port = answer.coordinators.first().map_or(answer.port, |c| c.port);
        assert_eq!(port, i32::from(log.address().port()));
    }
    for version in advertised(&mut wire, ApiKey::JoinGroup).await {
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
        let mut answer = wire.ask(&join, version).await;
        if version >= 4 {
            assert_eq!(answer.error_code, 79);
            let again = join.with_member_id(answer.member_id.clone());
            answer = wire.ask(&again, version).await;
        }
        assert_eq!((answer.error_code, answer.generation_id), (0, 1));
        assert_eq!(&answer.members[0].metadata[..], b"says");
        membership_of(&mut wire, &group, answer.member_id.clone()).await;
    }
    log.shutdown().await;
}

/// Everything a member does after it has joined, in every version.
async fn membership_of(wire: &mut Wire, group: &GroupId, member: StrBytes) {
    for version in advertised(wire, ApiKey::SyncGroup).await {
        let assignment = SyncGroupRequestAssignment::default()
            .with_member_id(member.clone())
            .with_assignment(Bytes::from_static(b"yours"));
        let request = SyncGroupRequest::default()
            .with_group_id(group.clone())
            .with_generation_id(1)
            .with_member_id(member.clone())
            .with_assignments(vec![assignment]);
        let answer = wire.ask(&request, version).await;
        assert_eq!((answer.error_code, &answer.assignment[..]), (0, &b"yours"[..]));
    }
    for version in advertised(wire, ApiKey::Heartbeat).await {
        for (generation, error) in [(1, 0), (2, 22)] {
            let request = HeartbeatRequest::default()
                .with_group_id(group.clone())
                .with_generation_id(generation)
                .with_member_id(member.clone());
            assert_eq!(wire.ask(&request, version).await.error_code, error);
        }
    }
    for version in advertised(wire, ApiKey::DescribeGroups).await {
        let groups = vec![group.clone(), GroupId(text("nobody"))];
        let answer = wire.ask(&DescribeGroupsRequest::default().with_groups(groups), version).await;
        assert_eq!(&*answer.groups[0].group_state, "Stable");
        assert_eq!(&*answer.groups[1].group_state, "Dead");
    }
    for version in advertised(wire, ApiKey::ListGroups).await {
        let answer = wire.ask(&ListGroupsRequest::default(), version).await;
        assert!(answer.groups.iter().any(|listed| listed.group_id == *group));
    }
    for version in advertised(wire, ApiKey::LeaveGroup).await {
        let leave = LeaveGroupRequest::default().with_group_id(group.clone());
        let answer = if version >= 3 {
            let members = vec![MemberIdentity::default().with_member_id(member.clone())];
            wire.ask(&leave.with_members(members), version).await
        } else {
            wire.ask(&leave.with_member_id(member.clone()), version).await
        };
        let error = answer.members.first().map_or(answer.error_code, |m| m.error_code);
        assert_eq!(error, if version == 0 { 0 } else { 25 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn group_offsets() {
    let (_folder, log, mut wire) = setup().await;
    for version in advertised(&mut wire, ApiKey::OffsetCommit).await {
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
        let answer = wire.ask(&request, version).await;
        let errors: Vec<_> = answer.topics[0].partitions.iter().map(|p| p.error_code).collect();
        assert_eq!(errors, [0, 3]);
    }
    for version in advertised(&mut wire, ApiKey::OffsetFetch).await {
        if version >= 8 {
            let asked = OffsetFetchRequestTopics::default()
                .with_name(topic())
                .with_partition_indexes(vec![0, 1]);
            let group = OffsetFetchRequestGroup::default()
                .with_group_id(GroupId(text("g")))
                .with_topics(Some(vec![asked]));
            let request = OffsetFetchRequest::default().with_groups(vec![group]);
            let answer = wire.ask(&request, version).await;
            let partitions = &answer.groups[0].topics[0].partitions;
            assert_eq!((partitions[0].committed_offset, partitions[1].committed_offset), (9, -1));
            continue;
        }
        let asked = OffsetFetchRequestTopic::default()
            .with_name(topic())
            .with_partition_indexes(vec![0, 1]);
        let request = OffsetFetchRequest::default()
            .with_group_id(GroupId(text("g")))
            .with_topics(Some(vec![asked]));
        let answer = wire.ask(&request, version).await;
        let partitions = &answer.topics[0].partitions;
        assert_eq!((partitions[0].committed_offset, partitions[1].committed_offset), (9, -1));
        assert_eq!(partitions[0].metadata.as_deref(), Some("note"));
    }
    log.shutdown().await;
}
