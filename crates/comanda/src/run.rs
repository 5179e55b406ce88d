//! `comanda run`: some services against external parts.

use std::{net::SocketAddr, process::ExitCode, sync::Arc, time::Duration};

use clap::Args;
use clock::SystemClock;
use kafka::create_topics;
use sql::{Database, SqlStaff};
use tokio_util::sync::CancellationToken;
use web::{Access, Sessions, Site, secret::Secret};

use crate::{
    card_field::{card_field, is_for_tests},
    config::Settings,
    connect::{gateway, is_test_key, kafka_config, mailer, open_database, publisher},
    fault::{Fault, enumerate},
    limits, output,
    register::{Service, plans},
    serve::{ConnectionLimits, NetworkSettings, Timeouts, bind, serve},
    signals::stop_at_signal,
    stand_ins,
    wiring::{Assembly, Parts, assemble},
};

/// Bounds of the default for `--connections`.
const MIN_CONNECTIONS: usize = 64;
const MAX_CONNECTIONS: usize = 20_000;

/// Timeout until every partition of new topics has a leader.
const TOPICS_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Which services
    #[arg(required = true)]
    pub(crate) services: Vec<Service>,
}

/// Starts services and runs them until a signal.
pub(crate) async fn run(settings: Settings, args: &RunArgs) -> Result<ExitCode, Fault> {
    let services = args.services.as_slice();
    refuse_missing(&settings, services)?;
    let given = |value: Option<&String>| value.cloned().unwrap_or_default();
    let brokers = given(settings.kafka_brokers.as_ref());
    let database = given(settings.database_url.as_ref());
    let (secret, staff_token) =
        (given(settings.secret.as_ref()), given(settings.staff_token.as_ref()));
    let port = settings.port.or(services.first().map(|s| s.declaration().port)).unwrap_or(8080);
    let stop = stop_at_signal()?;
    let listener = bind(SocketAddr::new(settings.host, port)).await?;
    let address = listener.local_addr().map_err(Fault::system)?;
    let public_url = settings.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let network = network_settings(&settings, &public_url, address)?;
    let kafka = kafka_config(&settings, &brokers);
    create_topics(&kafka, &plans(), TOPICS_TIMEOUT).await?;
    let database = open_database(&database, settings.database_connections).await?;
    let card_field = card_field(&settings, None)?;
    let is_for_tests = is_for_tests(card_field.as_ref());
    let parts = Parts {
        publisher: publisher(&kafka)?,
        kafka,
        access: access(&secret, &staff_token, &public_url, &database)?,
        database,
        gateway: gateway(&settings)?,
        mailer: settings.smtp_url.as_deref().map(|url| mailer(&settings, url)).transpose()?,
        public_url,
        streams: max_streams(&settings),
        has_test_gateway: is_for_tests || is_test_key(settings.stripe_secret_key.as_deref()),
        card_field,
        has_mailbox: false,
        settings,
    };
    let assembly = assemble(&parts, services)?;
    output::print_line(format!("{} on http://{address}", service_names(services)));
    let ended = serve_until_stopped(assembly, listener, network, stop).await;
    parts.database.close().await;
    ended.map(|()| ExitCode::SUCCESS)
}

/// Serves until `stop`, or until a worker fails; then drains.
async fn serve_until_stopped(
    assembly: Assembly,
    listener: tokio::net::TcpListener,
    network: NetworkSettings,
    stop: CancellationToken,
) -> Result<(), Fault> {
    output::log_faults();
    let mut failed = assembly.workers.failure();
    let server = serve(listener, assembly.routes, network, stop.clone());
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

fn service_names(services: &[Service]) -> String {
    let names: Vec<_> = services.iter().map(|service| service.declaration().name).collect();
    names.join(", ")
}

/// Refuses to start without the settings that the services need, and names all missing ones.
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
    let are = match names.len() {
        0 => return Ok(()),
        1 => "is",
        _ => "are",
    };
    let hint = match stand_ins::IS_LINKED {
        true => "; `comanda up` starts everything with nothing to set",
        false => "",
    };
    Err(Fault::usage(format!("{} {are} not set{hint}", enumerate(&names))))
}

/// The network settings of a server at `address`.
pub(crate) fn network_settings(
    settings: &Settings,
    public_url: &str,
    address: SocketAddr,
) -> Result<NetworkSettings, Fault> {
    let site = Site::new(public_url, address.ip().is_loopback(), &settings.hosts());
    let site = site.map_err(|e| Fault::usage("COMANDA_PUBLIC_URL").with_cause(e))?;
    let limits = ConnectionLimits {
        all: max_connections(settings),
        per_address: settings.connections_per_address,
    };
    let proxies = settings.trusted_proxies.clone();
    Ok(NetworkSettings { site: Arc::new(site), proxies, limits, timeouts: Timeouts::default() })
}

/// Maximum number of connections: that of the settings, or half of the files that may be open.
fn max_connections(settings: &Settings) -> usize {
    let of_files = || (limits::max_open_files() / 2).clamp(MIN_CONNECTIONS, MAX_CONNECTIONS);
    settings.connections.unwrap_or_else(of_files)
}

/// Maximum number of customers' event streams: three quarters of the connections. The rest is for
/// requests, probes and staff.
pub(crate) fn max_streams(settings: &Settings) -> usize {
    max_connections(settings) / 4 * 3
}

/// Access by secret, staff token and the sessions in the database. Cookies are restricted to HTTPS
/// if the shop's address is.
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
