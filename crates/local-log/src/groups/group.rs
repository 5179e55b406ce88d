//! State machine of one consumer group, pure: time is an input, replies are effects.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use bytes::{Buf, Bytes};
use kafka_protocol::ResponseError;
use tokio::time::Instant;

/// Phase of a group, as in Kafka's group coordinator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// No members.
    Empty,
    /// Waits until all members have joined the next generation (`PreparingRebalance`).
    Preparing {
        /// Rebalance deadline, after which members that have not joined are removed.
        until: Instant,
        /// End of the initial rebalance delay of an empty group.
        initial_until: Option<Instant>,
    },
    /// Waits for the leader's assignment (`CompletingRebalance`).
    Completing {
        /// Sync deadline, after which members that have not synced are removed.
        until: Instant,
    },
    /// All members have their assignment.
    Stable,
}

/// A member of a group.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// Instance id of a static member (`group.instance.id`).
    pub(crate) instance_id: Option<String>,
    /// Client id (`client.id`).
    pub(crate) client_id: String,
    /// Address of the client.
    pub(crate) client_host: String,
    /// Time without heartbeats after which the member is removed.
    pub(crate) session_timeout: Duration,
    /// Time within which the member must rejoin.
    pub(crate) rebalance_timeout: Duration,
    /// Supported assignment strategies in order of preference, each with metadata for the leader.
    pub(crate) protocols: Vec<(String, Bytes)>,
    /// Assignment from the leader.
    pub(crate) assignment: Bytes,
    /// End of the session.
    pub(crate) expires_at: Instant,
    /// Whether a join request waits for an answer.
    pub(crate) is_joining: bool,
    /// Whether a sync request waits for an answer.
    pub(crate) is_syncing: bool,
}

/// An effect of a decision, to be applied by the caller.
#[derive(Debug, PartialEq)]
pub(crate) enum Effect {
    /// Answer the waiting join request of a member.
    AnswerJoin(String, Result<JoinReply, ResponseError>),
    /// Answer the waiting sync request of a member.
    AnswerSync(String, Result<SyncReply, ResponseError>),
    /// Store the generation and the members.
    Persist,
}

/// The answer to a join.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JoinReply {
    /// The new generation.
    pub(crate) generation: i32,
    /// Protocol type, such as `consumer`.
    pub(crate) protocol_type: String,
    /// The chosen assignment strategy.
    pub(crate) protocol: String,
    /// Member id of the leader.
    pub(crate) leader: String,
    /// All members, for the leader only.
    pub(crate) members: Vec<GroupMember>,
    /// Former member id of a static leader that has restarted; it must skip the assignment.
    pub(crate) former_leader_id: Option<String>,
}

/// A member as described to the leader.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GroupMember {
    /// Member id.
    pub(crate) id: String,
    /// Instance id of a static member.
    pub(crate) instance_id: Option<String>,
    /// Metadata for the chosen strategy.
    pub(crate) metadata: Bytes,
}

/// The answer to a sync.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SyncReply {
    /// Protocol type.
    pub(crate) protocol_type: String,
    /// The chosen assignment strategy.
    pub(crate) protocol: String,
    /// Assignment of the member.
    pub(crate) assignment: Bytes,
}

/// A consumer group.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// Current generation.
    pub(crate) generation: i32,
    /// Protocol type; empty until the first member joins.
    pub(crate) protocol_type: String,
    /// Assignment strategy of this generation.
    pub(crate) protocol: String,
    /// Member id of the leader.
    pub(crate) leader: Option<String>,
    /// Members by id.
    pub(crate) members: BTreeMap<String, Member>,
    /// Member ids issued to clients that have not joined with them yet, and when they expire.
    pub(crate) pending: HashMap<String, Instant>,
    /// Phase.
    pub(crate) phase: Phase,
}

impl Group {
    /// An empty group.
    pub(crate) fn new() -> Self {
        Self {
            generation: 0,
            protocol_type: String::new(),
            protocol: String::new(),
            leader: None,
            members: BTreeMap::new(),
            pending: HashMap::new(),
            phase: Phase::Empty,
        }
    }

