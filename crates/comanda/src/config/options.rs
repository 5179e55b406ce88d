//! What the command line and the environment may set.

use std::{net::IpAddr, path::PathBuf};

use clap::Args;
use test_gateway::Faults;

use crate::proxies::Proxies;

/// Settings common to all commands: a flag wins over its variable, which wins over the file.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Settings (flag, then environment, then comanda.toml)")]
pub(crate) struct Options {
    /// File with settings [default: comanda.toml, if there is one]
    #[arg(long, global = true, env = "COMANDA_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where embedded parts keep their data [default: ./data]
    #[arg(long, global = true, env = "COMANDA_DATA", value_name = "FOLDER")]
    pub(crate) data: Option<PathBuf>,
    /// Address to listen on [default: 127.0.0.1]
    #[arg(long, global = true, env = "COMANDA_HOST", value_name = "ADDRESS")]
    pub(crate) host: Option<IpAddr>,
    /// HTTP port; 0 takes a free one [default: 8080; with `run`, the first service's]
    #[arg(long, global = true, env = "COMANDA_PORT", value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// Port of the embedded log [default: 9092]
    #[arg(long, global = true, env = "COMANDA_KAFKA_PORT", value_name = "PORT")]
    pub(crate) kafka_port: Option<u16>,
    /// Port of the embedded test gateway [default: 8090]
    #[arg(long, global = true, env = "COMANDA_GATEWAY_PORT", value_name = "PORT")]
    pub(crate) gateway_port: Option<u16>,
    /// What goes wrong at the test gateway, and how often: `error_after_charge=0.05,hang_ms=4000`,
    /// `latency_ms=50..400`, `seed=7`; `all=0.05` for everything [default: nothing]
    #[arg(long, visible_alias = "faults", global = true, env = "COMANDA_GATEWAY_FAULTS")]
    #[arg(value_name = "FAULTS")]
    pub(crate) gateway_faults: Option<Faults>,
    /// Where `comanda gateway` sends webhooks, as Stripe does; they are signed with
    /// `STRIPE_WEBHOOK_SECRET` (two during a rotation, comma separated) [default: nowhere]
    #[arg(long, global = true, env = "COMANDA_WEBHOOK_URL", value_name = "URL")]
    pub(crate) webhook_url: Option<String>,
    /// Port of the embedded mail sink [default: 2525]
    #[arg(long, global = true, env = "COMANDA_SMTP_PORT", value_name = "PORT")]
    pub(crate) smtp_port: Option<u16>,
    /// Kafka brokers, host:port, comma separated
    #[arg(long, global = true, env = "KAFKA_BROKERS", value_name = "LIST")]
    pub(crate) kafka_brokers: Option<String>,
    /// A librdkafka property, as kcat's -X; repeat it for more. Secrets belong into the
    /// environment: `COMANDA_KAFKA_SASL_PASSWORD` sets `sasl.password`
    #[arg(long = "kafka", global = true, value_name = "NAME=VALUE", value_parser = property)]
    pub(crate) kafka: Vec<(String, String)>,
    /// Put before every topic and group, so that installations can share a cluster [default: none]
    #[arg(long, global = true, env = "COMANDA_TOPIC_PREFIX", value_name = "TEXT")]
    pub(crate) topic_prefix: Option<String>,
    /// Partitions of every topic [default: 6 where it is created, any where it is found]
    #[arg(long, global = true, env = "COMANDA_PARTITIONS", value_name = "N")]
    pub(crate) partitions: Option<i32>,
    /// Replicas of topics that are created [default: 3, or one a broker]
    #[arg(long, global = true, env = "COMANDA_REPLICATION", value_name = "N")]
    pub(crate) replication: Option<i32>,
    /// Replicas that must have a record before it counts, for topics that are created
    /// [default: 2 of 3, else 1]
    #[arg(long, global = true, env = "COMANDA_MIN_INSYNC_REPLICAS", value_name = "N")]
    pub(crate) min_insync_replicas: Option<i32>,
    /// Database: `postgres://user:password@host:port/database` or `sqlite:<path>` [default:
    /// sqlite:<data>/comanda.db]
    #[arg(long, global = true, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub(crate) database_url: Option<String>,
    /// Connections to PostgreSQL that this process opens at most [default: 8]
    #[arg(long, global = true, env = "COMANDA_DATABASE_CONNECTIONS", value_name = "N")]
    pub(crate) database_connections: Option<u32>,
    /// Payment gateway with the API of Stripe
    #[arg(long, global = true, env = "PAYMENT_GATEWAY_URL", value_name = "URL")]
    pub(crate) payment_gateway_url: Option<String>,
    /// Calls to the payment gateway that this process has under way at most: fewer than the
    /// account allows [default: 1000]
    #[arg(long, global = true, env = "COMANDA_GATEWAY_CALLS", value_name = "N")]
    pub(crate) gateway_calls: Option<u32>,
    /// Mail server: `smtps://user:password@host`, or `smtp://host:port` with `?tls=required`;
    /// further `ca=/path/ca.pem` and `timeout_s=20`
    #[arg(long, global = true, env = "SMTP_URL", value_name = "URL", hide_env_values = true)]
    pub(crate) smtp_url: Option<String>,
    /// Sender of mails [default: Comanda <orders@comanda.example>]
    #[arg(long, global = true, env = "COMANDA_MAIL_FROM", value_name = "ADDRESS")]
    pub(crate) mail_from: Option<String>,
    /// Where customers reach the shop, for links in mails [default: the address listened on]
    #[arg(long, global = true, env = "COMANDA_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Names of hosts that are answered to beside that of the public URL, with commas between them:
    /// as proxies and other machines call this one [default: none; on loopback all of its own]
    #[arg(long, global = true, env = "COMANDA_HOSTS", value_name = "NAMES")]
    pub(crate) hosts: Option<String>,
    /// Orders a minute from one address, and as many cancellations; 0 for no limit [default: 30]
    #[arg(long, global = true, env = "COMANDA_ORDERS_PER_MINUTE", value_name = "N")]
    pub(crate) orders_per_minute: Option<u32>,
    /// Orders an hour for one e-mail address, since each sends mails there; 0 for no limit
    /// [default: 20; none where there is none a minute]
    #[arg(long, global = true, env = "COMANDA_ORDERS_PER_RECIPIENT", value_name = "N")]
    pub(crate) orders_per_recipient: Option<u32>,
    /// Event streams of customers that one other machine may hold open at a time; 0 for any number
    /// [default: 500]
    #[arg(long, global = true, env = "COMANDA_STREAMS_PER_ADDRESS", value_name = "N")]
    pub(crate) streams_per_address: Option<u32>,
    /// HTTP connections at a time; beyond them the one goes that has waited longest for its client
    /// [default: half of the files that the process may open, at most 20000]
    #[arg(long, global = true, env = "COMANDA_CONNECTIONS", value_name = "N")]
    pub(crate) connections: Option<usize>,
    /// Those of one other machine; proxies that are trusted have as many as they like [default: 1000]
    #[arg(long, global = true, env = "COMANDA_CONNECTIONS_PER_ADDRESS", value_name = "N")]
    pub(crate) connections_per_address: Option<usize>,
    /// Proxies in front of us, as addresses or networks with commas between them: limits count the
    /// addresses that they tell in X-Forwarded-For. Nobody else's word is believed
    #[arg(long, global = true, env = "COMANDA_TRUSTED_PROXIES", value_name = "NETWORKS")]
    pub(crate) trusted_proxies: Option<Proxies>,
    /// Seconds after the start before orders that no restaurant answers are cancelled: kitchens
    /// that were cut off come back first [default: 60]
    #[arg(long, global = true, env = "COMANDA_TIMERS_AFTER_S", value_name = "SECONDS")]
    pub(crate) timers_after_s: Option<u32>,
    /// Secrets are taken from the environment only: a command line is seen by every user.
    #[arg(long, env = "COMANDA_SECRET", hide = true, hide_env_values = true)]
    pub(crate) secret: Option<String>,
    #[arg(long, env = "COMANDA_STAFF_TOKEN", hide = true, hide_env_values = true)]
    pub(crate) staff_token: Option<String>,
    #[arg(long, env = "STRIPE_SECRET_KEY", hide = true, hide_env_values = true)]
    pub(crate) stripe_secret_key: Option<String>,
    #[arg(long, env = "STRIPE_WEBHOOK_SECRET", hide = true, hide_env_values = true)]
    pub(crate) stripe_webhook_secret: Option<String>,
}

fn property(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.to_owned()))
        }
        _ => Err("a property is NAME=VALUE, for instance linger.ms=5".to_owned()),
    }
}
