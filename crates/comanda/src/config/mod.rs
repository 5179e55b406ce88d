//! Settings: flags, then environment, then `comanda.toml`, then defaults.

mod check;
mod options;

use std::{
    collections::BTreeMap,
    fmt::Display,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use serde::{Deserialize, Deserializer, de};
use services::orders::TIMERS_AFTER;
use sql::Database;
use stripe::StripeGateway;
use test_gateway::Faults;

pub(crate) use self::options::Options;
use crate::{
    environment::{PROPERTY, is_service_link},
    proxies::Proxies,
};

/// The file's content; the same names as the flags, with underscores. Secrets have no place here.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    data: Option<PathBuf>,
    host: Option<IpAddr>,
    port: Option<u16>,
    kafka_port: Option<u16>,
    gateway_port: Option<u16>,
    #[serde(deserialize_with = "parsed")]
    gateway_faults: Option<Faults>,
    webhook_url: Option<String>,
    smtp_port: Option<u16>,
    kafka_brokers: Option<String>,
    topic_prefix: Option<String>,
    partitions: Option<i32>,
    replication: Option<i32>,
    min_insync_replicas: Option<i32>,
    database_url: Option<String>,
    database_connections: Option<u32>,
    payment_gateway_url: Option<String>,
    gateway_calls: Option<u32>,
    smtp_url: Option<String>,
    mail_from: Option<String>,
    public_url: Option<String>,
    hosts: Option<String>,
    orders_per_minute: Option<u32>,
    orders_per_recipient: Option<u32>,
    streams_per_address: Option<u32>,
    connections: Option<usize>,
    connections_per_address: Option<usize>,
    #[serde(deserialize_with = "parsed")]
    trusted_proxies: Option<Proxies>,
    timers_after_s: Option<u32>,
    /// Further librdkafka properties.
    kafka: BTreeMap<String, String>,
}

/// What the program works with.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) data: PathBuf,
    pub(crate) host: IpAddr,
    pub(crate) port: Option<u16>,
    pub(crate) kafka_port: u16,
    pub(crate) gateway_port: u16,
    pub(crate) gateway_faults: Faults,
    pub(crate) webhook_url: Option<String>,
    pub(crate) smtp_port: u16,
    pub(crate) kafka_brokers: Option<String>,
    pub(crate) kafka_properties: BTreeMap<String, String>,
    pub(crate) topic_prefix: String,
    pub(crate) partitions: Option<i32>,
    pub(crate) replication: Option<i32>,
    pub(crate) min_insync_replicas: Option<i32>,
    pub(crate) database_url: Option<String>,
    pub(crate) database_connections: u32,
    pub(crate) payment_gateway_url: Option<String>,
    /// Calls to the gateway under way at most.
    pub(crate) gateway_calls: u32,
    pub(crate) stripe_secret_key: Option<String>,
    /// What webhooks are signed with: more than one while a secret is being changed.
    pub(crate) stripe_webhook_secrets: Vec<String>,
    pub(crate) smtp_url: Option<String>,
    pub(crate) mail_from: String,
    pub(crate) public_url: Option<String>,
    /// Names that the shop answers to beside the public one.
    pub(crate) hosts: Vec<String>,
    pub(crate) orders_per_minute: u32,
    /// Orders an hour for one e-mail address; 0 for any number.
    pub(crate) orders_per_recipient: u32,
    /// Event streams of customers that one address may hold open; 0 for any number.
    pub(crate) streams_per_address: u32,
    /// Connections at a time; nothing for as many as there are files for.
    pub(crate) connections: Option<usize>,
    /// Those of one address.
    pub(crate) connections_per_address: usize,
    /// Whose word about addresses is believed.
    pub(crate) trusted_proxies: Proxies,
    /// How long after the start no order is timed out.
    pub(crate) timers_after: Duration,
    pub(crate) secret: Option<String>,
    pub(crate) staff_token: Option<String>,
}

const DEFAULT_FILE: &str = "comanda.toml";

impl Settings {
    /// Merges flags and environment (which clap has read) with the file, and names all that is wrong.
    pub(crate) fn load(options: Options) -> (Self, Vec<String>) {
        let path = match &options.config {
            None if !Path::new(DEFAULT_FILE).exists() => None,
            None => Some(PathBuf::from(DEFAULT_FILE)),
            Some(path) => Some(path.clone()),
        };
        let (file, told) = path.map(|path| read(&path)).unwrap_or_default();
        let settings = Self::merge(options, file);
        let wrong = told.into_iter().chain(settings.wrong()).collect();
        (settings, wrong)
    }

