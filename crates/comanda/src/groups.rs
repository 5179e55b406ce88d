//! The consumer groups, as their handlers declare them.

use events::{Delay, Handler, Topic, retry};
use kafka::{GroupLag, KafkaConfig, KafkaError};
use services::{
    analytics::Counting, backoffice::Noting, email::Email, orders::Book, transactions::Transactions,
};
use smtp::SmtpMailer;
use sql::{SqlChanges, SqlFacts, SqlMails, SqlOrders, SqlPayments, SqlWatch};
use stripe::StripeGateway;

/// The groups.
pub(crate) const GROUPS: &[Group] = &[
    Group::of::<Book<SqlOrders>>(),
    Group::of::<Transactions<SqlPayments, StripeGateway>>(),
    Group::of::<Email<SmtpMailer, SqlMails, SqlWatch>>(),
    *ANALYTICS,
    Group::of::<Noting<SqlChanges>>(),
];

/// The group that makes the figures.
pub(crate) const ANALYTICS: &Group = &Group::of::<Counting<SqlFacts>>();

/// A group as its handler declares it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) topics: &'static [Topic],
    pub(crate) retry: &'static [Delay],
}

impl Group {
    /// That of a handler.
    pub(crate) const fn of<H: Handler>() -> Self {
        Self { name: H::GROUP, topics: H::TOPICS, retry: H::RETRY }
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

/// The groups with their plans of retries, each of which has topics of its own.
pub(crate) fn plans() -> Vec<(&'static str, &'static [Delay])> {
    GROUPS.iter().map(|group| (group.name, group.retry)).collect()
}
