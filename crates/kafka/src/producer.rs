//! Publishing: acknowledged by all replicas, idempotent, with the Java client's partitioner.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use parking_lot::Mutex;

use domain::{ids::OrderId, ports::Unavailable};
use events::{OutgoingRecord, PublishError, Publisher, RecordPosition, TooLarge};
use rdkafka::{
    ClientConfig, ClientContext,
    error::{KafkaError as RdError, RDKafkaErrorCode},
    producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer, future_producer::Delivery},
};

use telemetry::{
    Scope,
    trace::{Kind, Span, is_recording},
};

use super::{client::KafkaConfig, error::KafkaError, message, names::Names};

/// Publishes to the cluster. Clones share one connection and one queue.
#[derive(Clone)]
pub struct KafkaPublisher {
    names: Names,
    config: Arc<ClientConfig>,
    current: Arc<Mutex<FutureProducer<ProducerErrors>>>,
    /// A producer with one event per request; created when first needed.
    single: Arc<OnceLock<FutureProducer<ProducerErrors>>>,
}

/// Logs connection errors for debugging only: the client reconnects, and callers report events that
/// cannot be published.
#[derive(Clone)]
struct ProducerErrors;

impl ClientContext for ProducerErrors {
    fn error(&self, error: RdError, reason: &str) {
        tracing::debug!(%error, reason, "kafka producer reported");
    }
}

impl KafkaPublisher {
    /// A publisher; it connects when it first publishes.
    pub fn new(config: &KafkaConfig) -> Result<Self, KafkaError> {
        let (names, config) = (config.names(), Arc::new(config.producer()));
        let producer = config.create_with_context(ProducerErrors).map_err(KafkaError::Settings)?;
        let current = Arc::new(Mutex::new(producer));
        Ok(Self { names, config, current, single: Arc::default() })
    }

    /// The current producer. After a fatal error, such as a lost sequence, it is replaced; callers
    /// publish its unacknowledged events again.
    fn producer(&self) -> Result<FutureProducer<ProducerErrors>, Unavailable> {
        let mut current = self.current.lock();
        if let Some((_, reason)) = current.client().fatal_error() {
            tracing::warn!(error = reason, "the producer is replaced");
            *current = self
                .config
                .create_with_context(ProducerErrors)
                .map_err(|error| Unavailable::new("kafka", error))?;
        }
        Ok(current.clone())
    }

    /// Waits until all events are acknowledged, or until the timeout.
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
        producer: &FutureProducer<ProducerErrors>,
        event: &OutgoingRecord,
    ) -> Result<DeliveryFuture, RdError> {
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
                Err((error, _)) => return Err(error),
            }
        }
    }

    /// The position of an event, once it is acknowledged.
    async fn await_delivery(
        &self,
        delivery: Result<DeliveryFuture, RdError>,
        event: &OutgoingRecord,
    ) -> Result<Delivery, RdError> {
        match await_acknowledgement(delivery?).await {
            Err(error) if is_too_large(&error) => self.publish_alone(event).await,
            other => other,
        }
    }

    /// Publishes an event in a request of its own. Brokers refuse a request as a whole; alone, an
    /// event is refused only if it is itself too large.
    async fn publish_alone(&self, event: &OutgoingRecord) -> Result<Delivery, RdError> {
        let producer = if let Some(producer) = self.single.get() {
            producer
        } else {
            let mut config = (*self.config).clone();
            let made = config.set("batch.num.messages", "1").create_with_context(ProducerErrors)?;
            self.single.get_or_init(|| made)
        };
        await_acknowledgement(self.enqueue(producer, event).await?).await
    }
}

async fn await_acknowledgement(delivery: DeliveryFuture) -> Result<Delivery, RdError> {
    match delivery.await {
        Ok(Ok(at)) => Ok(at),
        Ok(Err((error, _))) => Err(error),
        // The producer has stopped.
        Err(_) => Err(RdError::Canceled),
    }
}

fn is_too_large(error: &RdError) -> bool {
    error.rdkafka_error_code() == Some(RDKafkaErrorCode::MessageSizeTooLarge)
}

impl Publisher for KafkaPublisher {
    async fn publish(
        &self,
        events: Vec<OutgoingRecord>,
    ) -> Result<Vec<RecordPosition>, PublishError> {
        let (events, mut spans) = with_spans(events);
        let producer = self.producer()?;
        let mut deliveries = Vec::with_capacity(events.len());
        for event in &events {
            match self.enqueue(&producer, event).await {
                Err(error) if !is_too_large(&error) => return Err(unavailable(error)),
                delivery => deliveries.push(delivery),
            }
        }
        let (mut positions, mut too_large) = (Vec::with_capacity(events.len()), Vec::new());
        for (n, (delivery, event)) in deliveries.into_iter().zip(&events).enumerate() {
            let topic = || event.topic.clone();
            match self.await_delivery(delivery, event).await {
                Ok(at) => {
                    let (partition, offset) = (at.partition, at.offset);
                    if let Some(span) = spans.get_mut(n).filter(|span| span.is_recorded()) {
                        span.set_text("messaging.destination.partition.id", partition.to_string());
                        span.set_number("messaging.kafka.offset", offset);
                    }
                    positions.push(RecordPosition { topic: topic(), partition, offset });
                }
                Err(error) if is_too_large(&error) => {
                    too_large.push(TooLarge { event: n, topic: topic(), bytes: event.bytes() });
                }
                Err(error) => return Err(unavailable(error)),
            }
        }
        if too_large.is_empty() { Ok(positions) } else { Err(PublishError::TooLarge(too_large)) }
    }
}

/// Begins a span for each event of a recorded trace; such events carry their span.
fn with_spans(events: Vec<OutgoingRecord>) -> (Vec<OutgoingRecord>, Vec<Span>) {
    if !is_recording() {
        return (events, Vec::new());
    }
    events.into_iter().map(with_span).unzip()
}

fn with_span(event: OutgoingRecord) -> (OutgoingRecord, Span) {
    let Some(trace) = event.trace() else { return (event, Span::NONE) };
    if !trace.is_sampled() {
        return (event, Span::NONE);
    }
    // The parent is the request that publishes, or the record that the event was made of.
    let here = Scope::current().map(|scope| scope.trace).filter(|here| here.id() == trace.id());
    let name = format!("publish {}", event.topic);
    let mut span = Span::part_of(here.unwrap_or(trace), Kind::Producer, name);
    span.set_text("messaging.system", "kafka");
    span.set_text("messaging.operation.type", "send");
    span.set_text("messaging.operation.name", "publish");
    span.set_text("messaging.destination.name", event.topic.as_str());
    if let Some(order) = order_of(&event) {
        span.set_text("order.id", order.to_string());
    }
    match span.trace() {
        Some(trace) => (event.in_trace(trace), span),
        None => (event, span),
    }
}

fn order_of(event: &OutgoingRecord) -> Option<OrderId> {
    std::str::from_utf8(&event.key).ok()?.parse().ok()
}

fn unavailable(error: RdError) -> PublishError {
    Unavailable::new("kafka", error).into()
}
