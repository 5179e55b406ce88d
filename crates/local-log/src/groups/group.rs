//! The state of one consumer group: pure decisions, with time and replies as data.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bytes::{Buf, Bytes};
use kafka_protocol::ResponseError;
use tokio::time::Instant;

/// Where a group is between two generations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// No members.
    Empty,
    /// Waits until all members have joined the next generation.
    Preparing {
        /// When those that have not are removed.
        until: Instant,
        /// First generation of an empty group: waits for others even if all have joined.
        initial_until: Option<Instant>,
    },
    /// Waits for the leader's assignment.
    Completing {
        /// When members that do not ask for theirs are removed.
        until: Instant,
    },
    /// Members work.
    Stable,
}

/// A member of a group.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// Name that outlives a restart of the client (`group.instance.id`), if it has one.
    pub(crate) instance_id: Option<String>,
    /// Name the client gave itself.
    pub(crate) client_id: String,
    /// Where the client is.
    pub(crate) client_host: String,
    /// Silence after which the member is removed.
    pub(crate) session_timeout: Duration,
    /// How long the member may take to rejoin.
    pub(crate) rebalance_timeout: Duration,
    /// Assignment strategies it knows, best first, with what it tells the leader.
    pub(crate) protocols: Vec<(String, Bytes)>,
    /// What it was given.
    pub(crate) assignment: Bytes,
    /// When its silence becomes too long.
    pub(crate) expires_at: Instant,
    /// Waits for the generation to form.
    pub(crate) joining: bool,
    /// Waits for its assignment.
    pub(crate) syncing: bool,
}

/// What the shell must do after a decision.
#[derive(Debug, PartialEq)]
pub(crate) enum Effect {
    /// Answer a waiting join.
    Joined(String, Result<JoinReply, ResponseError>),
    /// Answer a waiting sync.
    Synced(String, Result<SyncReply, ResponseError>),
    /// Store generation and members.
    Persist,
}

/// The answer to a join.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JoinReply {
    /// The new generation.
    pub(crate) generation: i32,
    /// Kind of group, such as `consumer`.
    pub(crate) protocol_type: String,
    /// The strategy all members know.
    pub(crate) protocol: String,
    /// The member that assigns.
    pub(crate) leader: String,
    /// Everyone and what they say, for the leader only.
    pub(crate) members: Vec<GroupMember>,
    /// Id under which this member led before it restarted: it leads, but must not assign.
    pub(crate) led_as: Option<String>,
}

/// A member as its leader sees it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GroupMember {
    /// Its id.
    pub(crate) id: String,
    /// Its lasting name, if it has one.
    pub(crate) instance_id: Option<String>,
    /// What it says under the strategy of the generation.
    pub(crate) metadata: Bytes,
}

/// The answer to a sync.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SyncReply {
    /// Kind of group.
    pub(crate) protocol_type: String,
    /// The strategy.
    pub(crate) protocol: String,
    /// What the member was given.
    pub(crate) assignment: Bytes,
}

/// A consumer group.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// Number of the current generation.
    pub(crate) generation: i32,
    /// Kind of group; empty until someone joins.
    pub(crate) protocol_type: String,
    /// The strategy of this generation.
    pub(crate) protocol: String,
    /// The member that assigns.
    pub(crate) leader: Option<String>,
    /// By member id.
    pub(crate) members: BTreeMap<String, Member>,
    /// Ids given out to clients that have not come back with them yet.
    pub(crate) pending: HashMap<String, Instant>,
    /// Where the group is between two generations.
    pub(crate) phase: Phase,
}

impl Group {
    /// A group without members.
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

