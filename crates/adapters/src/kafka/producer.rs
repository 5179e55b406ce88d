//! Events out: acknowledged by all replicas, idempotent, partitioned as Java does.

use std::time::Duration;

use domain::ports::Unavailable;
use events::{Outgoing, Place, Publisher};
use rdkafka::{
    error::{KafkaError as RdError, RDKafkaErrorCode},
    producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer},
};

use super::{
    client::{KafkaConfig, KafkaError},
    message,
};

/// Publishes to the cluster. Clones share one connection and one queue.
#[derive(Clone)]
pub struct KafkaPublisher(FutureProducer);

impl KafkaPublisher {
    /// A publisher; connects when it first has something to say.
    pub fn new(config: &KafkaConfig) -> Result<Self, KafkaError> {
        config.producer().create().map(Self).map_err(KafkaError::Settings)
    }

    /// Waits until everything handed in is acknowledged, or the time is over.
    pub async fn flush(&self, at_most: Duration) {
        let producer = self.0.clone();
        // Flushing blocks its thread.
        let flushed = tokio::task::spawn_blocking(move || producer.flush(at_most)).await;
        if !matches!(flushed, Ok(Ok(()))) {
            tracing::warn!(
                "not every event was acknowledged before shutdown; they will be published again"
            );
        }
    }

    async fn enqueue(&self, event: &Outgoing) -> Result<DeliveryFuture, Unavailable> {
        let mut record = FutureRecord::to(&event.topic)
            .key(event.key.as_ref())
            .headers(message::owned_headers(event));
        if let Some(payload) = &event.payload {
            record = record.payload(payload.as_ref());
        }
        loop {
            match self.0.send_result(record) {
                Ok(delivery) => return Ok(delivery),
                Err((RdError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    record = back;
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                Err((error, _)) => return Err(Unavailable::new("kafka", error)),
            }
        }
    }
}

impl Publisher for KafkaPublisher {
    async fn publish(&self, events: Vec<Outgoing>) -> Result<Vec<Place>, Unavailable> {
        let mut deliveries = Vec::with_capacity(events.len());
        for event in &events {
            deliveries.push(self.enqueue(event).await?);
        }
        let mut places = Vec::with_capacity(events.len());
        for (delivery, event) in deliveries.into_iter().zip(&events) {
            match delivery.await {
                Ok(Ok(at)) => places.push(Place {
                    topic: event.topic.clone(),
                    partition: at.partition,
                    offset: at.offset,
                }),
                Ok(Err((error, _))) => return Err(Unavailable::new("kafka", error)),
                Err(_) => return Err(Unavailable::new("kafka", "the producer has stopped")),
            }
        }
        Ok(places)
    }
}
