//! How the members of a group share its topics, as the group's coordinator tells it.

use std::collections::BTreeMap;

use rdkafka::consumer::Consumer;

use super::kafka::{ANSWER_WITHIN, Kafka};

/// By topic: how many partitions each member has that has any.
pub type Shares = BTreeMap<String, Vec<usize>>;

impl Kafka {
    /// Nothing while the group is not settled.
    pub fn shares(&self, group: &str) -> Shares {
        let consumer = self.consumer("a foreign reader");
        let Ok(groups) = consumer.client().fetch_group_list(Some(&self.name(group)), ANSWER_WITHIN)
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

/// A member's assignment as the consumer protocol writes it: a version, then topics, each with the
/// numbers of its partitions.
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
