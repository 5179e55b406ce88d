//! Consumer groups, as their handlers declare them.

use events::{Delay, Handler, Topic, retry};
use kafka::{GroupLag, KafkaConfig, KafkaError};

/// A consumer group as its handler declares it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) topics: &'static [Topic],
    #[cfg_attr(not(test), expect(dead_code, reason = "only docs/flow.md shows it"))]
    pub(crate) produces: &'static [Topic],
    pub(crate) retry: &'static [Delay],
}

impl Group {
    /// The group of a handler.
    pub(crate) const fn of<H: Handler>() -> Self {
        Self { name: H::GROUP, topics: H::TOPICS, produces: H::PRODUCES, retry: H::RETRY }
    }

    /// All topics that it reads: its declared topics and its retry topics.
    pub(crate) fn all_topics(&self) -> Vec<String> {
        let contracts = self.topics.iter().map(|topic| topic.name().to_owned());
        contracts.chain(retry::topics(self.name, self.retry)).collect()
    }

    /// Its lag on the declared topics. Records that wait for a retry are no backlog.
    pub(crate) fn backlog(&self, kafka: &KafkaConfig) -> Result<GroupLag, KafkaError> {
        let topics: Vec<_> = self.topics.iter().map(|topic| topic.name().to_owned()).collect();
        GroupLag::new(kafka, self.name, &topics)
    }

    /// Its lag on all topics that it reads.
    pub(crate) fn lag(&self, kafka: &KafkaConfig) -> Result<GroupLag, KafkaError> {
        GroupLag::new(kafka, self.name, &self.all_topics())
    }
}