    /// The name of the phase that administrators know.
    pub(crate) fn state_name(&self) -> &'static str {
        match self.phase {
            Phase::Empty => "Empty",
            Phase::Preparing { .. } => "PreparingRebalance",
            Phase::Completing { .. } => "CompletingRebalance",
            Phase::Stable => "Stable",
        }
    }

    /// Begins a new generation, unless one is beginning already.
    pub(crate) fn prepare(&mut self, now: Instant, initial: Option<Duration>) -> Vec<Effect> {
        if matches!(self.phase, Phase::Preparing { .. }) {
            return Vec::new();
        }
        let mut effects = Vec::new();
        for (id, member) in &mut self.members {
            if std::mem::take(&mut member.syncing) {
                member.expires_at = now + member.session_timeout;
                let again = Err(ResponseError::RebalanceInProgress);
                effects.push(Effect::Synced(id.clone(), again));
            }
        }
        let until = now + self.rebalance_timeout();
        self.phase = Phase::Preparing { until, initial_until: initial.map(|d| now + d) };
        effects
    }

    /// The longest that any member may take.
    pub(crate) fn rebalance_timeout(&self) -> Duration {
        self.members.values().map(|m| m.rebalance_timeout).max().unwrap_or_default()
    }

    /// Completes the generation if everyone is there, or the time is up.
    pub(crate) fn try_complete_join(&mut self, now: Instant) -> Vec<Effect> {
        let Phase::Preparing { until, initial_until } = self.phase else { return Vec::new() };
        let everyone = self.members.values().all(|m| m.joining) && self.pending.is_empty();
        let waited = initial_until.is_none_or(|until| until <= now) || self.members.is_empty();
        if !(until <= now || (everyone && waited)) {
            return Vec::new();
        }
        self.members.retain(|_, member| member.joining);
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
            member.joining = false;
            member.syncing = false;
            member.expires_at = now + member.session_timeout;
        }
        let reply = |id: &String| Effect::Joined(id.clone(), Ok(self.join_reply(id)));
        self.members.keys().map(reply).collect()
    }

    /// The answer to a member's join in the current generation.
    pub(crate) fn join_reply(&self, id: &str) -> JoinReply {
        let leader = self.leader.clone().unwrap_or_default();
        let members = if leader == id {
            let seen = |(id, member): (&String, &Member)| GroupMember {
                id: id.clone(),
                instance_id: member.instance_id.clone(),
                metadata: member.metadata(&self.protocol),
            };
            self.members.iter().map(seen).collect()
        } else {
            Vec::new()
        };
        JoinReply {
            generation: self.generation,
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            leader,
            members,
            led_as: None,
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

    /// Whether a member reads this topic, as far as consumers say what they read.
    pub(crate) fn subscribes_to(&self, topic: &str) -> bool {
        use kafka_protocol::messages::ConsumerProtocolSubscription as Subscription;
        use kafka_protocol::protocol::Decodable;
        let mut said = self.members.values().flat_map(|m| &m.protocols);
        said.any(|(_, metadata)| {
            let mut bytes = metadata.clone();
            let version = bytes.try_get_i16().unwrap_or(0).clamp(0, 3);
            let subscription = Subscription::decode(&mut bytes, version);
            // Who cannot be understood may read anything.
            subscription.map_or(true, |s| s.topics.iter().any(|t| *t == *topic))
        })
    }

    /// Whether every present member knows one of these strategies.
    pub(crate) fn shares_protocol(&self, protocols: &[(String, Bytes)]) -> bool {
        let known = |name: &String| self.members.values().all(|m| m.knows(name));
        protocols.iter().any(|(name, _)| known(name))
    }

    /// The strategy that all know and most prefer.
    pub(super) fn choose_protocol(&self) -> String {
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for member in self.members.values() {
            let shared = |name: &String| self.members.values().all(|m| m.knows(name));
            if let Some((name, _)) = member.protocols.iter().find(|(name, _)| shared(name)) {
                *votes.entry(name).or_default() += 1;
            }
        }
        let best = votes.into_iter().max_by_key(|(_, votes)| *votes);
        best.map(|(name, _)| name.to_owned()).unwrap_or_default()
    }

    /// When [`Group::expire`] has something to do next.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let sessions = self.members.values().filter(|m| !m.waits()).map(|m| m.expires_at);
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

    /// Removes whoever was silent for too long, and ends phases whose time is up.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<Effect> {
        self.pending.retain(|_, expires_at| *expires_at > now);
        if let Phase::Preparing { until, initial_until: Some(initial) } = self.phase
            && initial <= now
        {
            self.phase = Phase::Preparing { until, initial_until: None };
        }
        let late_sync = matches!(self.phase, Phase::Completing { until } if until <= now);
        let before = self.members.len();
        self.members.retain(|_, member| {
            member.waits() || !(member.expires_at <= now || (late_sync && !member.syncing))
        });
        let mut effects = Vec::new();
        if self.members.len() < before || late_sync {
            effects.extend(self.prepare(now, None));
        }
        effects.extend(self.try_complete_join(now));
        effects
    }
}

impl Member {
    /// What the member says under a strategy.
    pub(crate) fn metadata(&self, protocol: &str) -> Bytes {
        let found = self.protocols.iter().find(|(name, _)| name == protocol);
        found.map(|(_, metadata)| metadata.clone()).unwrap_or_default()
    }

    /// While the log owes the member an answer, its silence does not count.
    pub(crate) fn waits(&self) -> bool {
        self.joining || self.syncing
    }

    fn knows(&self, protocol: &str) -> bool {
        self.protocols.iter().any(|(name, _)| name == protocol)
    }
}
