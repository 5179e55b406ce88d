//! A group member for raw wire requests.

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::{
    messages::{
        join_group_request::JoinGroupRequestProtocol,
        leave_group_request::MemberIdentity,
        offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic},
        offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopics},
        sync_group_request::SyncGroupRequestAssignment,
        *,
    },
    protocol::StrBytes,
};

use crate::{
    engine::{Engine, pause},
    wire::Wire,
};

/// Error codes of a coordinator that is loading or has moved.
const RETRIABLE: [i16; 3] = [14, 15, 16];

/// A group member.
pub struct Member {
    pub wire: Wire,
    pub group: GroupId,
    pub id: StrBytes,
    pub instance: Option<StrBytes>,
    pub generation: i32,
    /// Subscribed topic.
    pub reads: String,
}

pub fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

/// Encodes a consumer's subscription.
pub fn subscription(topic: &str) -> Bytes {
    let mut bytes = BytesMut::new();
    bytes.put_i16(0);
    bytes.put_i32(1);
    bytes.put_i16(i16::try_from(topic.len()).unwrap());
    bytes.put_slice(topic.as_bytes());
    bytes.put_i32(-1);
    bytes.freeze()
}

impl Member {
    /// A client that has not joined the group yet.
    pub async fn new(engine: &Engine, group: &str) -> Self {
        let group = GroupId(text(group));
        let wire = engine.coordinator(&group).await;
        let reads = "anything".to_owned();
        Self { wire, group, id: StrBytes::default(), instance: None, generation: -1, reads }
    }

    /// A join request with one strategy.
    pub fn join_request(&self, strategy: &str) -> JoinGroupRequest {
        let protocol = JoinGroupRequestProtocol::default()
            .with_name(text(strategy))
            .with_metadata(subscription(&self.reads));
        JoinGroupRequest::default()
            .with_group_id(self.group.clone())
            .with_session_timeout_ms(6_000)
            .with_rebalance_timeout_ms(6_000)
            .with_member_id(self.id.clone())
            .with_group_instance_id(self.instance.clone())
            .with_protocol_type(text("consumer"))
            .with_protocols(vec![protocol])
    }

    /// Joins, and adopts the received member id and generation.
    pub async fn join(&mut self) -> JoinGroupResponse {
        loop {
            let answer = self.wire.request(&self.join_request("range"), 7).await;
            if RETRIABLE.contains(&answer.error_code) {
                pause().await;
                continue;
            }
            if answer.error_code == 0 || answer.error_code == 79 {
                self.id = answer.member_id.clone();
                self.generation = answer.generation_id;
            }
            return answer;
        }
    }

    /// Joins with the member id received from a first join request.
    pub async fn join_with_id(&mut self) -> JoinGroupResponse {
        let first = self.join().await;
        if first.error_code == 79 { self.join().await } else { first }
    }

    /// Requests the assignment; the leader passes the assignments of all members.
    pub async fn sync(&mut self, shares: &[(&StrBytes, &'static [u8])]) -> SyncGroupResponse {
        let share = |(id, share): &(&StrBytes, &'static [u8])| {
            SyncGroupRequestAssignment::default()
                .with_member_id((*id).clone())
                .with_assignment(Bytes::from_static(share))
        };
        let request = SyncGroupRequest::default()
            .with_group_id(self.group.clone())
            .with_generation_id(self.generation)
            .with_member_id(self.id.clone())
            .with_group_instance_id(self.instance.clone())
            .with_protocol_type(Some(text("consumer")))
            .with_protocol_name(Some(text("range")))
            .with_assignments(shares.iter().map(share).collect());
        self.wire.request(&request, 5).await
    }

    /// Joins an empty group and leads it.
    pub async fn lead(engine: &Engine, group: &str) -> Self {
        let mut member = Self::new(engine, group).await;
        member.join_with_id().await;
        let id = member.id.clone();
        assert_eq!(member.sync(&[(&id, b"all")]).await.error_code, 0);
        member
    }

    /// Sends a heartbeat; returns the error code.
    pub async fn heartbeat(&mut self) -> i16 {
        let request = HeartbeatRequest::default()
            .with_group_id(self.group.clone())
            .with_generation_id(self.generation)
            .with_member_id(self.id.clone())
            .with_group_instance_id(self.instance.clone());
        self.wire.request(&request, 4).await.error_code
    }

    /// Commits an offset; returns the error code.
    pub async fn commit(&mut self, topic: &str, offset: i64) -> i16 {
        self.commit_with_metadata(topic, offset, "").await
    }

    /// Commits an offset with metadata; returns the error code.
    pub async fn commit_with_metadata(&mut self, topic: &str, offset: i64, note: &str) -> i16 {
        let partition = OffsetCommitRequestPartition::default()
            .with_partition_index(0)
            .with_committed_offset(offset)
            .with_committed_metadata(Some(text(note)));
        let topic = OffsetCommitRequestTopic::default()
            .with_name(TopicName(text(topic)))
            .with_partitions(vec![partition]);
        let request = OffsetCommitRequest::default()
            .with_group_id(self.group.clone())
            .with_generation_id_or_member_epoch(self.generation)
            .with_member_id(self.id.clone())
            .with_group_instance_id(self.instance.clone())
            .with_topics(vec![topic]);
        loop {
            let code = self.wire.request(&request, 8).await.topics[0].partitions[0].error_code;
            if !RETRIABLE.contains(&code) {
                return code;
            }
            pause().await;
        }
    }

    /// Describes the group: its state and number of members.
    pub async fn describe(&mut self) -> (String, usize) {
        let request = DescribeGroupsRequest::default().with_groups(vec![self.group.clone()]);
        let answer = self.wire.request(&request, 5).await;
        let group = &answer.groups[0];
        (group.group_state.to_string(), group.members.len())
    }

    /// Fetches the committed offset of partition 0: error code, offset, metadata.
    pub async fn committed(&mut self, topic: &str) -> (i16, i64, String) {
        let requested = OffsetFetchRequestTopics::default()
            .with_name(TopicName(text(topic)))
            .with_partition_indexes(vec![0]);
        let group = OffsetFetchRequestGroup::default()
            .with_group_id(self.group.clone())
            .with_topics(Some(vec![requested]));
        let request = OffsetFetchRequest::default().with_groups(vec![group]);
        let answer = self.wire.request(&request, 8).await;
        let group = &answer.groups[0];
        assert_eq!(group.error_code, 0);
        let found = &group.topics[0].partitions[0];
        let note = found.metadata.as_ref().map(ToString::to_string);
        (found.error_code, found.committed_offset, note.unwrap_or_default())
    }

    /// Leaves the group.
    pub async fn leave(&mut self) {
        let identity = MemberIdentity::default().with_member_id(self.id.clone());
        let request = LeaveGroupRequest::default()
            .with_group_id(self.group.clone())
            .with_members(vec![identity]);
        assert_eq!(self.wire.request(&request, 4).await.members[0].error_code, 0);
    }
}