    fn merge(options: Options, file: File) -> Self {
        let o = options;
        // An empty variable is how many tools unset one.
        let text = |value: Option<String>| value.filter(|text| !text.trim().is_empty());
        let orders_per_minute = o.orders_per_minute.or(file.orders_per_minute).unwrap_or(30);
        // Who wants no limit of orders wants none of this kind either, unless they say so.
        let is_limited = orders_per_minute > 0;
        Self {
            data: o.data.or(file.data).unwrap_or_else(|| "data".into()),
            host: o.host.or(file.host).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            port: o.port.or(file.port),
            kafka_port: o.kafka_port.or(file.kafka_port).unwrap_or(9092),
            gateway_port: o.gateway_port.or(file.gateway_port).unwrap_or(8090),
            gateway_faults: o.gateway_faults.or(file.gateway_faults).unwrap_or_default(),
            webhook_url: text(o.webhook_url).or(text(file.webhook_url)),
            smtp_port: o.smtp_port.or(file.smtp_port).unwrap_or(2525),
            kafka_brokers: text(o.kafka_brokers).or(text(file.kafka_brokers)),
            kafka_properties: properties(file.kafka, std::env::vars(), o.kafka),
            topic_prefix: o.topic_prefix.or(file.topic_prefix).unwrap_or_default(),
            partitions: o.partitions.or(file.partitions),
            replication: o.replication.or(file.replication),
            min_insync_replicas: o.min_insync_replicas.or(file.min_insync_replicas),
            database_url: text(o.database_url).or(text(file.database_url)),
            database_connections: o
                .database_connections
                .or(file.database_connections)
                .unwrap_or(Database::CONNECTIONS),
            payment_gateway_url: text(o.payment_gateway_url).or(text(file.payment_gateway_url)),
            gateway_calls: o.gateway_calls.or(file.gateway_calls).unwrap_or(StripeGateway::CALLS),
            stripe_secret_key: text(o.stripe_secret_key),
            stripe_webhook_secrets: several(o.stripe_webhook_secret),
            smtp_url: text(o.smtp_url).or(text(file.smtp_url)),
            mail_from: text(o.mail_from)
                .or(text(file.mail_from))
                .unwrap_or_else(|| "Comanda <orders@comanda.example>".to_owned()),
            public_url: text(o.public_url).or(text(file.public_url)),
            hosts: several(o.hosts.or(file.hosts)),
            orders_per_minute,
            orders_per_recipient: (o.orders_per_recipient)
                .or(file.orders_per_recipient)
                .unwrap_or(if is_limited { 20 } else { 0 }),
            streams_per_address: (o.streams_per_address)
                .or(file.streams_per_address)
                .unwrap_or(500),
            connections: o.connections.or(file.connections),
            connections_per_address: (o.connections_per_address)
                .or(file.connections_per_address)
                .unwrap_or(1_000),
            trusted_proxies: o.trusted_proxies.or(file.trusted_proxies).unwrap_or_default(),
            timers_after: (o.timers_after_s.or(file.timers_after_s))
                .map_or(TIMERS_AFTER, |seconds| Duration::from_secs(seconds.into())),
            secret: text(o.secret),
            staff_token: text(o.staff_token),
        }
    }

    /// A loopback address for an embedded part.
    pub(crate) fn local(port: u16) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, port))
    }
}

/// What has the same form in the file as on the command line.
fn parsed<'de, D, T>(file: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let text = Option::<String>::deserialize(file)?;
    text.map(|text| text.parse().map_err(de::Error::custom)).transpose()
}

/// The parts of a list that is separated by commas.
fn several(list: Option<String>) -> Vec<String> {
    let list = list.unwrap_or_default();
    let parts = list.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

/// librdkafka's properties: a flag wins over a variable, which wins over the file.
fn properties(
    file: BTreeMap<String, String>,
    variables: impl Iterator<Item = (String, String)>,
    flags: Vec<(String, String)>,
) -> BTreeMap<String, String> {
    // `COMANDA_KAFKA_SASL_PASSWORD` is `sasl.password`.
    let ours = variables.filter(|(name, value)| !is_service_link(name, value));
    let named = ours.filter_map(|(name, value)| {
        // The port of the embedded log is no property.
        let name = name.strip_prefix(PROPERTY).filter(|rest| *rest != "PORT")?;
        Some((name.to_ascii_lowercase().replace('_', "."), value))
    });
    file.into_iter().chain(named).chain(flags).collect()
}

/// The file, and what is wrong with it.
fn read(path: &Path) -> (File, Option<String>) {
    let shown = path.display();
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let (file, wrong) = check::read_file(&text);
            let told = || format!("the settings in {shown} are wrong: {}", wrong.join("; "));
            (file, (!wrong.is_empty()).then(told))
        }
        Err(e) => (File::default(), Some(format!("cannot read the settings in {shown}: {e}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn faults_and_secrets_are_read() {
        let file: File = toml::from_str("gateway_faults = 'hang_ms=7, seed=1'").unwrap();
        let expected = Faults { hang_ms: 7, seed: Some(1), ..Faults::default() };
        assert_eq!(file.gateway_faults, Some(expected));
        let wrong = toml::from_str::<File>("gateway_faults = 'hangs=1'").unwrap_err();
        assert!(wrong.to_string().contains("'hangs=1': there is no such fault"), "{wrong}");
        assert_eq!(several(Some("whsec_1, whsec_2,".to_owned())), ["whsec_1", "whsec_2"]);
        assert!(several(None).is_empty());
    }

    #[test]
    fn a_property_is_taken_from_flag_variable_and_file_in_this_order() {
        let names = ["linger.ms", "sasl.password", "client.id"];
        let file = names.map(|name| pair(name, "file")).into_iter().collect();
        let variables = [
            pair("COMANDA_KAFKA_SASL_PASSWORD", "variable"),
            pair("COMANDA_KAFKA_CLIENT_ID", "variable"),
            pair("COMANDA_KAFKA_PORT", "9092"),
            pair("KAFKA_HEAP_OPTS", "-Xmx1g"),
        ];
        let flags = vec![pair("client.id", "flag")];
        let set = properties(file, variables.into_iter(), flags);
        let expected = [
            pair("client.id", "flag"),
            pair("linger.ms", "file"),
            pair("sasl.password", "variable"),
        ];
        assert_eq!(set.into_iter().collect::<Vec<_>>(), expected);
    }
}
