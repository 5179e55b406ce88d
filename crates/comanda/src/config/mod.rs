//! Settings. Each is declared once, as a field of [`Settings`]: the flag, the variable, the line of
//! `comanda.toml` (the field's name), the default, what is allowed, the help and
//! `docs/settings.md` all follow from the field.

mod check;
mod file;
mod properties;
mod secrets;
mod within;

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    time::Duration,
};

use clap::Args;
use services::orders::TIMERS_AFTER;
use sql::Database;
use stripe::StripeGateway;

#[cfg(test)]
pub(crate) use self::file::may_hold;
pub(crate) use self::{file::File, secrets::with_secret_files};
use self::{
    properties::{properties, property},
    within::{AT_LEAST_1, Within},
};
use crate::{proxies::Proxies, stand_ins::Faults};

/// Which commands heed a setting; every command takes it.
const ALL: &str = "Settings (flag, then environment, then comanda.toml)";
pub(crate) const DATA: &str = "Settings of what reads or writes data: all but gateway and load";
const SERVE: &str = "Settings of up and run";
pub(crate) const EMBED: &str = "Settings of what is embedded: up, some of them gateway";

/// Settings common to all commands: a flag wins over its variable, which wins over the file, which wins
/// over the default. What is left empty is not set. Secrets are taken from the environment only, since
/// a command line is seen by every user: they have no help, and their values are never shown.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = ALL)]
pub(crate) struct Settings {
    /// File with settings [default: comanda.toml, if there is one]
    #[arg(long, global = true, env = "COMANDA_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where embedded parts keep their data, and other commands find where a `comanda up` listens
    #[arg(long, global = true, env = "COMANDA_DATA", value_name = "FOLDER")]
    #[arg(default_value = "data")]
    pub(crate) data: PathBuf,

    /// Kafka brokers, host:port, comma separated [default: those of `comanda up`]
    #[arg(long, global = true, env = "KAFKA_BROKERS", value_name = "LIST", help_heading = DATA)]
    pub(crate) kafka_brokers: Option<String>,
    /// A librdkafka property, as kcat's -X; repeat it for more. Secrets belong into the
    /// environment: `COMANDA_KAFKA_SASL_PASSWORD` sets `sasl.password`
    #[arg(long = "kafka", global = true, value_name = "NAME=VALUE", value_parser = property)]
    #[arg(help_heading = DATA)]
    kafka: Vec<(String, String)>,
    /// The properties of all sources.
    #[arg(skip)]
    pub(crate) kafka_properties: BTreeMap<String, String>,
    /// Put before every topic and group, so that installations can share a cluster [default: none]
    #[arg(long, global = true, env = "COMANDA_TOPIC_PREFIX", value_name = "TEXT")]
    #[arg(default_value = "", hide_default_value = true, value_parser = prefix, help_heading = DATA)]
    pub(crate) topic_prefix: String,
    /// Database: `postgres://user:password@host:port/database` or `sqlite:<path>` [default:
    /// sqlite:<data>/comanda.db]
    #[arg(long, global = true, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    #[arg(help_heading = DATA)]
    pub(crate) database_url: Option<String>,
    /// Connections to PostgreSQL that this process opens at most
    #[arg(long, global = true, env = "COMANDA_DATABASE_CONNECTIONS", value_name = "N")]
    #[arg(default_value_t = Database::CONNECTIONS, value_parser = Within::<u32>::new(1..=1_000))]
    #[arg(help_heading = DATA)]
    pub(crate) database_connections: u32,
    /// Payment gateway with the API of Stripe [default: the embedded one; with a key of Stripe, theirs]
    #[arg(long, global = true, env = "PAYMENT_GATEWAY_URL", value_name = "URL")]
    #[arg(help_heading = DATA)]
    pub(crate) payment_gateway_url: Option<String>,
    /// Calls to the payment gateway that this process has under way at most: fewer than the
    /// account allows
    #[arg(long, global = true, env = "COMANDA_GATEWAY_CALLS", value_name = "N")]
    #[arg(default_value_t = StripeGateway::CALLS, value_parser = Within::<u32>::new(1..=10_000))]
    #[arg(help_heading = DATA)]
    pub(crate) gateway_calls: u32,
    /// What ids and links of orders are made of, at least 16 characters, the same for all processes
    /// [default: with `up`, one that is made once]
    #[arg(long, env = "COMANDA_SECRET", hide = true, hide_env_values = true, help_heading = DATA)]
    pub(crate) secret: Option<String>,
    /// What opens everything, for tools and the first sign-in: with `run` at least 32 characters
    /// [default: with `up`, one that is made once]
    #[arg(long, env = "COMANDA_STAFF_TOKEN", hide = true, hide_env_values = true)]
    #[arg(help_heading = ALL)]
    pub(crate) staff_token: Option<String>,
    /// The key that the payment gateway gave us [default: that of the embedded gateway]
    #[arg(long, env = "STRIPE_SECRET_KEY", hide = true, hide_env_values = true)]
    #[arg(help_heading = DATA)]
    pub(crate) stripe_secret_key: Option<String>,
    /// What webhooks are signed with; two with a comma between them while one is being changed
    /// [default: with `up`, one that is made once]
    #[arg(long, env = "STRIPE_WEBHOOK_SECRET", hide = true, hide_env_values = true)]
    #[arg(help_heading = SERVE)]
    pub(crate) stripe_webhook_secret: Option<String>,

