//! Settings. Each is declared once, as a field of [`Settings`]: the flag, the variable, the line of
//! `comanda.toml` (the field's name), the default, the range, the help and `docs/settings.md` all
//! follow from the field.

mod card_keys;
mod check;
mod file;
mod properties;
mod range_parser;
mod secrets;

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    time::Duration,
};

use clap::Args;
use events::WRITE_VERSIONS;
use services::orders::TIMERS_AFTER;
use sql::Database;
use stripe::StripeGateway;

#[cfg(test)]
pub(crate) use self::file::may_hold;
pub(crate) use self::{file::File, secrets::with_secret_files};
use self::{
    properties::{parse_property, properties_from_variables},
    range_parser::{AT_LEAST_1, RangeParser},
};
use crate::{proxies::Proxies, stand_ins::Faults};

/// Help headings: which commands use a setting. Every command accepts it.
const ALL: &str = "Settings (flag, then environment, then comanda.toml)";
pub(crate) const DATA: &str = "Settings of all commands but gateway and load";
const SERVE: &str = "Settings of up and run";
pub(crate) const EMBED: &str = "Settings of embedded parts: up, some of them gateway";

/// Settings of all commands: a flag wins over its variable, which wins over the file, which wins
/// over the default. An empty value is no value. Secrets come from the environment only, since
/// every user can see a command line: they have no help, and their values are never shown.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = ALL)]
pub(crate) struct Settings {
    /// File with settings [default: comanda.toml, if it exists]
    #[arg(long, global = true, env = "COMANDA_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Folder of the embedded parts' data, and of the addresses by which other commands find a
    /// running `comanda up`
    #[arg(long, global = true, env = "COMANDA_DATA", value_name = "FOLDER")]
    #[arg(default_value = "data")]
    pub(crate) data: PathBuf,

