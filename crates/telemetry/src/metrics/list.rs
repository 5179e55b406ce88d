//! All metrics. To add one, add an entry here and a line where it is measured.

use super::{
    family::{Family, Metric},
    value::{Counter, Gauge, Histogram, Sum},
};

/// Declares metrics, and lists them in the order in which they are declared.
macro_rules! metrics {
    ($(
        $static:ident: $kind:ident [$($label:literal),*] = $name:literal,
        $help:literal,
        $look_at:literal;
    )*) => {
        $(
            #[doc = concat!("`", $name, "`: ", $help)]
            pub static $static: Family<$kind, { <[&str]>::len(&[$($label),*]) }> =
                Family::new($name, &[$($label),*], $help, $look_at);
        )*

        /// All metrics.
        pub(super) static ALL: &[&dyn Metric] = &[$(&$static),*];
    };
}

metrics! {
    BUILD_INFO: Gauge ["version", "write_version"] = "comanda_build_info",
        "The running version, and the version of the records that it writes; always 1.",
        "Processes of two versions outside of an upgrade: one was left behind. Of two write versions: one has an old setting.";

    RECORDS_CONSUMED: Counter ["group", "topic"] = "comanda_records_consumed_total",
        "Records that a group has read, by the topic they first came from.",
        "0 while `comanda_consumer_lag` grows: `/readyz` says what the group waits for.";
    RECORDS: Counter ["group", "topic", "outcome"] = "comanda_records_total",
        "Records that a group is through with: done, retried (set aside, to be tried again), dead (in its dead letters) or skipped (of a type of a later release).",
        "`dead` or `retried` grows: the log has a line with key and cause for each.";
    WAITS: Counter ["group"] = "comanda_waits_total",
        "Times that a group found an outside part (database, gateway, mail server, Kafka) not answering, and waited.",
        "`/readyz` names the part; so does the log.";
    STALLED: Gauge ["group", "reason"] = "comanda_group_stalled_seconds",
        "For how long a group or a follower has stood still, while it does; reason is handler, publish, reading or kafka.",
        "Above a minute: `/readyz` says since when and why.";
    OLDEST_RECORD_AGE: Gauge ["group"] = "comanda_consumer_oldest_record_age_seconds",
        "Seconds since the oldest record was written that was read and is not done. The largest one of all processes counts.",
        "It grows with the clock: that record, or what it waits for, holds up its partition.";
    LAG: Gauge ["group", "topic", "partition"] = "comanda_consumer_lag",
        "Records of a partition that the group has not finished. Only the process that has the partition tells it.",
        "It grows: compare the rate of comanda_records_total with that of the topic; start another instance if the handlers are busy.";
    RETRY_WAITING: Gauge ["group", "delay"] = "comanda_retry_waiting",
        "Records that wait in the group's topic of retries of this delay.",
        "The log tells key and cause of each; most causes are a gateway or a mail server that says later.";
    DEAD_LETTERS: Gauge ["group"] = "comanda_dead_letters",
        "Records that the group's topic of dead letters holds, with the notes that acknowledge some. It never shrinks, and every process of the group tells it: take the maximum, and watch for growth.",
        "`comanda dead-letters list` tells what was set aside and why.";

    HTTP_DURATION: Histogram ["route", "method", "status"] = "comanda_http_request_duration_seconds",
        "Time from the head of a request to the head of its answer. The route is the matched path, `other` where there is none; event streams count until they begin. Status 499: the connection was closed before there was an answer.",
        "Statuses of 5xx: each is a line of the log, with its cause. 499 grows: clients wait in vain; what hangs is in `/readyz` or the log. Slow at all routes: look at comanda_database_acquire_duration_seconds and at the processors.";
    OPEN_STREAMS: Gauge ["route"] = "comanda_open_streams",
        "Event streams that are open.",
        "It falls to 0 at once: a proxy in front cuts streams off, or was started again.";
    CONNECTIONS_REFUSED: Counter [] = "comanda_http_connections_refused_total",
        "Connections for which there was no place.",
        "It grows: raise COMANDA_CONNECTIONS, or find who opens them.";

    GATEWAY_DURATION: Histogram ["call", "outcome"] = "comanda_gateway_call_duration_seconds",
        "Time of a call to the payment gateway, without the wait for a turn; outcome is ok, declined, refused (4xx), failed (5xx), timeout or unreachable.",
        "timeout, failed or unreachable: see the status page of the gateway. Orders wait, and nobody is charged twice.";

    STATEMENT_DURATION: Histogram ["statement", "outcome"] = "comanda_database_statement_duration_seconds",
        "Time of a statement, by its first word; most are batches of many orders. Outcome is ok or failed.",
        "Slow at all statements: the database's disk or processors; slow at one: its plan or its locks.";
    TRANSACTION_DURATION: Histogram ["outcome"] = "comanda_database_transaction_duration_seconds",
        "Time from the beginning of a transaction to its end; outcome is committed or rolled_back.",
        "rolled_back grows: transactions collide, or the database goes away; the log says which.";
    ACQUIRE_DURATION: Histogram ["pool"] = "comanda_database_acquire_duration_seconds",
        "Time until a connection was there.",
        "More than milliseconds: all connections are busy; raise COMANDA_DATABASE_CONNECTIONS if the server has room.";
    DATABASE_CONNECTIONS: Gauge ["pool", "state"] = "comanda_database_connections",
        "Connections of the pool, in_use or idle. SQLite has one for writing and four for reading.",
        "in_use at its limit for long: see comanda_database_acquire_duration_seconds.";
    DATABASE_WAITING: Gauge ["pool"] = "comanda_database_waiting",
        "Callers that wait for a connection.",
        "Above 0 for long: the database is the bottleneck, or does not answer.";

    ORDERS: Counter ["currency", "step"] = "comanda_orders_total",
        "Orders that came to a step: placed, confirmed, declined, accepted, preparing, ready, out_for_delivery, completed, cancelled, refunded. The process that counts figures tells it, each step of an order once.",
        "placed grows and confirmed does not: look at the gateway. declined grows faster than usual: its reasons are on the dashboard.";

    REFUNDS_FAILED: Counter [] = "comanda_refunds_failed_total",
        "Refunds of parts that the gateway refused for good. Their amounts are released, and the page of the order says why.",
        "Above 0: somebody expects money that does not come; the log names order and cause.";
    DISPUTES: Counter [] = "comanda_disputes_total",
        "Payments that customers disputed with their banks.",
        "Above 0: answer it at the gateway before its deadline; the page of the order shows it.";

    MAIL_DURATION: Histogram ["outcome"] = "comanda_mail_duration_seconds",
        "Time in which the mail server took a mail, or did not; outcome is sent, later (4xx), never (5xx) or unavailable.",
        "unavailable: server, user or password of SMTP_URL; later and never: the log has its words.";
    MAILS_SENT: Counter [] = "comanda_mails_sent_total",
        "Mails that the mail server took.",
        "0 while orders are confirmed: see comanda_waits_total of the group email.";
    MAILS_SUPERSEDED: Counter [] = "comanda_mails_superseded_total",
        "Mails not sent because their order had gone on meanwhile.",
        "It grows: mails are late; look at comanda_consumer_lag of the group email.";

    PROCESS_CPU: Sum [] = "process_cpu_seconds_total",
        "Time of processors, in user and system mode.",
        "Near the number of cores: start another instance.";
    PROCESS_RESIDENT_MEMORY: Gauge [] = "process_resident_memory_bytes",
        "Resident memory.",
        "It grows and does not fall at night: something is kept that should not be.";
    PROCESS_OPEN_FDS: Gauge [] = "process_open_fds",
        "Open files and connections.",
        "Near process_max_fds: connections will be refused; raise the limit or find who opens them.";
    PROCESS_MAX_FDS: Gauge [] = "process_max_fds",
        "Most open files and connections.",
        "It is a setting of the system (`ulimit -n`, `LimitNOFILE`).";
    PROCESS_START_TIME: Gauge [] = "process_start_time_seconds",
        "When the process began, in seconds since 1970.",
        "It changes outside of an upgrade: the process has died and was started again; its last line says why.";
    PROCESS_THREADS: Gauge [] = "process_threads",
        "Threads of the operating system.",
        "It grows without end: blocking work piles up behind something that does not answer.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The naming rules of Prometheus that `promtool` cannot check.
    #[test]
    fn names_follow_the_rules() {
        let mut seen = BTreeSet::new();
        for metric in ALL {
            let description = metric.description();
            let name = description.name;
            assert!(seen.insert(name), "{name} is declared once");
            assert!(name.starts_with("comanda_") || name.starts_with("process_"), "{name}");
            assert_eq!(name.ends_with("_total"), description.kind == "counter", "{name}");
            assert!(
                description.kind != "histogram" || description.unit().is_some(),
                "{name} has a unit"
            );
            let is_word = |c: char| c.is_ascii_lowercase() || c == '_';
            let words = description.labels.iter().chain([&name]);
            assert!(words.into_iter().all(|word| word.chars().all(is_word)), "{description:?}");
            assert!(
                description.help.ends_with('.') && description.look_at.ends_with('.'),
                "{name}"
            );
        }
    }

    #[test]
    fn the_page_lists_all_declared_metrics() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/metrics.md");
        let page = super::super::page();
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(path, &page).unwrap();
        }
        let stored = std::fs::read_to_string(path).unwrap_or_default();
        assert_eq!(stored, page, "UPDATE_GOLDEN=1 cargo test -p telemetry writes docs/metrics.md");
    }
}