    /// Address to listen on
    #[arg(long, global = true, env = "COMANDA_HOST", value_name = "ADDRESS", help_heading = SERVE)]
    #[arg(default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub(crate) host: IpAddr,
    /// HTTP port; 0 takes a free one [default: 8080; with `run`, the first service's]
    #[arg(long, global = true, env = "COMANDA_PORT", value_name = "PORT", help_heading = SERVE)]
    pub(crate) port: Option<u16>,
    /// Partitions of every topic [default: 6 where it is created, any where it is found]
    #[arg(long, global = true, env = "COMANDA_PARTITIONS", value_name = "N", help_heading = SERVE)]
    #[arg(value_parser = Within::new(1..=1_000))]
    pub(crate) partitions: Option<i32>,
    /// Replicas of topics that are created [default: 3, or one a broker]
    #[arg(long, global = true, env = "COMANDA_REPLICATION", value_name = "N", help_heading = SERVE)]
    #[arg(value_parser = Within::new(1..=15))]
    pub(crate) replication: Option<i32>,
    /// Replicas that must have a record before it counts, for topics that are created
    /// [default: 2 of 3, else 1]
    #[arg(long, global = true, env = "COMANDA_MIN_INSYNC_REPLICAS", value_name = "N")]
    #[arg(value_parser = Within::new(1..=15), help_heading = SERVE)]
    pub(crate) min_insync_replicas: Option<i32>,
    /// Mail server: `smtps://user:password@host`, or `smtp://host:port` with `?tls=required`;
    /// further `ca=/path/ca.pem` and `timeout_s=20` [default: the embedded mail sink]
    #[arg(long, global = true, env = "SMTP_URL", value_name = "URL", hide_env_values = true)]
    #[arg(help_heading = SERVE)]
    pub(crate) smtp_url: Option<String>,
    /// Sender of mails
    #[arg(long, global = true, env = "COMANDA_MAIL_FROM", value_name = "ADDRESS")]
    #[arg(default_value = "Comanda <orders@comanda.example>", help_heading = SERVE)]
    pub(crate) mail_from: String,
    /// Where customers reach the shop, for links in mails [default: the address listened on]
    #[arg(long, global = true, env = "COMANDA_PUBLIC_URL", value_name = "URL")]
    #[arg(help_heading = SERVE)]
    pub(crate) public_url: Option<String>,
    /// Names of hosts that are answered to beside that of the public URL, with commas between them:
    /// as proxies and other machines call this one [default: none; on loopback all of its own]
    #[arg(long, global = true, env = "COMANDA_HOSTS", value_name = "NAMES", help_heading = SERVE)]
    hosts: Option<String>,
    /// Orders a minute from one address, and as many cancellations; 0 for no limit
    #[arg(long, global = true, env = "COMANDA_ORDERS_PER_MINUTE", value_name = "N")]
    #[arg(default_value_t = 30, help_heading = SERVE)]
    pub(crate) orders_per_minute: u32,
    /// Orders an hour for one e-mail address, since each sends mails there; 0 for no limit
    /// [default: 20; none where there is none a minute]
    #[arg(long, global = true, env = "COMANDA_ORDERS_PER_RECIPIENT", value_name = "N")]
    #[arg(help_heading = SERVE)]
    orders_per_recipient: Option<u32>,
    /// Event streams of customers that one other machine may hold open at a time; 0 for any number
    #[arg(long, global = true, env = "COMANDA_STREAMS_PER_ADDRESS", value_name = "N")]
    #[arg(default_value_t = 500, help_heading = SERVE)]
    pub(crate) streams_per_address: u32,
    /// HTTP connections at a time; beyond them the one goes that has waited longest for its client
    /// [default: half of the files that the process may open, at most 20000]
    #[arg(long, global = true, env = "COMANDA_CONNECTIONS", value_name = "N")]
    #[arg(value_parser = AT_LEAST_1, help_heading = SERVE)]
    pub(crate) connections: Option<usize>,
    /// Those of one other machine; proxies that are trusted have as many as they like
    #[arg(long, global = true, env = "COMANDA_CONNECTIONS_PER_ADDRESS", value_name = "N")]
    #[arg(default_value_t = 1_000, value_parser = AT_LEAST_1, help_heading = SERVE)]
    pub(crate) connections_per_address: usize,
    /// Proxies in front of us, as addresses or networks with commas between them: limits count the
    /// addresses that they tell in X-Forwarded-For. Nobody else's word is believed [default: none]
    #[arg(long, global = true, env = "COMANDA_TRUSTED_PROXIES", value_name = "NETWORKS")]
    #[arg(default_value = "", hide_default_value = true, help_heading = SERVE)]
    pub(crate) trusted_proxies: Proxies,
    /// Seconds after the start before orders that no restaurant answers are cancelled: kitchens
    /// that were cut off come back first
    #[arg(long, global = true, env = "COMANDA_TIMERS_AFTER_S", value_name = "SECONDS")]
    #[arg(default_value_t = TIMERS_AFTER.as_secs(), help_heading = SERVE)]
    #[arg(value_parser = Within::new(0..=u64::from(u32::MAX)), hide_possible_values = true)]
    timers_after_s: u64,

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
    /// What goes wrong at the test gateway, and how often: `error_after_charge=0.05,hang_ms=4000`,
    /// `latency_ms=50..400`, `seed=7`; `all=0.05` for everything [default: nothing]
    #[arg(long, visible_alias = "faults", global = true, env = "COMANDA_GATEWAY_FAULTS")]
    #[arg(value_name = "FAULTS", default_value = "", hide_default_value = true)]
    #[arg(help_heading = EMBED)]
    pub(crate) gateway_faults: Faults,
    /// Where `comanda gateway` sends webhooks, as Stripe does; they are signed with
    /// `STRIPE_WEBHOOK_SECRET` (two during a rotation, comma separated) [default: nowhere]
    #[arg(long, global = true, env = "COMANDA_WEBHOOK_URL", value_name = "URL")]
    #[arg(help_heading = EMBED)]
    pub(crate) webhook_url: Option<String>,
}

