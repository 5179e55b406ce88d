//! Every advertised version of every request on records and topics gets a decodable response.
use bytes::Bytes;
use kafka_protocol::{
    messages::{
        create_topics_request::{CreatableTopic, CreatableTopicConfig},
        describe_configs_request::DescribeConfigsResource,
        fetch_request::{FetchPartition, FetchTopic},
        list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic},
        metadata_request::MetadataRequestTopic,
        produce_request::{PartitionProduceData, TopicProduceData},
        *,
    },
    protocol::StrBytes,
};
use local_log::LocalLog;
use support::create;
use wire::{Wire, batch};

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
async fn records() {
    let (_folder, log, mut wire) = start_with_wire().await;
    let mut produced = 0;
    for version in advertised_versions(&mut wire, ApiKey::Produce).await {
        let data = |index, records| {
            PartitionProduceData::default().with_index(index).with_records(Some(records))
        };
        let good = data(0, batch(2, (-1, -1, -1)));
        let partitions = vec![good, data(9, batch(1, (-1, -1, -1)))];
        let topics = TopicProduceData::default().with_name(topic()).with_partition_data(partitions);
        let request = ProduceRequest::default().with_acks(-1).with_topic_data(vec![topics]);
        let answer = wire.request(&request, version).await;
        let partitions = &answer.responses[0].partition_responses;
        assert_eq!((partitions[0].error_code, partitions[0].base_offset), (0, produced));
        assert_eq!(partitions[1].error_code, 3);
        produced += 2;
    }
    let names = Some(vec![MetadataRequestTopic::default().with_name(Some(topic()))]);
    let id =
        wire.request(&MetadataRequest::default().with_topics(names), 12).await.topics[0].topic_id;
    for version in advertised_versions(&mut wire, ApiKey::Fetch).await {
        for (offset, error) in [(3, 0), (produced, 0), (10_000, 1)] {
            let partition = FetchPartition::default()
                .with_fetch_offset(offset)
                .with_partition_max_bytes(1 << 20);
            let requested = FetchTopic::default().with_partitions(vec![partition]);
            let requested = if version >= 13 {
                requested.with_topic_id(id)
            } else {
                requested.with_topic(topic())
            };
            let request = FetchRequest::default()
                .with_max_bytes(1 << 20)
                .with_max_wait_ms(10)
                .with_topics(vec![requested]);
            let answer = wire.request(&request, version).await;
            let data = &answer.responses[0].partitions[0];
            assert_eq!(data.error_code, error, "offset {offset}, version {version}");
            let bytes = data.records.as_ref().map_or(0, Bytes::len);
            assert_eq!(bytes > 0, offset == 3);
        }
    }
    for version in advertised_versions(&mut wire, ApiKey::ListOffsets).await {
        for (time, offset) in [(-1, produced), (-2, 0), (-3, 0), (5_000, 0), (6_000, -1)] {
            let partition = ListOffsetsPartition::default().with_timestamp(time);
            let requested =
                ListOffsetsTopic::default().with_name(topic()).with_partitions(vec![partition]);
            let request = ListOffsetsRequest::default().with_topics(vec![requested]);
            let answer = wire.request(&request, version).await;
            let found = &answer.topics[0].partitions[0];
            assert_eq!((found.error_code, found.offset), (0, offset), "time {time}");
        }
    }
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cluster_and_topics() {
    let (_folder, log, mut wire) = start_with_wire().await;
    for version in advertised_versions(&mut wire, ApiKey::ApiVersions).await {
        assert_eq!(wire.request(&ApiVersionsRequest::default(), version).await.error_code, 0);
    }
    for version in advertised_versions(&mut wire, ApiKey::Metadata).await {
        let named = |name| MetadataRequestTopic::default().with_name(Some(TopicName(name)));
        let request = MetadataRequest::default()
            .with_topics(Some(vec![named(text("t")), named(text("nowhere"))]))
            .with_allow_auto_topic_creation(true);
        let answer = wire.request(&request, version).await;
        assert_eq!(answer.topics[0].partitions.len(), 2);
        assert_eq!(answer.topics[1].error_code, 3);
        assert_eq!(answer.brokers[0].port, i32::from(log.address().port()));
        let all = if version == 0 { Some(Vec::new()) } else { None };
        let answer = wire.request(&MetadataRequest::default().with_topics(all), version).await;
        assert_eq!(answer.topics.len(), 1);
    }
    for version in advertised_versions(&mut wire, ApiKey::CreateTopics).await {
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
        let answer = wire.request(&request, version).await;
        let errors: Vec<_> = answer.topics.iter().map(|t| t.error_code).collect();
        assert_eq!(errors, [0, 36]);
    }
    for version in advertised_versions(&mut wire, ApiKey::DescribeConfigs).await {
        let resource = DescribeConfigsResource::default()
            .with_resource_type(2)
            .with_resource_name(text("made-7"))
            .with_configuration_keys(None);
        let request = DescribeConfigsRequest::default().with_resources(vec![resource]);
        let answer = wire.request(&request, version).await;
        let found = answer.results[0].configs.iter().find(|c| c.name == *"retention.ms").unwrap();
        assert_eq!(found.value.as_deref(), Some("1000"));
    }
    for version in advertised_versions(&mut wire, ApiKey::DescribeCluster).await {
        let answer = wire.request(&DescribeClusterRequest::default(), version).await;
        assert_eq!(answer.brokers.len(), 1);
    }
    for version in advertised_versions(&mut wire, ApiKey::InitProducerId).await {
        let request = InitProducerIdRequest::default().with_transactional_id(None);
        assert!(wire.request(&request, version).await.producer_id.0 > 0);
    }
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn topic_changes() {
    use create_partitions_request::CreatePartitionsTopic;
    use incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
    let (_folder, log, mut wire) = start_with_wire().await;
    let mut count = 2;
    for version in advertised_versions(&mut wire, ApiKey::CreatePartitions).await {
        count += 1;
        let grow = |name, count| {
            let topic = CreatePartitionsTopic::default().with_name(TopicName(text(name)));
            topic.with_count(count).with_assignments(None)
        };
        let topics = vec![grow("t", count), grow("nowhere", 1)];
        let request = CreatePartitionsRequest::default().with_topics(topics);
        let answer = wire.request(&request, version).await;
        let errors: Vec<_> = answer.results.iter().map(|t| t.error_code).collect();
        assert_eq!(errors, [0, 3]);
        let fewer = CreatePartitionsRequest::default().with_topics(vec![grow("t", 1)]);
        assert_eq!(wire.request(&fewer, version).await.results[0].error_code, 37);
    }
    for version in advertised_versions(&mut wire, ApiKey::IncrementalAlterConfigs).await {
        for (operation, value, error) in
            [(0, Some("5000"), 0), (0, Some("x"), 40), (2, Some("1"), 40), (1, None, 0)]
        {
            let change = AlterableConfig::default()
                .with_name(text("retention.ms"))
                .with_config_operation(operation)
                .with_value(value.map(text));
            let resource = AlterConfigsResource::default()
                .with_resource_type(2)
                .with_resource_name(text("t"))
                .with_configs(vec![change]);
            let request = IncrementalAlterConfigsRequest::default().with_resources(vec![resource]);
            let answer = wire.request(&request, version).await;
            assert_eq!(answer.responses[0].error_code, error, "{operation} {value:?}");
        }
    }
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deletion() {
    use delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
    use delete_topics_request::DeleteTopicState;
    let (_folder, log, mut wire) = start_with_wire().await;
    for version in advertised_versions(&mut wire, ApiKey::DeleteRecords).await {
        let partition = |number, offset| {
            DeleteRecordsPartition::default().with_partition_index(number).with_offset(offset)
        };
        let topic = DeleteRecordsTopic::default().with_name(topic()).with_partitions(vec![
            partition(0, 0),
            partition(0, 5),
            partition(9, 0),
        ]);
        let request = DeleteRecordsRequest::default().with_topics(vec![topic]);
        let answer = wire.request(&request, version).await;
        let errors: Vec<_> = answer.topics[0].partitions.iter().map(|p| p.error_code).collect();
        assert_eq!(errors, [0, 1, 3]);
    }
    for version in advertised_versions(&mut wire, ApiKey::DeleteTopics).await {
        let name = format!("short-lived-{version}");
        create(log.address(), &name, 1).await;
        let name = || TopicName(StrBytes::from_string(name.clone()));
        let nowhere = || TopicName(text("nowhere"));
        let named = |name| DeleteTopicState::default().with_name(Some(name));
        let request = if version >= 6 {
            let topics = vec![named(name()), named(nowhere())];
            DeleteTopicsRequest::default().with_topics(topics)
        } else {
            DeleteTopicsRequest::default().with_topic_names(vec![name(), nowhere()])
        };
        let answer = wire.request(&request, version).await;
        let errors: Vec<_> = answer.responses.iter().map(|t| t.error_code).collect();
        assert_eq!(errors, [0, 3], "version {version}");
    }
    for version in advertised_versions(&mut wire, ApiKey::DeleteGroups).await {
        let names = vec![GroupId(text("unknown"))];
        let request = DeleteGroupsRequest::default().with_groups_names(names);
        assert_eq!(wire.request(&request, version).await.results[0].error_code, 69);
    }
    for version in advertised_versions(&mut wire, ApiKey::OffsetDelete).await {
        let request = OffsetDeleteRequest::default().with_group_id(GroupId(text("unknown")));
        assert_eq!(wire.request(&request, version).await.error_code, 69);
    }
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn epochs() {
    use offset_for_leader_epoch_request::{OffsetForLeaderPartition, OffsetForLeaderTopic};
    let (_folder, log, mut wire) = start_with_wire().await;
    for version in advertised_versions(&mut wire, ApiKey::OffsetForLeaderEpoch).await {
        let partition = |number, epoch| {
            let requested = OffsetForLeaderPartition::default().with_partition(number);
            requested.with_leader_epoch(epoch).with_current_leader_epoch(-1)
        };
        let partitions = vec![partition(0, 0), partition(0, 7), partition(9, 0)];
        let requested = OffsetForLeaderTopic::default().with_topic(topic());
        let topics = vec![requested.with_partitions(partitions)];
        let request = OffsetForLeaderEpochRequest::default().with_topics(topics);
        let answer = wire.request(&request, version).await;
        let found: Vec<_> = answer.topics[0].partitions.iter().collect();
        assert_eq!((found[0].error_code, found[0].end_offset), (0, 0));
        assert_eq!((found[1].error_code, found[1].end_offset), (0, -1));
        assert_eq!((found[2].error_code, found[2].end_offset), (3, -1));
    }
    log.shutdown().await;
}
