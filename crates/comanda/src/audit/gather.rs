//! Reading everything: topics from their first record, the tables, the gateway's books.

use adapters::{
    kafka::{KafkaConfig, Scanned, scan},
    sql::{AuditRow, Reports},
    stripe::StripeGateway,
};
use events::{Record, Topic, dead_letter, order_confirmed, order_declined, order_details};
use indicatif::{ProgressBar, ProgressStyle};

use super::reconcile::{DeadLetter, Evidence, Row};
use crate::{
    config::Settings,
    data::read_endpoints,
    embedded::TEST_KEY,
    fault::Fault,
    run::{gateway, kafka, open},
    wiring::GROUPS,
};

/// Where to read, and with what.
struct Sources {
    kafka: KafkaConfig,
    database: String,
    gateway: StripeGateway,
}

impl Sources {
    /// By settings; what they leave open, a running `comanda up` on the data folder has told.
    fn find(settings: &Settings) -> Result<Self, Fault> {
        let known = read_endpoints(&settings.data);
        let missing = |name: &str| {
            let data = settings.data.display();
            Fault::usage(format!(
                "{name} is not set, and no `comanda up` has run on {data} (--data)"
            ))
        };
        let brokers = settings.kafka_brokers.clone().or(known.as_ref().map(|k| k.kafka.clone()));
        let database = settings.database_url.clone().or(known.as_ref().map(|k| k.database.clone()));
        let gateway = match (gateway(settings)?, &known) {
            (Some(gateway), _) => gateway,
            (None, Some(known)) => StripeGateway::new(&known.gateway, TEST_KEY)
                .map_err(|e| Fault::usage(e.to_string()))?,
            (None, None) => return Err(missing("STRIPE_SECRET_KEY")),
        };
        let mut kafka = kafka(settings, &brokers.ok_or_else(|| missing("KAFKA_BROKERS"))?);
        if let (true, Some(known)) = (kafka.prefix.is_empty(), known) {
            kafka.prefix = known.topic_prefix;
        }
        Ok(Self { kafka, database: database.ok_or_else(|| missing("DATABASE_URL"))?, gateway })
    }
}

/// Reads all there is.
pub(super) async fn gather(settings: &Settings) -> Result<Evidence, Fault> {
    let sources = Sources::find(settings)?;
    let kafka = sources.kafka.clone();
    let from_topics = tokio::task::spawn_blocking(move || read_topics(&kafka)).await;
    let mut evidence = from_topics.map_err(|e| Fault::system(e.to_string()))??;
    read_database(&sources.database, settings.database_connections, &mut evidence).await?;
    read_gateway(&sources.gateway, &mut evidence).await?;
    Ok(evidence)
}

fn read_topics(kafka: &KafkaConfig) -> Result<Evidence, Fault> {
    let mut evidence = Evidence::default();
    for topic in [Topic::OrderDetails, Topic::OrderConfirmed, Topic::OrderDeclined] {
        read_topic(kafka, topic.name(), |scanned| add_record(&mut evidence, topic, scanned))?;
    }
    for group in GROUPS {
        let topic = dead_letter::topic(group);
        read_topic(kafka, &topic, |scanned| evidence.dead_letters.push(letter(&scanned)))?;
    }
    Ok(evidence)
}

fn read_topic(
    kafka: &KafkaConfig,
    topic: &str,
    mut each: impl FnMut(Scanned),
) -> Result<(), Fault> {
    let bar = ProgressBar::new(0).with_prefix(topic.to_owned());
    if let Ok(style) = ProgressStyle::with_template("{prefix:<28} {bar:30} {pos}/{len} records") {
        bar.set_style(style);
    }
    let read = scan(kafka, topic, |scanned, read, total| {
        bar.set_length(total);
        bar.set_position(read);
        each(scanned);
    });
    bar.finish_and_clear();
    read.map_err(|e| Fault::unavailable(e.to_string()))
}

/// Records that are no orders are dead letters of the services, and no evidence.
fn add_record(evidence: &mut Evidence, topic: Topic, scanned: Scanned) {
    let record = Record {
        topic,
        partition: scanned.place.partition,
        offset: scanned.place.offset,
        key: scanned.key,
        headers: scanned.headers,
        payload: scanned.payload,
    };
    match topic {
        Topic::OrderConfirmed => {
            let Ok((order, payment_id, _)) = order_confirmed::read(&record) else { return };
            let entry = evidence.orders.entry(order.id.to_string()).or_default();
            let told = (payment_id, order.totals.total_minor);
            // The same event published again is no second confirmation.
            entry.confirmed_twice |= entry.confirmed.as_ref().is_some_and(|first| *first != told);
            entry.confirmed.get_or_insert(told);
        }
        Topic::OrderDeclined => {
            let Ok((order, ..)) = order_declined::read(&record) else { return };
            evidence.orders.entry(order.id.to_string()).or_default().is_declined = true;
        }
        _ => {
            let Ok(order) = order_details::read(&record) else { return };
            let entry = evidence.orders.entry(order.id.to_string()).or_default();
            // The first record of an id is the order.
            entry.placed_minor.get_or_insert(order.totals.total_minor);
        }
    }
}

fn letter(scanned: &Scanned) -> DeadLetter {
    let header = |name: &str| {
        let found = scanned.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
    };
    DeadLetter {
        topic: scanned.place.topic.clone(),
        origin: format!(
            "{}/{}@{}",
            header(dead_letter::ORIGIN_TOPIC),
            header(dead_letter::ORIGIN_PARTITION),
            header(dead_letter::ORIGIN_OFFSET)
        ),
        reason: header(dead_letter::REASON),
    }
}

async fn read_database(
    address: &str,
    connections: u32,
    evidence: &mut Evidence,
) -> Result<(), Fault> {
    let database = open(address, connections).await?;
    let reports = Reports::new(database.clone());
    let unavailable = |e: domain::ports::Unavailable| Fault::unavailable(e.to_string());
    let mut add = |row: AuditRow| {
        let known = Row {
            status: row.status.and_then(|text| text.parse().ok()),
            payment: row.payment_state.and_then(|text| text.parse().ok()),
            payment_minor: row.payment_minor,
            intent: row.intent_id,
            counted_placed: row.counted_placed,
            counted_confirmed: row.counted_confirmed,
        };
        evidence.orders.entry(row.order_id).or_default().row = Some(known);
    };
    reports.orders(&mut add).await.map_err(unavailable)?;
    evidence.figures_off = reports.aggregates_off().await.map_err(unavailable)?;
    database.close().await;
    Ok(())
}

async fn read_gateway(gateway: &StripeGateway, evidence: &mut Evidence) -> Result<(), Fault> {
    let each = |capture: adapters::stripe::Capture| match capture.order_id {
        Some(order) => {
            let told = (capture.intent_id, capture.amount_minor);
            evidence.orders.entry(order).or_default().captures.push(told);
        }
        None if capture.amount_minor > 0 => {
            evidence.nameless_captures.push((capture.intent_id, capture.amount_minor));
        }
        None => {}
    };
    gateway.captures(each).await.map_err(|e| Fault::unavailable(e.to_string()))
}
