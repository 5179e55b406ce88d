//! A group member that does what it is told, wire request by wire request.

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::leave_group_request::MemberIdentity;
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopics,
};
use kafka_protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_protocol::messages::*;
use kafka_protocol::protocol::StrBytes;

use crate::engine::{Engine, pause};
use crate::wire::Wire;

/// The group's coordinator does not have its state yet, or is another broker by now.
const NOT_YET: [i16; 3] = [14, 15, 16];

/// A member, from its first request on.
pub struct Member {
    pub wire: Wire,
    pub group: GroupId,
    pub id: StrBytes,
    pub instance: Option<StrBytes>,
    pub generation: i32,
    /// The topic it says it reads.
    pub reads: String,
}

pub fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

/// What consumers say when they join: the version and the topics they want.
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
    /// Somebody who is not in the group yet.
    pub async fn new(engine: &Engine, group: &str) -> Self {
        let group = GroupId(text(group));
        let wire = engine.coordinator(&group).await;
        let reads = "anything".to_owned();
        Self { wire, group, id: StrBytes::default(), instance: None, generation: -1, reads }
    }

    /// A request to join with one strategy.
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

    /// Asks to join, and takes what it is given.
    pub async fn join(&mut self) -> JoinGroupResponse {
        loop {
            let answer = self.wire.ask(&self.join_request("range"), 7).await;
            if NOT_YET.contains(&answer.error_code) {
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

    /// Joins as one who knows that a first request only gives a name.
    pub async fn join_named(&mut self) -> JoinGroupResponse {
        let first = self.join().await;
        if first.error_code == 79 { self.join().await } else { first }
    }

    /// Asks for its share; the leader gives shares to all.
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
        self.wire.ask(&request, 5).await
    }

    /// Joins an empty group and leads it.
    pub async fn lead(engine: &Engine, group: &str) -> Self {
        let mut member = Self::new(engine, group).await;
        member.join_named().await;
        let id = member.id.clone();
        assert_eq!(member.sync(&[(&id, b"all")]).await.error_code, 0);
        member
    }

    /// The error code of a heartbeat.
    pub async fn heartbeat(&mut self) -> i16 {
        let request = HeartbeatRequest::default()
            .with_group_id(self.group.clone())
            .with_generation_id(self.generation)
            .with_member_id(self.id.clone())
            .with_group_instance_id(self.instance.clone());
        self.wire.ask(&request, 4).await.error_code
    }

    /// The error code of a commit.
    pub async fn commit(&mut self, topic: &str, offset: i64) -> i16 {
        self.commit_with(topic, offset, "").await
    }

    /// The error code of a commit with a note.
    pub async fn commit_with(&mut self, topic: &str, offset: i64, note: &str) -> i16 {
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
            let code = self.wire.ask(&request, 8).await.topics[0].partitions[0].error_code;
            if !NOT_YET.contains(&code) {
                return code;
            }
            pause().await;
        }
    }

    /// What the group is said to be: its state and how many members it has.
    pub async fn described(&mut self) -> (String, usize) {
        let request = DescribeGroupsRequest::default().with_groups(vec![self.group.clone()]);
        let answer = self.wire.ask(&request, 5).await;
        let group = &answer.groups[0];
        (group.group_state.to_string(), group.members.len())
    }

    /// Error code, offset and note of partition 0.
    pub async fn committed(&mut self, topic: &str) -> (i16, i64, String) {
        let asked = OffsetFetchRequestTopics::default()
            .with_name(TopicName(text(topic)))
            .with_partition_indexes(vec![0]);
        let group = OffsetFetchRequestGroup::default()
            .with_group_id(self.group.clone())
            .with_topics(Some(vec![asked]));
        let request = OffsetFetchRequest::default().with_groups(vec![group]);
        let answer = self.wire.ask(&request, 8).await;
        let group = &answer.groups[0];
        assert_eq!(group.error_code, 0);
        let found = &group.topics[0].partitions[0];
        let note = found.metadata.as_ref().map(ToString::to_string);
        (found.error_code, found.committed_offset, note.unwrap_or_default())
    }

    /// Says goodbye.
    pub async fn leave(&mut self) {
        let identity = MemberIdentity::default().with_member_id(self.id.clone());
        let request = LeaveGroupRequest::default()
            .with_group_id(self.group.clone())
            .with_members(vec![identity]);
        assert_eq!(self.wire.ask(&request, 4).await.members[0].error_code, 0);
    }
}
