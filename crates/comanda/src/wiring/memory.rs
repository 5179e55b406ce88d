//! The storefront's memory of recent `order_details`, and of the order book's progress.

use std::{sync::Arc, time::Duration};

use clock::SystemClock;
use domain::ports::Clock;
use events::{Handler, Topic};
use kafka::{KafkaConfig, KafkaError, Start, TopicOffsets};
use services::{
    orders::OrdersHandler,
    storefront::{READ_AT_START_S, RECENT, RecentOrders},
};
use sql::SqlOrders;

use super::{Assembly, clock};
use crate::fault::Fault;

/// Interval for checking whether the memory needs the order book's offsets.
const CHECK_INTERVAL: Duration = Duration::from_millis(250);
/// Pause after brokers did not answer.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

impl Assembly {
    /// The recent orders, followed from a few minutes before the start.
    pub(super) fn follow_recent(
        &mut self,
        kafka: &KafkaConfig,
    ) -> Result<Arc<RecentOrders>, Fault> {
        let since = SystemClock.now() - Duration::from_secs(READ_AT_START_S);
        let recent = Arc::new(RecentOrders::new(clock(), since));
        let topics = RECENT.topics.iter().map(|topic| (*topic, Start::At(since))).collect();
        self.workers.follow_from(RECENT.name, recent.clone(), topics);
        let offsets = TopicOffsets::new(
            kafka,
            OrdersHandler::<SqlOrders>::GROUP,
            Topic::OrderDetails.name(),
        )?;
        let memory = recent.clone();
        self.workers.spawn(async move {
            while !record_starts(&memory, &offsets).await {
                tokio::time::sleep(RETRY_PAUSE).await;
            }
            loop {
                if let Err(error) = update_booked(&memory, &offsets).await {
                    tracing::debug!(%error, "the order book's offsets are read later");
                }
                tokio::time::sleep(CHECK_INTERVAL).await;
            }
        });
        Ok(recent)
    }
}

/// Records the offsets at which reading began. False if brokers do not answer, or do not know the
/// topic's partitions yet.
async fn record_starts(recent: &RecentOrders, offsets: &TopicOffsets) -> bool {
    match offsets.offsets_since(recent.since()).await {
        Ok(offsets) if !offsets.is_empty() => {
            recent.record_starts(offsets);
            true
        }
        Ok(_) => false,
        Err(error) => {
            tracing::debug!(%error, "the offsets of the recent orders are read later");
            false
        }
    }
}

/// Records the order book's offsets if the memory needs them, which is about once an hour.
async fn update_booked(recent: &RecentOrders, offsets: &TopicOffsets) -> Result<(), KafkaError> {
    if recent.needs_book_offsets() {
        recent.record_booked(offsets.committed_offsets().await?);
    }
    Ok(())
}
