//! The assignment of partitions to the members of a group, from the group's coordinator.

use std::collections::BTreeMap;

use rdkafka::consumer::Consumer;

use super::kafka::{Kafka, TIMEOUT};

/// By topic, the number of partitions of each member that has any.
pub type Shares = BTreeMap<String, Vec<usize>>;

impl Kafka {
    /// The assignment; empty while the group rebalances.
    pub fn shares(&self, group: &str) -> Shares {
        let consumer = self.consumer("a foreign reader");
        let Ok(groups) = consumer.client().fetch_group_list(Some(&self.name(group)), TIMEOUT)
        else {
            return Shares::new();
        };
        let mut shares = Shares::new();
        for group in groups.groups().iter().filter(|group| group.state() == "Stable") {
            for member in group.members() {
                let topics = assignment(member.assignment().unwrap_or_default()).unwrap();
                for (topic, partitions) in topics {
                    let ours = topic.trim_start_matches(&self.name("")).to_owned();
                    shares.entry(ours).or_default().push(partitions);
                }
            }
        }
        shares
    }
}

/// Parses a member's assignment of the consumer protocol: a version, then topics with partitions.
fn assignment(bytes: &[u8]) -> Option<Vec<(String, usize)>> {
    let mut rest = bytes.get(2..)?;
    let mut take = |n: usize| {
        let (taken, after) = rest.split_at_checked(n)?;
        rest = after;
        Some(taken)
    };
    let number = |bytes: &[u8]| bytes.iter().fold(0, |n, byte| n << 8 | usize::from(*byte));
    let topics = number(take(4)?);
    let mut found = Vec::new();
    for _ in 0..topics {
        let length = number(take(2)?);
        let topic = String::from_utf8(take(length)?.to_vec()).ok()?;
        let partitions = number(take(4)?);
        take(partitions * 4)?;
        found.push((topic, partitions));
    }
    Some(found)
}