    /// Kafka brokers, host:port, comma separated [default: those of `comanda up`]
    #[arg(long, global = true, env = "KAFKA_BROKERS", value_name = "LIST", help_heading = DATA)]
    pub(crate) kafka_brokers: Option<String>,
    /// A librdkafka property, like kcat's -X; repeatable. Secrets belong in the environment:
    /// `COMANDA_KAFKA_SASL_PASSWORD` sets `sasl.password`
    #[arg(long = "kafka", global = true, value_name = "NAME=VALUE", value_parser = parse_property)]
    #[arg(help_heading = DATA)]
    kafka: Vec<(String, String)>,
    /// The properties from file, variables and flags.
    #[arg(skip)]
    pub(crate) kafka_properties: BTreeMap<String, String>,
    /// Prefix of every topic and group, so that installations can share a cluster [default: none]
    #[arg(long, global = true, env = "COMANDA_TOPIC_PREFIX", value_name = "TEXT")]
    #[arg(default_value = "", hide_default_value = true, value_parser = parse_prefix)]
    #[arg(help_heading = DATA)]
    pub(crate) topic_prefix: String,
    /// Database: `postgres://user:password@host:port/database` or `sqlite:<path>` [default:
    /// sqlite:<data>/comanda.db]
    #[arg(long, global = true, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    #[arg(help_heading = DATA)]
    pub(crate) database_url: Option<String>,
    /// Maximum number of connections of this process to PostgreSQL
    #[arg(long, global = true, env = "COMANDA_DATABASE_CONNECTIONS", value_name = "N")]
    #[arg(default_value_t = Database::CONNECTIONS, value_parser = RangeParser::<u32>::new(1..=1_000))]
    #[arg(help_heading = DATA)]
    pub(crate) database_connections: u32,
    /// Payment gateway with Stripe's API [default: the embedded one; Stripe's if a key is set]
    #[arg(long, global = true, env = "PAYMENT_GATEWAY_URL", value_name = "URL")]
    #[arg(help_heading = DATA)]
    pub(crate) payment_gateway_url: Option<String>,
    /// Script of the payment gateway, which pages load for the fields of a card [default: that of
    /// the payment gateway in the settings, else Stripe's]
    #[arg(long, global = true, env = "PAYMENT_SCRIPT_URL", value_name = "URL")]
    #[arg(help_heading = SERVE)]
    pub(crate) payment_script_url: Option<String>,
    /// Maximum number of concurrent calls of this process to the payment gateway; keep it below the
    /// account's limit
    #[arg(long, global = true, env = "COMANDA_GATEWAY_CALLS", value_name = "N")]
    #[arg(default_value_t = StripeGateway::CALLS, value_parser = RangeParser::<u32>::new(1..=10_000))]
    #[arg(help_heading = DATA)]
    pub(crate) gateway_calls: u32,
    /// Seconds for a customer to authenticate with their bank; then the order is declined
    #[arg(long, global = true, env = "COMANDA_AUTHENTICATION_LIMIT_S", value_name = "SECONDS")]
    #[arg(default_value_t = 600, value_parser = RangeParser::<u32>::new(1..=3_600))]
    #[arg(help_heading = DATA)]
    pub(crate) authentication_limit_s: u32,
    /// Secret from which ids and links of orders are derived, at least 16 characters, the same for
    /// all processes [default: with `up`, one that is generated once]
    #[arg(long, env = "COMANDA_SECRET", hide = true, hide_env_values = true, help_heading = DATA)]
    pub(crate) secret: Option<String>,
    /// Token with access to everything, for tools and the first sign-in; with `run` at least 32
    /// characters [default: with `up`, one that is generated once]
    #[arg(long, env = "COMANDA_STAFF_TOKEN", hide = true, hide_env_values = true)]
    #[arg(help_heading = ALL)]
    pub(crate) staff_token: Option<String>,
    /// Secret key of the payment gateway's API [default: that of the embedded gateway]
    #[arg(long, env = "STRIPE_SECRET_KEY", hide = true, hide_env_values = true)]
    #[arg(help_heading = DATA)]
    pub(crate) stripe_secret_key: Option<String>,
    /// Publishable key of the payment gateway's account, `pk_…`: storefronts take cards with it,
    /// and transactions show the questions of banks
    /// [default: that of the embedded gateway]
    #[arg(long, env = "STRIPE_PUBLISHABLE_KEY", hide = true, hide_env_values = true)]
    #[arg(help_heading = SERVE)]
    pub(crate) stripe_publishable_key: Option<String>,
    /// Signing secret of webhooks; two, comma separated, during a rotation [default: with `up`, one
    /// that is generated once]
    #[arg(long, env = "STRIPE_WEBHOOK_SECRET", hide = true, hide_env_values = true)]
    #[arg(help_heading = SERVE)]
    pub(crate) stripe_webhook_secret: Option<String>,

