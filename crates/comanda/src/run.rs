//! `comanda run`: some services against real parts.

use std::{net::SocketAddr, process::ExitCode, sync::Arc, time::Duration};

use clock::SystemClock;
use kafka::{KafkaConfig, KafkaPublisher, create_topics};
use smtp::SmtpMailer;
use sql::{Database, OpenError, SqlStaff};
use stripe::StripeGateway;
use tokio_util::sync::CancellationToken;
use web::secret::Secret;
use web::{Access, Sessions, Site};

use crate::{
    cli::Service,
    config::Settings,
    fault::Fault,
    limits, say,
    serve::{Caps, Edge, Patience, bind, serve},
    signals::stop_at_signal,
    wiring::{Assembly, Parts, assemble, plans},
};

/// Connections that a process has places for, unless its settings say how many.
const MIN_CONNECTIONS: usize = 64;
const MAX_CONNECTIONS: usize = 20_000;
const STRIPE: &str = "https://api.stripe.com";

/// How long topics may take until every partition is served.
const TOPICS_WITHIN: Duration = Duration::from_secs(30);

/// Starts `services` and works until a signal.
pub(crate) async fn run(settings: Settings, services: &[Service]) -> Result<ExitCode, Fault> {
    refuse_missing(&settings, services)?;
    let given = |value: Option<&String>| value.cloned().unwrap_or_default();
    let brokers = given(settings.kafka_brokers.as_ref());
    let database = given(settings.database_url.as_ref());
    let (secret, staff_token) =
        (given(settings.secret.as_ref()), given(settings.staff_token.as_ref()));
    let port = settings.port.or(services.first().map(|s| s.port())).unwrap_or(8080);
    let stop = stop_at_signal()?;
    let listener = bind(SocketAddr::new(settings.host, port)).await?;
    let address = listener.local_addr().map_err(|e| Fault::system(e.to_string()))?;
    let public_url = settings.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let edge = edge(&settings, &public_url, address)?;
    let kafka = kafka(&settings, &brokers);
    create_topics(&kafka, &plans(), TOPICS_WITHIN).await?;
    let database = open(&database, settings.database_connections).await?;
    let parts = Parts {
        publisher: publisher(&kafka)?,
        kafka,
        access: access(&secret, &staff_token, &public_url, &database)?,
        database,
        gateway: gateway(&settings)?,
        webhook_secrets: settings.stripe_webhook_secrets.clone(),
        mailer: settings.smtp_url.as_deref().map(|url| mailer(&settings, url)).transpose()?,
        public_url,
        orders_per_minute: settings.orders_per_minute,
        orders_per_recipient: settings.orders_per_recipient,
        streams_per_address: settings.streams_per_address,
        streams: streams(&settings),
        timers_after: settings.timers_after,
        test_gateway: is_test_key(settings.stripe_secret_key.as_deref()),
        mailbox: false,
    };
    let assembly = assemble(&parts, services)?;
    say::line(format!("{} on http://{address}", names(services)));
    let ended = work(assembly, listener, edge, stop).await;
    parts.database.close().await;
    ended.map(|()| ExitCode::SUCCESS)
}

/// Serves until `stop`, or until a worker cannot go on; then drains.
async fn work(
    assembly: Assembly,
    listener: tokio::net::TcpListener,
    edge: Edge,
    stop: CancellationToken,
) -> Result<(), Fault> {
    let mut failed = assembly.workers.failed();
    let server = serve(listener, assembly.routes, edge, stop.clone());
    tokio::pin!(server);
    let ended = tokio::select! {
        () = &mut server => Ok(()),
        fault = failed.wait() => Err(fault),
    };
    if ended.is_err() {
        stop.cancel();
        server.await;
    }
    assembly.workers.drain().await;
    ended
}

fn names(services: &[Service]) -> String {
    let names: Vec<_> = services.iter().map(|s| format!("{s:?}").to_lowercase()).collect();
    names.join(", ")
}

