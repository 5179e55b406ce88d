//! A build without stand-ins: it starts none, and its errors say what to set instead.

use std::{net::SocketAddr, process::ExitCode};

use axum::Router;
use clap::Command;
use web::Access;

use super::Addresses;
use crate::{
    config::{DATA, EMBED, Settings},
    data::DataFolder,
    fault::Fault,
};

/// Examples of `comanda up` in the help.
pub(crate) const EXAMPLES: &str = "
  comanda up                            all services in this process, on http://127.0.0.1:8080
  comanda up --port 9000 --data /srv/c  elsewhere";
/// The end of the help.
pub(crate) const NOTE: &str = "Comanda runs on Apache Kafka.";

/// No part runs inside this process.
pub(crate) struct Embedded;

#[expect(clippy::unused_self, reason = "the interface of a build with stand-ins")]
impl Embedded {
    pub(crate) async fn start(
        _: &mut Settings,
        _: &DataFolder,
        _: SocketAddr,
    ) -> Result<Self, Fault> {
        Ok(Self)
    }

    pub(crate) fn addresses(&self) -> Addresses {
        Addresses::default()
    }

    pub(crate) fn mailbox(&self, _: &Access) -> Router {
        Router::new()
    }

    pub(crate) async fn wait_for_log_failure(&self) -> String {
        std::future::pending().await
    }

    pub(crate) async fn shutdown(self) {}
}

/// Refuses to start the test gateway.
pub(crate) async fn gateway(_: Settings) -> Result<ExitCode, Fault> {
    Err(Fault::usage(
        "this build has no test gateway: use one with the feature `embedded`, or set \
         STRIPE_SECRET_KEY where `transactions` runs",
    ))
}

/// Settings whose help names a stand-in, with their help in this build.
const HELP: &[(&str, &str)] = &[
    ("data", "Folder of the data of `up`, and of the addresses by which other commands find it"),
    ("payment_gateway_url", "Payment gateway with Stripe's API [default: Stripe's]"),
    (
        "smtp_url",
        "Mail server: `smtps://user:password@host`, or `smtp://host:port` with `?tls=required`; \
         also `ca=/path/ca.pem` and `timeout_s=20`",
    ),
];

/// The command line with help that names no stand-in. What is hidden is still read, so that one set
/// of variables serves builds of both kinds.
pub(crate) fn offered_command(command: Command) -> Command {
    let command = command.mut_args(|arg| {
        let is_for_stand_ins = arg.get_help_heading() == Some(EMBED);
        let help = HELP.iter().find(|(id, _)| arg.get_id() == id);
        let is_hidden = is_for_stand_ins || arg.is_hide_set();
        let arg = arg.hide(is_hidden);
        let arg = match arg.get_help_heading() == Some(DATA) {
            true => arg.help_heading("Settings of all commands but load"),
            false => arg,
        };
        match help {
            Some((_, help)) => arg.help(*help),
            None => arg,
        }
    });
    let command = command.mut_subcommand("gateway", |gateway| gateway.hide(true));
    command.mut_subcommand("up", |up| up.about("Start all services in one process"))
}
