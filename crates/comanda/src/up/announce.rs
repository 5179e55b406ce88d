//! The message after a start.

use sql::without_password;

use crate::{data::Endpoints, embedded::Addresses, say};

pub(super) fn announce(endpoints: &Endpoints, staff_token: Option<&str>, embedded: Addresses) {
    let http = &endpoints.http;
    let staff = |page: &str| format!("{http}{page}");
    say::line(format!("Comanda {} is ready.\n", env!("CARGO_PKG_VERSION")));
    say::line(format!("  Order            {http}/"));
    let sign_in = match staff_token {
        Some(token) => format!("{http}/sign-in?token={token}"),
        None => format!("{http}/sign-in  (with your staff token)"),
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
