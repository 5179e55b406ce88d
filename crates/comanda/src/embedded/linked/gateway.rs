//! `comanda gateway`: the test gateway alone, for systems of several processes.

use std::{net::SocketAddr, process::ExitCode};

use test_gateway::Webhooks;

use super::{super::describe_faults, start_gateway};
use crate::{
    config::Settings, connect::TEST_KEY, data::DataFolder, fault::Fault, output,
    signals::stop_at_signal,
};

/// Serves test payments until a signal.
pub(crate) async fn gateway(settings: Settings) -> Result<ExitCode, Fault> {
    let stop = stop_at_signal()?;
    let data = DataFolder::open(&settings.data)?;
    let listen = SocketAddr::new(settings.host, settings.gateway_port);
    let (faults, webhooks) = (settings.gateway_faults.clone(), webhooks(&settings)?);
    let sends = webhooks.as_ref().map(|webhooks| format!("Webhooks go to {}", webhooks.url()));
    let gateway = start_gateway(listen, data.path("gateway"), faults, webhooks).await?;
    output::print_line(format!(
        "Test gateway (no real money) on http://{}; any key is taken that begins with sk_test_, \
         for example {TEST_KEY}",
        gateway.address()
    ));
    if let Some(fails) = describe_faults(&settings) {
        output::print_line(fails);
    }
    if let Some(sends) = sends {
        output::print_line(sends);
    }
    stop.cancelled().await;
    gateway.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

fn webhooks(settings: &Settings) -> Result<Option<Webhooks>, Fault> {
    let Some(url) = &settings.webhook_url else { return Ok(None) };
    let secrets = settings.webhook_secrets();
    if secrets.is_empty() {
        let problem =
            "--webhook-url needs STRIPE_WEBHOOK_SECRET in the environment: webhooks are signed";
        return Err(Fault::usage(problem));
    }
    let webhooks = Webhooks::new(url, secrets.iter().map(String::as_str));
    webhooks.map(Some).map_err(|e| Fault::usage(format!("{e} (--webhook-url)")))
}
