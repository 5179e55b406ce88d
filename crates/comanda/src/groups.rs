//! Consumer groups, as their handlers declare them.

use events::{Delay, Handler, Topic, retry};
use kafka::{GroupLag, KafkaConfig, KafkaError};

/// A group as its handler declares it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) topics: &'static [Topic],
    #[cfg_attr(not(test), expect(dead_code, reason = "only docs/flow.md tells it"))]
    pub(crate) produces: &'static [Topic],
    pub(crate) retry: &'static [Delay],
}

impl Group {
    /// That of a handler.
    pub(crate) const fn of<H: Handler>() -> Self {
        Self { name: H::GROUP, topics: H::TOPICS, produces: H::PRODUCES, retry: H::RETRY }
    }

    /// All that it reads: the topics of its contract, and those of its retries.
    pub(crate) fn reads(&self) -> Vec<String> {
        let contracts = self.topics.iter().map(|topic| topic.name().to_owned());
        contracts.chain(retry::topics(self.name, self.retry)).collect()
    }

    /// How far it is behind with the topics of its contract: what waits in its retries is no backlog.
    pub(crate) fn backlog(&self, kafka: &KafkaConfig) -> Result<GroupLag, KafkaError> {
        let topics: Vec<_> = self.topics.iter().map(|topic| topic.name().to_owned()).collect();
        GroupLag::new(kafka, self.name, &topics)
    }

    /// How far it is behind.
    pub(crate) fn lag(&self, kafka: &KafkaConfig) -> Result<GroupLag, KafkaError> {
        GroupLag::new(kafka, self.name, &self.reads())
    }
}