    /// Address to listen on
    #[arg(long, global = true, env = "COMANDA_HOST", value_name = "ADDRESS", help_heading = SERVE)]
    #[arg(default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub(crate) host: IpAddr,
    /// HTTP port; 0 picks a free one [default: 8080; with `run`, the first service's]
    #[arg(long, global = true, env = "COMANDA_PORT", value_name = "PORT", help_heading = SERVE)]
    pub(crate) port: Option<u16>,
    /// Partitions of every topic [default: 6 for a new topic, any for an existing one]
    #[arg(long, global = true, env = "COMANDA_PARTITIONS", value_name = "N", help_heading = SERVE)]
    #[arg(value_parser = RangeParser::new(1..=1_000))]
    pub(crate) partitions: Option<i32>,
    /// Replicas of new topics [default: 3, or one per broker if there are fewer]
    #[arg(long, global = true, env = "COMANDA_REPLICATION", value_name = "N", help_heading = SERVE)]
    #[arg(value_parser = RangeParser::new(1..=15))]
    pub(crate) replication: Option<i32>,
    /// In-sync replicas that a write needs, for new topics [default: 2 with 3 replicas, else 1]
    #[arg(long, global = true, env = "COMANDA_MIN_INSYNC_REPLICAS", value_name = "N")]
    #[arg(value_parser = RangeParser::new(1..=15), help_heading = SERVE)]
    pub(crate) min_insync_replicas: Option<i32>,
    /// Mail server: `smtps://user:password@host`, or `smtp://host:port` with `?tls=required`;
    /// also `ca=/path/ca.pem` and `timeout_s=20` [default: the embedded mail sink]
    #[arg(long, global = true, env = "SMTP_URL", value_name = "URL", hide_env_values = true)]
    #[arg(help_heading = SERVE)]
    pub(crate) smtp_url: Option<String>,
    /// Sender of mails
    #[arg(long, global = true, env = "COMANDA_MAIL_FROM", value_name = "ADDRESS")]
    #[arg(default_value = "Comanda <orders@comanda.example>", help_heading = SERVE)]
    pub(crate) mail_from: String,
    /// Address of the shop for customers, for links in mails [default: the listening address]
    #[arg(long, global = true, env = "COMANDA_PUBLIC_URL", value_name = "URL")]
    #[arg(help_heading = SERVE)]
    pub(crate) public_url: Option<String>,
    /// Host names that requests may have besides that of the public URL, comma separated: the names
    /// by which proxies and other machines reach this one [default: none; on loopback those of
    /// loopback]
    #[arg(long, global = true, env = "COMANDA_HOSTS", value_name = "NAMES", help_heading = SERVE)]
    hosts: Option<String>,
    /// Orders per minute from one address, and as many cancellations; 0 for no limit
    #[arg(long, global = true, env = "COMANDA_ORDERS_PER_MINUTE", value_name = "N")]
    #[arg(default_value_t = 30, help_heading = SERVE)]
    pub(crate) orders_per_minute: u32,
    /// Orders per hour for one e-mail address, since each sends mails there; 0 for no limit
    /// [default: 20; no limit if there is none per minute]
    #[arg(long, global = true, env = "COMANDA_ORDERS_PER_RECIPIENT", value_name = "N")]
    #[arg(help_heading = SERVE)]
    orders_per_recipient: Option<u32>,
    /// Event streams of customers that one other machine may hold open; 0 for no limit
    #[arg(long, global = true, env = "COMANDA_STREAMS_PER_ADDRESS", value_name = "N")]
    #[arg(default_value_t = 500, help_heading = SERVE)]
    pub(crate) streams_per_address: u32,
    /// HTTP connections; beyond them, the one that has waited longest for its client is closed
    /// [default: half of the files that the process may open, at most 20000]
    #[arg(long, global = true, env = "COMANDA_CONNECTIONS", value_name = "N")]
    #[arg(value_parser = AT_LEAST_1, help_heading = SERVE)]
    pub(crate) connections: Option<usize>,
    /// HTTP connections of one other machine; trusted proxies have no such limit
    #[arg(long, global = true, env = "COMANDA_CONNECTIONS_PER_ADDRESS", value_name = "N")]
    #[arg(default_value_t = 1_000, value_parser = AT_LEAST_1, help_heading = SERVE)]
    pub(crate) connections_per_address: usize,
    /// Proxies whose X-Forwarded-For is trusted, as addresses or networks, comma separated: limits
    /// count the addresses in it [default: none]
    #[arg(long, global = true, env = "COMANDA_TRUSTED_PROXIES", value_name = "NETWORKS")]
    #[arg(default_value = "", hide_default_value = true, help_heading = SERVE)]
    pub(crate) trusted_proxies: Proxies,
    /// Seconds after the start before orders without an answer of the restaurant are cancelled, so
    /// that kitchens that were cut off can reconnect first
    #[arg(long, global = true, env = "COMANDA_TIMERS_AFTER_S", value_name = "SECONDS")]
    #[arg(default_value_t = TIMERS_AFTER.as_secs(), help_heading = SERVE)]
    #[arg(value_parser = RangeParser::new(0..=u64::from(u32::MAX)), hide_possible_values = true)]
    timers_after_s: u64,
    /// Version of the records that are written. During an upgrade it stays as it was; once no
    /// process of the earlier release is left, it may be raised or left out [default: the newest]
    #[arg(long, global = true, env = "COMANDA_WRITE_VERSION", value_name = "N", help_heading = SERVE)]
    #[arg(default_value_t = *WRITE_VERSIONS.end(), hide_default_value = true)]
    #[arg(value_parser = RangeParser::new(WRITE_VERSIONS))]
    pub(crate) write_version: u32,