    /// The name of the phase in the protocol.
    pub(crate) fn state_name(&self) -> &'static str {
        match self.phase {
            Phase::Empty => "Empty",
            Phase::Preparing { .. } => "PreparingRebalance",
            Phase::Completing { .. } => "CompletingRebalance",
            Phase::Stable => "Stable",
        }
    }

    /// Starts a rebalance, unless one is already being prepared.
    pub(crate) fn prepare_rebalance(
        &mut self,
        now: Instant,
        initial: Option<Duration>,
    ) -> Vec<Effect> {
        if matches!(self.phase, Phase::Preparing { .. }) {
            return Vec::new();
        }
        let mut effects = Vec::new();
        for (id, member) in &mut self.members {
            if std::mem::take(&mut member.is_syncing) {
                member.expires_at = now + member.session_timeout;
                let error = Err(ResponseError::RebalanceInProgress);
                effects.push(Effect::AnswerSync(id.clone(), error));
            }
        }
        let until = now + self.rebalance_timeout();
        self.phase = Phase::Preparing { until, initial_until: initial.map(|d| now + d) };
        effects
    }

    /// The maximum of the members' rebalance timeouts.
    pub(crate) fn rebalance_timeout(&self) -> Duration {
        self.members.values().map(|m| m.rebalance_timeout).max().unwrap_or_default()
    }

    /// Completes the join phase if all members have joined, or its deadline has passed.
    pub(crate) fn try_complete_join(&mut self, now: Instant) -> Vec<Effect> {
        let Phase::Preparing { until, initial_until } = self.phase else { return Vec::new() };
        let have_all_joined =
            self.members.values().all(|m| m.is_joining) && self.pending.is_empty();
        let is_delay_over =
            initial_until.is_none_or(|until| until <= now) || self.members.is_empty();
        if !(until <= now || (have_all_joined && is_delay_over)) {
            return Vec::new();
        }
        self.members.retain(|_, member| member.is_joining);
        self.generation = self.generation.checked_add(1).unwrap_or(1);
        if self.members.is_empty() {
            self.phase = Phase::Empty;
            self.leader = None;
            self.protocol.clear();
            return vec![Effect::Persist];
        }
        self.protocol = self.choose_protocol();
        let leader = self.leader.take().filter(|id| self.members.contains_key(id));
        self.leader = leader.or_else(|| self.members.keys().next().cloned());
        self.phase = Phase::Completing { until: now + self.rebalance_timeout() };
        for member in self.members.values_mut() {
            member.is_joining = false;
            member.is_syncing = false;
            member.expires_at = now + member.session_timeout;
        }
        let reply = |id: &String| Effect::AnswerJoin(id.clone(), Ok(self.join_reply(id)));
        self.members.keys().map(reply).collect()
    }

    /// The answer to a member's join in the current generation.
    pub(crate) fn join_reply(&self, id: &str) -> JoinReply {
        let leader = self.leader.clone().unwrap_or_default();
        let members = if leader == id {
            let describe = |(id, member): (&String, &Member)| GroupMember {
                id: id.clone(),
                instance_id: member.instance_id.clone(),
                metadata: member.metadata(&self.protocol),
            };
            self.members.iter().map(describe).collect()
        } else {
            Vec::new()
        };
        JoinReply {
            generation: self.generation,
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            leader,
            members,
            former_leader_id: None,
        }
    }

    /// The answer to a member's sync in the current generation.
    pub(crate) fn sync_reply(&self, id: &str) -> SyncReply {
        SyncReply {
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            assignment: self.members.get(id).map(|m| m.assignment.clone()).unwrap_or_default(),
        }
    }

    /// Whether a member subscribes to this topic.
    pub(crate) fn is_subscribed_to(&self, topic: &str) -> bool {
        use kafka_protocol::messages::ConsumerProtocolSubscription as Subscription;
        use kafka_protocol::protocol::Decodable;
        let mut protocols = self.members.values().flat_map(|m| &m.protocols);
        protocols.any(|(_, metadata)| {
            let mut bytes = metadata.clone();
            let version = bytes.try_get_i16().unwrap_or(0).clamp(0, 3);
            let subscription = Subscription::decode(&mut bytes, version);
            // A member with unreadable metadata may subscribe to any topic.
            subscription.map_or(true, |s| s.topics.iter().any(|t| *t == *topic))
        })
    }

    /// Whether all members support one of these strategies.
    pub(crate) fn shares_protocol(&self, protocols: &[(String, Bytes)]) -> bool {
        let is_shared = |name: &String| self.members.values().all(|m| m.supports(name));
        protocols.iter().any(|(name, _)| is_shared(name))
    }

    /// The strategy supported by all members and preferred by most.
    pub(super) fn choose_protocol(&self) -> String {
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for member in self.members.values() {
            let is_shared = |name: &String| self.members.values().all(|m| m.supports(name));
            if let Some((name, _)) = member.protocols.iter().find(|(name, _)| is_shared(name)) {
                *votes.entry(name).or_default() += 1;
            }
        }
        let best = votes.into_iter().max_by_key(|(_, votes)| *votes);
        best.map(|(name, _)| name.to_owned()).unwrap_or_default()
    }

    /// When [`Group::expire`] is due next.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let sessions = self.members.values().filter(|m| !m.is_waiting()).map(|m| m.expires_at);
        let pending = self.pending.values().copied();
        let phase = match self.phase {
            Phase::Preparing { until, initial_until } => {
                Some(initial_until.map_or(until, |initial| initial.min(until)))
            }
            Phase::Completing { until } => Some(until),
            Phase::Empty | Phase::Stable => None,
        };
        sessions.chain(pending).chain(phase).min()
    }

    /// Removes members whose session has expired, and ends phases whose deadline has passed.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<Effect> {
        self.pending.retain(|_, expires_at| *expires_at > now);
        if let Phase::Preparing { until, initial_until: Some(initial) } = self.phase
            && initial <= now
        {
            self.phase = Phase::Preparing { until, initial_until: None };
        }
        let is_sync_overdue = matches!(self.phase, Phase::Completing { until } if until <= now);
        let before = self.members.len();
        self.members.retain(|_, member| {
            member.is_waiting()
                || !(member.expires_at <= now || (is_sync_overdue && !member.is_syncing))
        });
        let mut effects = Vec::new();
        if self.members.len() < before || is_sync_overdue {
            effects.extend(self.prepare_rebalance(now, None));
        }
        effects.extend(self.try_complete_join(now));
        effects
    }
}

impl Member {
    /// The member's metadata for a strategy.
    pub(crate) fn metadata(&self, protocol: &str) -> Bytes {
        let found = self.protocols.iter().find(|(name, _)| name == protocol);
        found.map(|(_, metadata)| metadata.clone()).unwrap_or_default()
    }

    /// Whether a request of the member waits for an answer; its session does not expire meanwhile.
    pub(crate) fn is_waiting(&self) -> bool {
        self.is_joining || self.is_syncing
    }

    fn supports(&self, protocol: &str) -> bool {
        self.protocols.iter().any(|(name, _)| name == protocol)
    }
}
