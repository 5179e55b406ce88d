//! The sources of an audit: brokers, database and payment gateway.

use kafka::KafkaConfig;
use stripe::StripeGateway;

use crate::{
    config::Settings,
    connect::{TEST_KEY, gateway, gateway_at, kafka_config},
    data::read_endpoints,
    fault::Fault,
};

/// The payment gateway: that of the settings, else of the endpoints file that `comanda up` wrote to
/// the data folder.
pub(crate) fn find_gateway(settings: &Settings) -> Result<StripeGateway, Fault> {
    match (gateway(settings)?, read_endpoints(&settings.data)) {
        (Some(gateway), _) => Ok(gateway),
        (None, Some(known)) => gateway_at(settings, &known.gateway, TEST_KEY),
        (None, None) => Err(missing_fault(settings, "STRIPE_SECRET_KEY")),
    }
}

/// The Kafka configuration and the database URL, found in the same way.
pub(crate) fn find_log_and_database(settings: &Settings) -> Result<(KafkaConfig, String), Fault> {
    let kafka = find_kafka(settings)?;
    let known = read_endpoints(&settings.data);
    let database = settings.database_url.clone().or(known.map(|known| known.database));
    Ok((kafka, database.ok_or_else(|| missing_fault(settings, "DATABASE_URL"))?))
}

/// The Kafka configuration, found in the same way.
pub(crate) fn find_kafka(settings: &Settings) -> Result<KafkaConfig, Fault> {
    let known = read_endpoints(&settings.data);
    let brokers = settings.kafka_brokers.clone().or(known.as_ref().map(|k| k.kafka.clone()));
    let mut kafka =
        kafka_config(settings, &brokers.ok_or_else(|| missing_fault(settings, "KAFKA_BROKERS"))?);
    if let (true, Some(known)) = (kafka.prefix.is_empty(), known) {
        kafka.prefix = known.topic_prefix;
    }
    Ok(kafka)
}

fn missing_fault(settings: &Settings, name: &str) -> Fault {
    let data = settings.data.display();
    Fault::usage(format!("{name} is not set, and no `comanda up` has run on {data} (--data)"))
}