/// Refuses to start without what the services need, and names all of it at once.
fn refuse_missing(settings: &Settings, services: &[Service]) -> Result<(), Fault> {
    let charges = services.contains(&Service::Transactions);
    let mails = services.contains(&Service::Email);
    let needed = [
        ("KAFKA_BROKERS", true, &settings.kafka_brokers),
        ("DATABASE_URL", true, &settings.database_url),
        ("COMANDA_SECRET", true, &settings.secret),
        ("COMANDA_STAFF_TOKEN", true, &settings.staff_token),
        ("STRIPE_SECRET_KEY", charges, &settings.stripe_secret_key),
        ("SMTP_URL", mails, &settings.smtp_url),
    ];
    let missing = needed.iter().filter(|(_, is_needed, value)| *is_needed && value.is_none());
    let names: Vec<_> = missing.map(|(name, ..)| *name).collect();
    let (last, are) = match names.as_slice() {
        [] => return Ok(()),
        [one] => return Err(not_set(one, "is")),
        [first @ .., last] => (format!("{} and {last}", first.join(", ")), "are"),
    };
    Err(not_set(&last, are))
}

fn not_set(names: &str, are: &str) -> Fault {
    let hint = "`comanda up` starts everything with nothing to set";
    Fault::usage(format!("{names} {are} not set; {hint}"))
}

/// True where only test cards work.
pub(crate) fn is_test_key(key: Option<&str>) -> bool {
    key.is_some_and(|key| key.starts_with("sk_test_"))
}

/// The Kafka settings for `brokers`.
pub(crate) fn kafka(settings: &Settings, brokers: &str) -> KafkaConfig {
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

/// The database at an address, with at most so many connections.
pub(crate) async fn open(address: &str, connections: u32) -> Result<Database, Fault> {
    Database::open_with(address, connections).await.map_err(|error| match error {
        OpenError::Address(_) => Fault::usage(error.to_string()),
        _ => Fault::unavailable(error.to_string()),
    })
}

/// The gateway of the settings, if they name one.
pub(crate) fn gateway(settings: &Settings) -> Result<Option<StripeGateway>, Fault> {
    let url = settings.payment_gateway_url.as_deref();
    let Some(key) = settings.stripe_secret_key.as_deref() else {
        return match url {
            None => Ok(None),
            Some(_) => Err(Fault::usage("PAYMENT_GATEWAY_URL needs STRIPE_SECRET_KEY beside it")),
        };
    };
    charge_at(settings, url.unwrap_or(STRIPE), key).map(Some)
}

/// The gateway at an address, as often at a time as the settings allow.
pub(crate) fn charge_at(settings: &Settings, url: &str, key: &str) -> Result<StripeGateway, Fault> {
    let gateway = StripeGateway::new(url, key).map_err(|e| Fault::usage(e.to_string()))?;
    Ok(gateway.with_calls(settings.gateway_calls))
}

/// What a server at `address` knows of the network around it.
pub(crate) fn edge(
    settings: &Settings,
    public_url: &str,
    address: SocketAddr,
) -> Result<Edge, Fault> {
    let site = Site::new(public_url, address.ip().is_loopback(), &settings.hosts);
    let site = site.map_err(|e| Fault::usage(format!("COMANDA_PUBLIC_URL: {e}")))?;
    let caps = Caps { all: connections(settings), of_address: settings.connections_per_address };
    let proxies = settings.trusted_proxies.clone();
    Ok(Edge { site: Arc::new(site), proxies, caps, patience: Patience::default() })
}

/// Connections at a time: as the settings say, or as many as leave half of the files to everything else.
fn connections(settings: &Settings) -> usize {
    let of_files = || (limits::open_files() / 2).clamp(MIN_CONNECTIONS, MAX_CONNECTIONS);
    settings.connections.unwrap_or_else(of_files)
}

/// Event streams of customers at a time: three quarters of the connections. The rest is for requests,
/// probes and staff.
pub(crate) fn streams(settings: &Settings) -> usize {
    connections(settings) / 4 * 3
}

/// The mail server at an address.
pub(crate) fn mailer(settings: &Settings, url: &str) -> Result<SmtpMailer, Fault> {
    SmtpMailer::new(url, &settings.mail_from).map_err(|e| Fault::usage(e.to_string()))
}

/// Access by secret, staff token and the sessions in the database; cookies keep to HTTPS where the
/// shop does.
pub(crate) fn access(
    secret: &str,
    staff_token: &str,
    public_url: &str,
    database: &Database,
) -> Result<Access, Fault> {
    let short = || Fault::usage("COMANDA_SECRET must have at least 16 characters");
    let secret = Secret::new(secret).ok_or_else(short)?;
    let staff = Arc::new(SqlStaff::new(database.clone()));
    let sessions = Sessions::new(staff, Arc::new(SystemClock));
    Ok(Access::new(secret, staff_token, public_url.starts_with("https://"), sessions))
}
