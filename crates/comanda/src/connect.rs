//! Clients of brokers, database, payment gateway and mail server, made from settings.

use kafka::{KafkaConfig, KafkaPublisher};
use smtp::SmtpMailer;
use sql::{Database, OpenError};
use stripe::StripeGateway;

use crate::{config::Settings, fault::Fault};

const STRIPE: &str = "https://api.stripe.com";
/// The API key for the embedded gateway.
pub(crate) const TEST_KEY: &str = "sk_test_comanda";

/// Whether a key only accepts test cards.
pub(crate) fn is_test_key(key: Option<&str>) -> bool {
    key.is_some_and(|key| key.starts_with("sk_test_"))
}

/// The Kafka configuration for `brokers`.
pub(crate) fn kafka_config(settings: &Settings, brokers: &str) -> KafkaConfig {
    KafkaConfig {
        prefix: settings.topic_prefix.clone(),
        partitions: settings.partitions,
        replication: settings.replication,
        min_insync_replicas: settings.min_insync_replicas,
        properties: settings.kafka_properties.clone(),
        ..KafkaConfig::new(brokers)
    }
}

/// A publisher on the cluster.
pub(crate) fn publisher(kafka: &KafkaConfig) -> Result<KafkaPublisher, Fault> {
    Ok(KafkaPublisher::new(kafka)?)
}

/// Opens the database at an address with at most `connections` connections.
pub(crate) async fn open_database(address: &str, connections: u32) -> Result<Database, Fault> {
    Database::open_with(address, connections).await.map_err(|error| match error {
        OpenError::Address(_) => Fault::usage(error),
        _ => Fault::unavailable(error),
    })
}

/// The gateway in the settings, if any.
pub(crate) fn gateway(settings: &Settings) -> Result<Option<StripeGateway>, Fault> {
    let url = settings.payment_gateway_url.as_deref();
    let Some(key) = settings.stripe_secret_key.as_deref() else {
        return match url {
            None => Ok(None),
            Some(_) => Err(Fault::usage("PAYMENT_GATEWAY_URL needs STRIPE_SECRET_KEY beside it")),
        };
    };
    gateway_at(settings, url.unwrap_or(STRIPE), key).map(Some)
}

/// The gateway at an address, with the limit of concurrent calls in the settings.
pub(crate) fn gateway_at(
    settings: &Settings,
    url: &str,
    key: &str,
) -> Result<StripeGateway, Fault> {
    let gateway = StripeGateway::new(url, key).map_err(Fault::usage)?;
    Ok(gateway.with_calls(settings.gateway_calls))
}

/// The mail server at an address.
pub(crate) fn mailer(settings: &Settings, url: &str) -> Result<SmtpMailer, Fault> {
    SmtpMailer::new(url, &settings.mail_from).map_err(Fault::usage)
}
