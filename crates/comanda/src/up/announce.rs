//! The message after a start.

use sql::without_password;

use crate::{data::Endpoints, embedded::Addresses, output};

pub(super) fn announce(endpoints: &Endpoints, staff_token: Option<&str>, embedded: Addresses) {
    let http = &endpoints.http;
    let staff = |page: &str| format!("{http}{page}");
    output::print_line(format!("Comanda {} is ready.\n", env!("CARGO_PKG_VERSION")));
    output::print_line(format!("  Order            {http}/"));
    let sign_in = match staff_token {
        Some(token) => format!("{http}/sign-in?token={token}"),
        None => format!("{http}/sign-in  (with your staff token)"),
    };
    output::print_line(format!("  Staff sign-in    {sign_in}"));
    output::print_line(format!("  Kitchen          {}", staff("/kitchen")));
    output::print_line(format!("  Analytics        {}", staff("/analytics")));
    output::print_line(format!("  Back office      {}", staff("/backoffice")));
    if embedded.mail.is_some() {
        output::print_line(format!("  Mailbox          {}", staff("/mailbox")));
    }
    output::print_line("");
    let kind = |embedded, name| if embedded { name } else { "yours" };
    let log = kind(embedded.log.is_some(), "local log with the Kafka protocol");
    output::print_line(format!("  Kafka            {}  ({log})", endpoints.kafka));
    let sqlite = endpoints.database.starts_with("sqlite:");
    output::print_line(format!(
        "  Database         {}  ({})",
        without_password(&endpoints.database),
        kind(sqlite, "SQLite: one host only")
    ));
    output::print_line(format!(
        "  Payment gateway  {}  ({})",
        endpoints.gateway,
        kind(embedded.gateway.is_some(), "test gateway: no real money")
    ));
    output::print_line(format!(
        "  Mail             {}  ({})",
        endpoints.smtp,
        kind(embedded.mail.is_some(), "mail sink: nothing leaves this machine")
    ));
    if embedded.log.is_some() {
        output::print_line(
            "\nComanda runs on Apache Kafka. The local log is for trying it, or for one site",
        );
        output::print_line("without failover; set KAFKA_BROKERS to use a cluster.");
    }
}