impl Settings {
    /// Takes librdkafka's properties: a flag wins over a variable, which wins over the file. Answers
    /// what is wrong with the files that variables name.
    pub(crate) fn take_properties(
        &mut self,
        file: BTreeMap<String, String>,
        variables: &BTreeMap<String, String>,
    ) -> Vec<String> {
        let (named, wrong) = properties(variables);
        let flags = std::mem::take(&mut self.kafka);
        self.kafka_properties = file.into_iter().chain(named).chain(flags).collect();
        wrong
    }

    /// Names that the shop answers to beside the public one.
    pub(crate) fn hosts(&self) -> Vec<String> {
        several(self.hosts.as_deref())
    }

    /// What webhooks are signed with: more than one while a secret is being changed.
    pub(crate) fn webhook_secrets(&self) -> Vec<String> {
        several(self.stripe_webhook_secret.as_deref())
    }

    /// Orders an hour for one e-mail address; 0 for any number. Where orders have no limit, nor have
    /// these, unless the settings say so.
    pub(crate) fn orders_per_recipient(&self) -> u32 {
        let is_limited = self.orders_per_minute > 0;
        self.orders_per_recipient.unwrap_or(if is_limited { 20 } else { 0 })
    }

    /// How long after the start no order is timed out.
    pub(crate) fn timers_after(&self) -> Duration {
        Duration::from_secs(self.timers_after_s)
    }
}

fn prefix(text: &str) -> Result<String, String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    match text.len() <= 100 && text.chars().all(legal) {
        true => Ok(text.to_owned()),
        false => {
            Err("--topic-prefix may have 100 letters, digits, dots, dashes and underscores"
                .to_owned())
        }
    }
}

/// The parts of a list that is separated by commas.
fn several(list: Option<&str>) -> Vec<String> {
    let parts = list.unwrap_or_default().split(',').map(str::trim);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
