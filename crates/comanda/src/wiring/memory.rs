//! What the storefront remembers of `order_details`, and what it knows of the rest.

use std::{sync::Arc, time::Duration};

use clock::SystemClock;
use domain::ports::Clock;
use events::{Handler, Topic};
use kafka::{KafkaConfig, KafkaError, Reach, Start};
use services::{
    orders::OrdersHandler,
    storefront::{READ_AT_START_S, RECENT, RecentOrders},
};
use sql::SqlOrders;

use super::{Assembly, clock};
use crate::fault::Fault;

/// How often it is looked whether the memory wants to know how far the order book is.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long to wait after brokers did not answer.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

impl Assembly {
    /// The latest orders, followed from a few minutes back.
    pub(super) fn recent(&mut self, kafka: &KafkaConfig) -> Result<Arc<RecentOrders>, Fault> {
        let since = SystemClock.now() - Duration::from_secs(READ_AT_START_S);
        let recent = Arc::new(RecentOrders::new(clock(), since));
        let topics = RECENT.topics.iter().map(|topic| (*topic, Start::At(since))).collect();
        self.workers.follow_from(RECENT.name, recent.clone(), topics);
        let reach =
            Reach::new(kafka, OrdersHandler::<SqlOrders>::GROUP, Topic::OrderDetails.name())?;
        let memory = recent.clone();
        self.workers.beside(async move {
            while !has_begun(&memory, &reach).await {
                tokio::time::sleep(AGAIN_AFTER).await;
            }
            loop {
                if let Err(error) = look(&memory, &reach).await {
                    tracing::debug!(%error, "how far the order book is, is asked again");
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        });
        Ok(recent)
    }
}

/// Tells where the reading began. A topic without partitions is one that brokers do not know yet.
async fn has_begun(recent: &RecentOrders, reach: &Reach) -> bool {
    match reach.since(recent.since()).await {
        Ok(offsets) if !offsets.is_empty() => {
            recent.record_starts(offsets);
            true
        }
        Ok(_) => false,
        Err(error) => {
            tracing::debug!(%error, "where the latest orders begin is asked again");
            false
        }
    }
}

/// Notes how far the order book is, if that is not known: once an hour is often enough.
async fn look(recent: &RecentOrders, reach: &Reach) -> Result<(), KafkaError> {
    if recent.needs_book_offsets() {
        recent.record_booked(reach.handled().await?);
    }
    Ok(())
}
