//! `comanda up`: all services in one process, with embedded parts unless others are set.

mod announce;
mod ready;

use std::{net::SocketAddr, process::ExitCode, time::Duration};

use clap::Args;
use kafka::create_topics;
use tokio::{
    net::TcpListener,
    time::{Instant, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;

use self::{
    announce::announce,
    ready::{READY_TIMEOUT, wait_until_ready},
};
use crate::{
    card_field::{card_field, is_for_tests},
    config::Settings,
    connect::{
        TEST_KEY, gateway, gateway_at, is_test_key, kafka_config, mailer, open_database, publisher,
    },
    data::{DataFolder, Endpoints},
    embedded::{Addresses, Embedded, describe_faults},
    fault::Fault,
    limits, output,
    register::{Service, plans},
    run::{access, max_streams, network_settings},
    serve::{bind, serve},
    signals::stop_at_signal,
    wiring::{Parts, assemble},
    workers::WorkerFailure,
};

/// Timeout for stopping the parts after a failed start.
const STOP_TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Debug, Args)]
pub(crate) struct UpArgs {
    /// Do not publish demo restaurants into an empty system
    #[arg(long, env = "COMANDA_NO_DEMO")]
    pub(crate) no_demo: bool,
}

/// Starts everything and runs until a signal.
pub(crate) async fn up(mut settings: Settings, args: &UpArgs) -> Result<ExitCode, Fault> {
    limits::refuse_few_files()?;
    let stop = stop_at_signal()?;
    let data = DataFolder::open(&settings.data)?;
    // Before any data that depends on it exists.
    let secret = match &settings.secret {
        Some(secret) => secret.clone(),
        None => data.installation_secret()?,
    };
    let listener = bind(SocketAddr::new(settings.host, settings.port.unwrap_or(8080))).await?;
    let address = listener.local_addr().map_err(Fault::system)?;
    settings.secret = Some(secret);
    let embedded = Embedded::start(&mut settings, &data, address).await?;
    let code = run_process(&settings, args, &data, &embedded, listener, stop).await;
    embedded.shutdown().await;
    code
}

async fn run_process(
    settings: &Settings,
    args: &UpArgs,
    data: &DataFolder,
    embedded: &Embedded,
    listener: TcpListener,
    stop: CancellationToken,
) -> Result<ExitCode, Fault> {
    let address = listener.local_addr().map_err(Fault::system)?;
    let stand_ins = embedded.addresses();
    let endpoints = endpoints(settings, data, stand_ins, address);
    let staff_token = match &settings.staff_token {
        Some(token) => token.clone(),
        None => data.load_or_create_secret("staff-token")?,
    };
    // Only a generated token is shown; one from the settings is known to its owner.
    let made_token = settings.staff_token.is_none().then_some(staff_token.as_str());
    let deadline = Instant::now() + READY_TIMEOUT;
    let parts = open_parts(settings, stand_ins, &endpoints, &staff_token);
    let parts = timeout_at(deadline, parts).await.map_err(|_| {
        Fault::unavailable(format!(
            "the database does not answer within {} s",
            READY_TIMEOUT.as_secs()
        ))
    })??;
    let network = network_settings(settings, &parts.public_url, address)?;
    create_topics(&parts.kafka, &plans(), deadline.saturating_duration_since(Instant::now()))
        .await?;
    let mut assembly = assemble(&parts, Service::ALL)?;
    let routes = std::mem::take(&mut assembly.routes).merge(embedded.mailbox(&parts.access));
    output::log_faults();
    let server = tokio::spawn(serve(listener, routes, network, stop.clone()));
    let code = tokio::select! {
        ready = wait_until_ready(&assembly, &parts, args, deadline) => match ready
            .and_then(|()| data.write_endpoints(&endpoints))
        {
            Ok(()) => {
                announce(&endpoints, made_token, stand_ins);
                if let Some(fails) = describe_faults(settings) {
                    output::print_line(fails);
                }
                output::print_line("\nPress Ctrl-C to stop.");
                wait_for_end(embedded, assembly.workers.failure(), &stop).await
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
        // A part that does not answer must not delay the error.
        Err(_) => drop(timeout(STOP_TIMEOUT, stopped).await),
    }
    code
}

async fn wait_for_end(
    embedded: &Embedded,
    mut failed: WorkerFailure,
    stop: &CancellationToken,
) -> Result<ExitCode, Fault> {
    tokio::select! {
        fault = failed.wait() => Err(fault),
        () = stop.cancelled() => Ok(ExitCode::SUCCESS),
        reason = embedded.wait_for_log_failure() => {
            let problem = format!("the local log has failed: {reason}; nothing acknowledged is lost");
            Err(Fault::system(problem))
        }
    }
}

fn endpoints(
    settings: &Settings,
    data: &DataFolder,
    stand_ins: Addresses,
    address: SocketAddr,
) -> Endpoints {
    let real = |url: &Option<String>| url.clone().unwrap_or_default();
    let database = || format!("sqlite:{}", data.path("comanda.db").display());
    Endpoints {
        http: format!("http://{address}"),
        kafka: match stand_ins.log {
            Some(address) => address.to_string(),
            None => real(&settings.kafka_brokers),
        },
        topic_prefix: settings.topic_prefix.clone(),
        database: settings.database_url.clone().unwrap_or_else(database),
        gateway: match stand_ins.gateway {
            Some(address) => format!("http://{address}"),
            None => real(&settings.payment_gateway_url),
        },
        smtp: match stand_ins.mail {
            Some(address) => format!("smtp://{address}"),
            None => real(&settings.smtp_url),
        },
    }
}

async fn open_parts(
    settings: &Settings,
    stand_ins: Addresses,
    endpoints: &Endpoints,
    staff_token: &str,
) -> Result<Parts, Fault> {
    let public_url = settings.public_url.clone().unwrap_or_else(|| endpoints.http.clone());
    let mut kafka = kafka_config(settings, &endpoints.kafka);
    if stand_ins.log.is_some() {
        // Requests to a log in this process are cheap.
        kafka.linger_ms = 3;
        // The folder is locked, so member names are unique; after a crash the member resumes at
        // once.
        kafka.name_members("up");
    }
    let gateway = match stand_ins.gateway {
        Some(_) => Some(gateway_at(settings, &endpoints.gateway, TEST_KEY)?),
        None => gateway(settings)?,
    };
    let key = settings.stripe_secret_key.as_deref();
    let card_field = card_field(settings, stand_ins.gateway)?;
    let database = open_database(&endpoints.database, settings.database_connections).await?;
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
        mailer: Some(mailer(settings, &endpoints.smtp)?),
        public_url,
        streams: max_streams(settings),
        has_test_gateway: stand_ins.gateway.is_some()
            || is_test_key(key)
            || is_for_tests(card_field.as_ref()),
        card_field,
        has_mailbox: stand_ins.mail.is_some(),
        settings: settings.clone(),
    })
}
