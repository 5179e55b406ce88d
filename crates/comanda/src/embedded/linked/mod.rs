//! The stand-ins of a build that has them: those without an address in the settings run in this
//! process.

mod gateway;
mod mailbox;
mod webhooks;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use axum::Router;
use clap::Command;
use domain::causes::with_causes;
use local_log::LocalLog;
use mail_sink::MailSink;
use test_gateway::{Faults, Gateway, Webhooks};
use web::Access;

pub(crate) use self::gateway::gateway;
use super::Addresses;
use crate::{config::Settings, data::DataFolder, fault::Fault};

/// Examples of `comanda up` in the help.
pub(crate) const EXAMPLES: &str = "
  comanda up                            everything, nothing to install, on http://127.0.0.1:8080
  comanda up --port 9000 --data /srv/c  elsewhere
  comanda up --gateway-faults all=0.05  the same, with a payment gateway that often fails";
/// The end of the help.
pub(crate) const NOTE: &str =
    "Comanda runs on Apache Kafka. To try it, or for one site without failover, `comanda up` starts a
local log that speaks the Kafka protocol; with KAFKA_BROKERS set it uses that cluster instead.";

/// The parts that run inside this process; `None` where an external one is used.
pub(crate) struct Embedded {
    log: Option<LocalLog>,
    gateway: Option<Gateway>,
    mail: Option<MailSink>,
}

impl Embedded {
    /// Starts the parts that have no address in the settings. With faults, the gateway sends signed
    /// webhooks to `shop`, and the settings get their secret.
    pub(crate) async fn start(
        settings: &mut Settings,
        data: &DataFolder,
        shop: SocketAddr,
    ) -> Result<Self, Fault> {
        let webhooks = webhooks::webhooks_to(shop, settings, data)?;
        let faults = settings.gateway_faults.clone();
        let start_gateway =
            |listen, folder: PathBuf| start_gateway(listen, folder, faults, webhooks);
        let (log, gateway, mail) = tokio::join!(
            start_unless(
                settings.kafka_brokers.is_some(),
                settings.kafka_port,
                data.path("log"),
                start_log
            ),
            start_unless(
                settings.payment_gateway_url.is_some() || settings.stripe_secret_key.is_some(),
                settings.gateway_port,
                data.path("gateway"),
                start_gateway
            ),
            start_unless(
                settings.smtp_url.is_some(),
                settings.smtp_port,
                data.path("mail"),
                start_mail
            ),
        );
        Ok(Self { log: log?, gateway: gateway?, mail: mail? })
    }

    /// Where the parts listen.
    pub(crate) fn addresses(&self) -> Addresses {
        Addresses {
            log: self.log.as_ref().map(LocalLog::address),
            gateway: self.gateway.as_ref().map(Gateway::address),
            mail: self.mail.as_ref().map(MailSink::address),
        }
    }

    /// Routes that show the mails which have been received, if they are received here.
    pub(crate) fn mailbox(&self, access: &Access) -> Router {
        let routes = |mail: &MailSink| mailbox::routes(mail.mailbox(), access.clone());
        self.mail.as_ref().map(routes).unwrap_or_default()
    }

    /// Stops the parts, the log last, since the others may still publish.
    pub(crate) async fn shutdown(self) {
        if let Some(gateway) = self.gateway {
            gateway.shutdown().await;
        }
        if let Some(mail) = self.mail {
            mail.shutdown().await;
        }
        if let Some(log) = self.log {
            log.shutdown().await;
        }
    }

    /// Waits until the embedded log fails, and returns the reason. Never resolves without one.
    pub(crate) async fn wait_for_log_failure(&self) -> String {
        match &self.log {
            Some(log) => log.wait_for_failure().await,
            None => std::future::pending().await,
        }
    }
}

async fn start_unless<T, F>(
    is_external: bool,
    port: u16,
    folder: PathBuf,
    start: impl FnOnce(SocketAddr, PathBuf) -> F,
) -> Result<Option<T>, Fault>
where
    F: Future<Output = Result<T, Fault>>,
{
    if is_external {
        return Ok(None);
    }
    start(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), folder).await.map(Some)
}

fn startup_fault(option: &str, error: &dyn std::error::Error) -> Fault {
    Fault::unavailable(format!("{} ({option})", with_causes(error)))
}

async fn start_log(listen: SocketAddr, folder: impl AsRef<Path>) -> Result<LocalLog, Fault> {
    let mut config = local_log::Config::new(listen, folder.as_ref().to_owned());
    // The default of Apache Kafka.
    config.auto_create_topics = true;
    // Orders are kept, even in topics that were created automatically.
    config.retention_ms = -1;
    LocalLog::start(config).await.map_err(|e| startup_fault("local log, --kafka-port", &e))
}

/// The test gateway, with its books in `folder`.
async fn start_gateway(
    listen: SocketAddr,
    folder: impl AsRef<Path>,
    faults: Faults,
    webhooks: Option<Webhooks>,
) -> Result<Gateway, Fault> {
    let mut config = test_gateway::Config::new(listen, folder.as_ref());
    (config.faults, config.webhooks) = (faults, webhooks);
    Gateway::start(config).await.map_err(|e| startup_fault("test gateway, --gateway-port", &e))
}

async fn start_mail(listen: SocketAddr, folder: impl AsRef<Path>) -> Result<MailSink, Fault> {
    let mut config = mail_sink::Config::new(listen, folder.as_ref());
    // For trying out refused mails. No real mail is lost, since none leaves this machine.
    config.may_refuse_by_address = true;
    MailSink::start(config).await.map_err(|e| startup_fault("mail sink, --smtp-port", &e))
}

/// The command line as it is: nothing is missing.
pub(crate) fn offered_command(command: Command) -> Command {
    command
}
