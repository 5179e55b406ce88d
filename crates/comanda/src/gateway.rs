//! `comanda gateway`: the test gateway by itself, for systems of several processes.

use std::{net::SocketAddr, process::ExitCode};

use crate::{
    config::Settings,
    data::DataFolder,
    embedded::{TEST_KEY, start_gateway},
    fault::Fault,
    say,
    signals::stop_at_signal,
};

/// Serves payments of no real money until a signal.
pub(crate) async fn gateway(settings: Settings) -> Result<ExitCode, Fault> {
    let stop = stop_at_signal()?;
    let data = DataFolder::open(&settings.data)?;
    let listen = SocketAddr::new(settings.host, settings.gateway_port);
    let gateway = start_gateway(listen, data.path("gateway")).await?;
    say::line(format!(
        "Test gateway (no real money) on http://{}; any key is taken that begins with sk_test_, \
         for example {TEST_KEY}",
        gateway.address()
    ));
    stop.cancelled().await;
    gateway.shutdown().await;
    Ok(ExitCode::SUCCESS)
}
