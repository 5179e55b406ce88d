//! `comanda up`: everything, embedded where nothing else is named.

use std::{
    net::{Ipv4Addr, SocketAddr},
    process::ExitCode,
    time::Duration,
};

use clap::Args;
use kafka::{create_topics, is_probing};
use sql::without_password;
use test_gateway::{Faults, Webhooks};
use tokio::{
    net::TcpListener,
    time::{Instant, sleep_until, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::{
    config::Settings,
    connect::{TEST_KEY, charge_at, gateway, is_test_key, kafka, mailer, open, publisher},
    data::{DataFolder, Endpoints},
    demo,
    embedded::Embedded,
    fault::Fault,
    gateway::told_faults,
    groups::plans,
    limits, mailbox,
    run::{access, edge, streams},
    say,
    serve::{bind, serve},
    service::Service,
    signals::stop_at_signal,
    wiring::{Assembly, Parts, assemble},
    workers::Failed,
};

/// How long all of the start may take before something must be wrong. Whoever waits is told within
/// half a minute, with what has to be stopped again.
const READY_WITHIN: Duration = Duration::from_secs(25);
/// Between two looks at probes that are at work; they pause between two ranges.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(5);
/// How long what has started may take to stop after a start that failed.
const GIVE_UP_WITHIN: Duration = Duration::from_secs(3);

#[derive(Debug, Args)]
pub(crate) struct UpArgs {
    /// Do not publish demo restaurants into an empty system
    #[arg(long, env = "COMANDA_NO_DEMO")]
    pub(crate) no_demo: bool,
}

/// Starts everything and works until a signal.
pub(crate) async fn up(settings: Settings, args: &UpArgs) -> Result<ExitCode, Fault> {
    limits::refuse_few_files()?;
    let stop = stop_at_signal()?;
    let data = DataFolder::open(&settings.data)?;
    // Before there is anything that was made with it.
    let secret = match &settings.secret {
        Some(secret) => secret.clone(),
        None => data.own_secret()?,
    };
    let listener = bind(SocketAddr::new(settings.host, settings.port.unwrap_or(8080))).await?;
    let webhooks = webhooks(&settings, &data, &listener)?;
    let secrets = match &webhooks {
        Some((_, secret)) => vec![secret.clone()],
        None => settings.stripe_webhook_secrets.clone(),
    };
    let (secret, stripe_webhook_secrets) = (Some(secret), secrets);
    let settings = Settings { stripe_webhook_secrets, secret, ..settings };
    let to = webhooks.map(|(to, _)| to);
    let embedded = Embedded::start(&settings, &data, to).await?;
    let code = work(&settings, args, &data, &embedded, listener, stop).await;
    embedded.shutdown().await;
    code
}

/// Where the embedded gateway sends its events, and with which secret it signs them. Without faults
/// there is nothing that they could tell sooner than an answer does, so it sends none.
fn webhooks(
    settings: &Settings,
    data: &DataFolder,
    listener: &TcpListener,
) -> Result<Option<(Webhooks, String)>, Fault> {
    if settings.gateway_faults == Faults::default() {
        return Ok(None);
    }
    let address = listener.local_addr().map_err(|e| Fault::system(e.to_string()))?;
    let secret = data.secret("webhook-secret")?;
    // Bound to every address, it is reached at this machine's own.
    let host =
        if address.ip().is_unspecified() { Ipv4Addr::LOCALHOST.into() } else { address.ip() };
    let url = format!("http://{}/webhooks/stripe", SocketAddr::new(host, address.port()));
    let webhooks = Webhooks::new(&url, [secret.as_str()]);
    Ok(Some((webhooks.map_err(|e| Fault::system(e.to_string()))?, secret)))
}

async fn work(
    settings: &Settings,
    args: &UpArgs,
    data: &DataFolder,
    embedded: &Embedded,
    listener: TcpListener,
    stop: CancellationToken,
) -> Result<ExitCode, Fault> {
    let address = listener.local_addr().map_err(|e| Fault::system(e.to_string()))?;
    let endpoints = endpoints(settings, data, embedded, address);
    let staff_token = match &settings.staff_token {
        Some(token) => token.clone(),
        None => data.secret("staff-token")?,
    };
    // A token that somebody chose is known to them, and has no place on a screen.
    let made_token = settings.staff_token.is_none().then_some(staff_token.as_str());
    let deadline = Instant::now() + READY_WITHIN;
    let parts = parts(settings, embedded, &endpoints, &staff_token);
    let parts = timeout_at(deadline, parts).await.map_err(|_| {
        Fault::unavailable(format!(
            "the database does not answer within {} s",
            READY_WITHIN.as_secs()
        ))
    })??;
    let edge = edge(settings, &parts.public_url, address)?;
    create_topics(&parts.kafka, &plans(), deadline.saturating_duration_since(Instant::now()))
        .await?;
    let mut assembly = assemble(&parts, Service::ALL)?;
    if let Some(mail) = &embedded.mail {
        let routes = mailbox::routes(mail.mailbox(), parts.access.clone());
        assembly.routes = std::mem::take(&mut assembly.routes).merge(routes);
    }
    let routes = std::mem::take(&mut assembly.routes);
    let server = tokio::spawn(serve(listener, routes, edge, stop.clone()));
    let code = tokio::select! {
        ready = ready(&assembly, &parts, args, deadline) => match ready {
            Ok(()) => {
                data.write_endpoints(&endpoints)?;
                announce(&endpoints, made_token, embedded);
                if let Some(fails) = told_faults(settings) {
                    say::line(fails);
                }
                say::line("\nPress Ctrl-C to stop.");
                until_stopped(embedded, assembly.workers.failed(), &stop).await
            }
            Err(fault) => Err(fault),
        },
        () = stop.cancelled() => Ok(ExitCode::SUCCESS),
    };
    stop.cancel();
    let stopped = async {
        let _ = server.await;
        assembly.workers.drain().await;
        parts.database.close().await;
    };
    match code {
        Ok(_) => stopped.await,
        // What does not answer would hold up the reason.
        Err(_) => drop(timeout(GIVE_UP_WITHIN, stopped).await),
    }
    code
}

async fn until_stopped(
    embedded: &Embedded,
    mut failed: Failed,
    stop: &CancellationToken,
) -> Result<ExitCode, Fault> {
    tokio::select! {
        fault = failed.wait() => Err(fault),
        () = stop.cancelled() => Ok(ExitCode::SUCCESS),
        reason = embedded.log_failed() => {
            let told = format!("the local log has stopped: {reason}; nothing acknowledged is lost");
            Err(Fault::system(told))
        }
    }
}

fn endpoints(
    settings: &Settings,
    data: &DataFolder,
    embedded: &Embedded,
    address: SocketAddr,
) -> Endpoints {
    let real = |url: &Option<String>| url.clone().unwrap_or_default();
    let database = || format!("sqlite:{}", data.path("comanda.db").display());
    Endpoints {
        http: format!("http://{address}"),
        kafka: match &embedded.log {
            Some(log) => log.address().to_string(),
            None => real(&settings.kafka_brokers),
        },
        topic_prefix: settings.topic_prefix.clone(),
        database: settings.database_url.clone().unwrap_or_else(database),
        gateway: match &embedded.gateway {
            Some(gateway) => format!("http://{}", gateway.address()),
            None => real(&settings.payment_gateway_url),
        },
        smtp: match &embedded.mail {
            Some(mail) => format!("smtp://{}", mail.address()),
            None => real(&settings.smtp_url),
        },
    }
}

async fn parts(
    settings: &Settings,
    embedded: &Embedded,
    endpoints: &Endpoints,
    staff_token: &str,
) -> Result<Parts, Fault> {
    let public_url = settings.public_url.clone().unwrap_or_else(|| endpoints.http.clone());
    let mut kafka = kafka(settings, &endpoints.kafka);
    if embedded.log.is_some() {
        // A request to this very process costs little.
        kafka.linger_ms = 3;
        // Its folder is locked, so there is no second one; after a crash, this one goes on at once.
        kafka.name_members("up");
    }
    let gateway = match &embedded.gateway {
        Some(_) => Some(charge_at(settings, &endpoints.gateway, TEST_KEY)?),
        None => gateway(settings)?,
    };
    let key = settings.stripe_secret_key.as_deref();
    let database = open(&endpoints.database, settings.database_connections).await?;
    Ok(Parts {
        publisher: publisher(&kafka)?,
        kafka,
        access: access(
            settings.secret.as_deref().unwrap_or_default(),
            staff_token,
            &public_url,
            &database,
        )?,
        database,
        gateway,
        webhook_secrets: settings.stripe_webhook_secrets.clone(),
        mailer: Some(mailer(settings, &endpoints.smtp)?),
        public_url,
        orders_per_minute: settings.orders_per_minute,
        orders_per_recipient: settings.orders_per_recipient,
        streams_per_address: settings.streams_per_address,
        streams: streams(settings),
        timers_after: settings.timers_after,
        test_gateway: embedded.gateway.is_some() || is_test_key(key),
        mailbox: embedded.mail.is_some(),
    })
}

/// Waits until every part has caught up, and fills an empty system with demo restaurants; says by
/// `deadline` what it still waits for.
async fn ready(
    assembly: &Assembly,
    parts: &Parts,
    args: &UpArgs,
    deadline: Instant,
) -> Result<(), Fault> {
    let mut failed = assembly.workers.failed();
    tokio::select! {
        fault = failed.wait() => Err(fault),
        begun = begin(assembly, parts, args) => begun,
        () = late(deadline) => Err(Fault::unavailable(not_ready(&assembly.health.waits()))),
    }
}

/// Until the time is over, and no probe looks for the end of a range that nobody can read: that takes
/// as long as the range is, and ends.
async fn late(deadline: Instant) {
    sleep_until(deadline).await;
    if is_probing() {
        say::line("Records that nobody can read are passed over; a long range takes a while.");
    }
    while is_probing() {
        tokio::time::sleep(LOOK_AGAIN_AFTER).await;
    }
}

/// One line, whatever it waits for.
fn not_ready(waits: &[String]) -> String {
    let seconds = READY_WITHIN.as_secs();
    match waits {
        [] => format!("not ready after {seconds} s: still waiting for the demo restaurants"),
        waits => format!("not ready after {seconds} s: still {}", waits.join("; ")),
    }
}

async fn begin(assembly: &Assembly, parts: &Parts, args: &UpArgs) -> Result<(), Fault> {
    while !assembly.health.waiting_for().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    if !args.no_demo && demo::is_wanted(&assembly.catalog.shops()) {
        demo::publish(&parts.publisher).await?;
        // Ready means that somebody can order.
        while demo::is_wanted(&assembly.catalog.shops()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    Ok(())
}

fn announce(endpoints: &Endpoints, staff_token: Option<&str>, embedded: &Embedded) {
    let http = &endpoints.http;
    let staff = |page: &str| format!("{http}{page}");
    say::line(format!("Comanda {} is ready.\n", env!("CARGO_PKG_VERSION")));
    say::line(format!("  Order            {http}/"));
    let sign_in = match staff_token {
        Some(token) => format!("{http}/sign-in?token={token}"),
        None => format!("{http}/sign-in  (with the staff token that you have set)"),
    };
    say::line(format!("  Staff sign-in    {sign_in}"));
    say::line(format!("  Kitchen          {}", staff("/kitchen")));
    say::line(format!("  Analytics        {}", staff("/analytics")));
    say::line(format!("  Back office      {}", staff("/backoffice")));
    if embedded.mail.is_some() {
        say::line(format!("  Mailbox          {}", staff("/mailbox")));
    }
    say::line("");
    let kind = |embedded, name| if embedded { name } else { "yours" };
    let log = kind(embedded.log.is_some(), "local log with the Kafka protocol");
    say::line(format!("  Kafka            {}  ({log})", endpoints.kafka));
    let sqlite = endpoints.database.starts_with("sqlite:");
    say::line(format!(
        "  Database         {}  ({})",
        without_password(&endpoints.database),
        kind(sqlite, "SQLite: one host only")
    ));
    say::line(format!(
        "  Payment gateway  {}  ({})",
        endpoints.gateway,
        kind(embedded.gateway.is_some(), "test gateway: no real money")
    ));
    say::line(format!(
        "  Mail             {}  ({})",
        endpoints.smtp,
        kind(embedded.mail.is_some(), "mail sink: nothing leaves this machine")
    ));
    if embedded.log.is_some() {
        say::line(
            "\nComanda runs on Apache Kafka. The local log is for trying it, or for one site",
        );
        say::line("without failover; set KAFKA_BROKERS to use a cluster.");
    }
}
