//! The embedded parts of `comanda up`: what nobody has to install.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use local_log::LocalLog;
use mail_sink::MailSink;
use test_gateway::{Faults, Gateway, Webhooks};

use crate::{config::Settings, data::DataFolder, fault::Fault};

/// The parts that run inside this process; `None` where a real one is used.
pub(crate) struct Embedded {
    pub(crate) log: Option<LocalLog>,
    pub(crate) gateway: Option<Gateway>,
    pub(crate) mail: Option<MailSink>,
}

impl Embedded {
    /// Starts what has no address in the settings. The gateway sends webhooks, if any are wanted.
    pub(crate) async fn start(
        settings: &Settings,
        data: &DataFolder,
        webhooks: Option<Webhooks>,
    ) -> Result<Self, Fault> {
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

    /// Stops the parts, the log last: everything else may still have something to say.
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

    /// Resolves if the log stops by itself, with the reason.
    pub(crate) async fn log_failed(&self) -> String {
        match &self.log {
            Some(log) => log.wait_for_failure().await,
            None => std::future::pending().await,
        }
    }
}

async fn start_unless<T, F>(
    real: bool,
    port: u16,
    folder: PathBuf,
    start: impl FnOnce(SocketAddr, PathBuf) -> F,
) -> Result<Option<T>, Fault>
where
    F: Future<Output = Result<T, Fault>>,
{
    if real {
        return Ok(None);
    }
    start(Settings::local(port), folder).await.map(Some)
}

fn told(option: &str, error: &dyn std::fmt::Display) -> Fault {
    Fault::unavailable(format!("{error} ({option})"))
}

async fn start_log(listen: SocketAddr, folder: impl AsRef<Path>) -> Result<LocalLog, Fault> {
    let mut config = local_log::Config::new(listen, folder.as_ref().to_owned());
    // As Apache Kafka does unless it is told not to.
    config.auto_create_topics = true;
    // Orders are kept, also in topics that came into being by use.
    config.retention_ms = -1;
    LocalLog::start(config).await.map_err(|e| told("local log, --kafka-port", &e))
}

/// The test gateway, with its books in `folder`.
pub(crate) async fn start_gateway(
    listen: SocketAddr,
    folder: impl AsRef<Path>,
    faults: Faults,
    webhooks: Option<Webhooks>,
) -> Result<Gateway, Fault> {
    let mut config = test_gateway::Config::new(listen, folder.as_ref());
    (config.faults, config.webhooks) = (faults, webhooks);
    Gateway::start(config).await.map_err(|e| told("test gateway, --gateway-port", &e))
}

async fn start_mail(listen: SocketAddr, folder: impl AsRef<Path>) -> Result<MailSink, Fault> {
    let mut config = mail_sink::Config::new(listen, folder.as_ref());
    // Nothing leaves this machine, so a refusal costs nobody a mail and lets somebody see one.
    config.refuse_by_address = true;
    MailSink::start(config).await.map_err(|e| told("mail sink, --smtp-port", &e))
}
