//! Events out: acknowledged by all replicas, idempotent, partitioned as Java does.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::ports::Unavailable;
use events::{Outgoing, Place, Publisher};
use rdkafka::{
    ClientConfig, ClientContext,
    error::{KafkaError as RdError, RDKafkaErrorCode},
    producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer},
};

use super::{client::KafkaConfig, error::KafkaError, message, names::Names};

/// Publishes to the cluster. Clones share one connection and one queue.
#[derive(Clone)]
pub struct KafkaPublisher {
    names: Names,
    config: Arc<ClientConfig>,
    current: Arc<Mutex<FutureProducer<Quiet>>>,
}

/// Lost connections come back by themselves; what cannot be published is told by whoever asked.
#[derive(Clone)]
struct Quiet;

impl ClientContext for Quiet {
    fn error(&self, error: RdError, reason: &str) {
        tracing::debug!(%error, reason, "kafka producer reported");
    }
}

impl KafkaPublisher {
    /// A publisher; connects when it first has something to say.
    pub fn new(config: &KafkaConfig) -> Result<Self, KafkaError> {
        let (names, config) = (config.names(), Arc::new(config.producer()));
        let producer = config.create_with_context(Quiet).map_err(KafkaError::Settings)?;
        Ok(Self { names, config, current: Arc::new(Mutex::new(producer)) })
    }

    /// The producer in use. One that can never send again, because the brokers have lost count of
    /// its sequence, is replaced: its unacknowledged events are published again by who asked.
    fn producer(&self) -> Result<FutureProducer<Quiet>, Unavailable> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, reason)) = current.client().fatal_error() {
            tracing::warn!(reason, "the producer is replaced");
            *current = self
                .config
                .create_with_context(Quiet)
                .map_err(|error| Unavailable::new("kafka", error))?;
        }
        Ok(current.clone())
    }

    /// Waits until everything handed in is acknowledged, or the time is over.
    pub async fn flush(&self, at_most: Duration) {
        let Ok(producer) = self.producer() else { return };
        // Flushing blocks its thread.
        let flushed = tokio::task::spawn_blocking(move || producer.flush(at_most)).await;
        if !matches!(flushed, Ok(Ok(()))) {
            tracing::warn!(
                "not every event was acknowledged before shutdown; they will be published again"
            );
        }
    }

    async fn enqueue(
        &self,
        producer: &FutureProducer<Quiet>,
        event: &Outgoing,
    ) -> Result<DeliveryFuture, Unavailable> {
        let topic = self.names.on_cluster(&event.topic);
        let mut record =
            FutureRecord::to(&topic).key(event.key.as_ref()).headers(message::owned_headers(event));
        if let Some(payload) = &event.payload {
            record = record.payload(payload.as_ref());
        }
        loop {
            match producer.send_result(record) {
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
        let producer = self.producer()?;
        let mut deliveries = Vec::with_capacity(events.len());
        for event in &events {
            deliveries.push(self.enqueue(&producer, event).await?);
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