    /// Port of the embedded log
    #[arg(long, global = true, env = "COMANDA_KAFKA_PORT", value_name = "PORT")]
    #[arg(default_value_t = 9092, help_heading = EMBED)]
    pub(crate) kafka_port: u16,
    /// Port of the embedded test gateway
    #[arg(long, global = true, env = "COMANDA_GATEWAY_PORT", value_name = "PORT")]
    #[arg(default_value_t = 8090, help_heading = EMBED)]
    pub(crate) gateway_port: u16,
    /// Port of the embedded mail sink
    #[arg(long, global = true, env = "COMANDA_SMTP_PORT", value_name = "PORT")]
    #[arg(default_value_t = 2525, help_heading = EMBED)]
    pub(crate) smtp_port: u16,
    /// Faults of the test gateway with their rates: `error_after_charge=0.05,hang_ms=4000`,
    /// `latency_ms=50..400`, `seed=7`; `all=0.05` for every fault [default: none]
    #[arg(long, visible_alias = "faults", global = true, env = "COMANDA_GATEWAY_FAULTS")]
    #[arg(value_name = "FAULTS", default_value = "", hide_default_value = true)]
    #[arg(help_heading = EMBED)]
    pub(crate) gateway_faults: Faults,
    /// Address to which `comanda gateway` sends webhooks, as Stripe does; they are signed with
    /// `STRIPE_WEBHOOK_SECRET` (two during a rotation, comma separated) [default: none are sent]
    #[arg(long, global = true, env = "COMANDA_WEBHOOK_URL", value_name = "URL")]
    #[arg(help_heading = EMBED)]
    pub(crate) webhook_url: Option<String>,
}

impl Settings {
    /// Merges librdkafka's properties: a flag wins over a variable, which wins over the file.
    /// Returns the problems with files that variables name.
    pub(crate) fn merge_properties(
        &mut self,
        file: BTreeMap<String, String>,
        variables: &BTreeMap<String, String>,
    ) -> Vec<String> {
        let (named, wrong) = properties_from_variables(variables);
        let flags = std::mem::take(&mut self.kafka);
        self.kafka_properties = file.into_iter().chain(named).chain(flags).collect();
        wrong
    }

    /// Further host names of the shop.
    pub(crate) fn hosts(&self) -> Vec<String> {
        split_list(self.hosts.as_deref())
    }

    /// The signing secrets of webhooks; more than one during a rotation.
    pub(crate) fn webhook_secrets(&self) -> Vec<String> {
        split_list(self.stripe_webhook_secret.as_deref())
    }

    /// Orders per hour for one e-mail address; 0 for no limit. The default is no limit if orders
    /// per minute have none.
    pub(crate) fn orders_per_recipient(&self) -> u32 {
        let is_limited = self.orders_per_minute > 0;
        self.orders_per_recipient.unwrap_or(if is_limited { 20 } else { 0 })
    }

    /// Time after the start during which no order is cancelled for lack of an answer.
    pub(crate) fn timers_after(&self) -> Duration {
        Duration::from_secs(self.timers_after_s)
    }
}

fn parse_prefix(text: &str) -> Result<String, String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    match text.len() <= 100 && text.chars().all(legal) {
        true => Ok(text.to_owned()),
        false => {
            Err("--topic-prefix may have 100 letters, digits, dots, dashes and underscores"
                .to_owned())
        }
    }
}

/// The parts of a comma-separated list.
fn split_list(list: Option<&str>) -> Vec<String> {
    let parts = list.unwrap_or_default().split(',').map(str::trim);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
