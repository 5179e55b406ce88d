//! Settings: flags, then environment, then `comanda.toml`, then defaults.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::{cli::Options, fault::Fault};

/// The file's content; the same names as the flags, with underscores. Secrets have no place here.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    data: Option<PathBuf>,
    host: Option<IpAddr>,
    port: Option<u16>,
    kafka_port: Option<u16>,
    gateway_port: Option<u16>,
    smtp_port: Option<u16>,
    kafka_brokers: Option<String>,
    partitions: Option<i32>,
    replication: Option<i32>,
    database_url: Option<String>,
    payment_gateway_url: Option<String>,
    smtp_url: Option<String>,
    mail_from: Option<String>,
    public_url: Option<String>,
    orders_per_minute: Option<u32>,
    /// Further librdkafka properties.
    kafka: std::collections::BTreeMap<String, String>,
}

/// What the program works with.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) data: PathBuf,
    pub(crate) host: IpAddr,
    pub(crate) port: Option<u16>,
    pub(crate) kafka_port: u16,
    pub(crate) gateway_port: u16,
    pub(crate) smtp_port: u16,
    pub(crate) kafka_brokers: Option<String>,
    pub(crate) kafka_properties: std::collections::BTreeMap<String, String>,
    pub(crate) partitions: i32,
    pub(crate) replication: i32,
    pub(crate) database_url: Option<String>,
    pub(crate) payment_gateway_url: Option<String>,
    pub(crate) stripe_secret_key: Option<String>,
    pub(crate) smtp_url: Option<String>,
    pub(crate) mail_from: String,
    pub(crate) public_url: Option<String>,
    pub(crate) orders_per_minute: u32,
    pub(crate) secret: Option<String>,
    pub(crate) staff_token: Option<String>,
}

const DEFAULT_FILE: &str = "comanda.toml";

impl Settings {
    /// Merges flags and environment (which clap has read) with the file.
    pub(crate) fn load(options: Options) -> Result<Self, Fault> {
        let file = match &options.config {
            Some(path) => read(path)?,
            None if Path::new(DEFAULT_FILE).exists() => read(Path::new(DEFAULT_FILE))?,
            None => File::default(),
        };
        let settings = Self::merge(options, file);
        settings.check()?;
        Ok(settings)
    }

    fn merge(options: Options, file: File) -> Self {
        let o = options;
        // An empty variable is how many tools unset one.
        let text = |value: Option<String>| value.filter(|text| !text.trim().is_empty());
        Self {
            data: o.data.or(file.data).unwrap_or_else(|| "data".into()),
            host: o.host.or(file.host).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            port: o.port.or(file.port),
            kafka_port: o.kafka_port.or(file.kafka_port).unwrap_or(9092),
            gateway_port: o.gateway_port.or(file.gateway_port).unwrap_or(8090),
            smtp_port: o.smtp_port.or(file.smtp_port).unwrap_or(2525),
            kafka_brokers: text(o.kafka_brokers).or(text(file.kafka_brokers)),
            kafka_properties: file.kafka,
            partitions: o.partitions.or(file.partitions).unwrap_or(6),
            replication: o.replication.or(file.replication).unwrap_or(1),
            database_url: text(o.database_url).or(text(file.database_url)),
            payment_gateway_url: text(o.payment_gateway_url).or(text(file.payment_gateway_url)),
            stripe_secret_key: text(o.stripe_secret_key),
            smtp_url: text(o.smtp_url).or(text(file.smtp_url)),
            mail_from: text(o.mail_from)
                .or(text(file.mail_from))
                .unwrap_or_else(|| "Comanda <orders@comanda.example>".to_owned()),
            public_url: text(o.public_url).or(text(file.public_url)),
            orders_per_minute: o.orders_per_minute.or(file.orders_per_minute).unwrap_or(30),
            secret: text(o.secret),
            staff_token: text(o.staff_token),
        }
    }

    fn check(&self) -> Result<(), Fault> {
        if !(1..=1_000).contains(&self.partitions) {
            return Err(Fault::usage("--partitions must be 1 to 1000"));
        }
        if !(1..=15).contains(&self.replication) {
            return Err(Fault::usage("--replication must be 1 to 15"));
        }
        if self.secret.as_ref().is_some_and(|secret| secret.len() < 16) {
            return Err(Fault::usage("COMANDA_SECRET must have at least 16 characters"));
        }
        if self.staff_token.as_ref().is_some_and(|token| token.len() < 8) {
            return Err(Fault::usage("COMANDA_STAFF_TOKEN must have at least 8 characters"));
        }
        Ok(())
    }

    /// A loopback address for an embedded part.
    pub(crate) fn local(port: u16) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, port))
    }
}

fn read(path: &Path) -> Result<File, Fault> {
    let text = std::fs::read_to_string(path).map_err(|e| {
        Fault::usage(format!("cannot read the settings in {}: {e}", path.display()))
    })?;
    toml::from_str(&text).map_err(|e| {
        let place = e.to_string();
        Fault::usage(format!("the settings in {} are wrong: {}", path.display(), place.trim()))
    })
}
