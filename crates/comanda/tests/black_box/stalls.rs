//! A stall is reported: in the text of `/readyz`, as a metric, and by one log line at its beginning
//! and one at its end. `/readyz` stays 200, since pages are still served.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::common::{
    Engine, Platform, ok_if, on_embedded, on_real,
    orders::pizza,
    platform::{UP_ARGS, assert_fault, comanda},
    relay::LineState,
    wait_until,
};

/// Every group and follower of a whole platform.
const ALL: [&str; 8] = [
    "analytics",
    "backoffice",
    "email",
    "live orders",
    "menus",
    "orders",
    "recent orders",
    "transactions",
];

/// The name and the reason (`handler: …`) in each line of `/readyz` about a wait.
fn parse_waits(text: &str) -> Vec<(String, String)> {
    let line = |line: &str| {
        let (name, rest) = line.strip_prefix("waiting for ")?.split_once(": ")?;
        let (since, why) = rest.split_once(" (")?;
        let (_, at) = since.split_once("since ")?;
        let digits = at.strip_suffix('Z')?.split(':').map(|n| n.parse::<u8>().ok());
        assert_eq!(digits.flatten().count(), 3, "a time of day: {line}");
        Some((name.to_owned(), why.strip_suffix(')')?.to_owned()))
    };
    text.lines().filter_map(line).collect()
}

/// Stalled groups and followers with this reason, by the metrics.
fn stalled_names(metrics: &str, reason: &str) -> BTreeSet<String> {
    let name = |line: &str| {
        let rest = line.strip_prefix("comanda_group_stalled_seconds{group=\"")?;
        let (name, rest) = rest.split_once("\",reason=\"")?;
        let seconds: f64 = rest.strip_prefix(reason)?.strip_prefix("\"} ")?.parse().ok()?;
        (seconds > 0.0).then(|| name.to_owned())
    };
    metrics.lines().filter_map(name).collect()
}

/// Number of log lines with this message about a group.
fn count_log_lines(platform: &Platform, message: &str, name: &str) -> usize {
    let is_it =
        |line: &Value| line["fields"]["message"] == message && line["fields"]["group"] == name;
    let errors = platform.stderr();
    errors.lines().filter_map(|line| serde_json::from_str(line).ok()).filter(is_it).count()
}

/// Waits until `/readyz`, the metrics and the log report that these are stalled.
async fn wait_for_stall(platform: &Platform, names: &[&str], at: &str, why: &str) {
    let cause = format!("{at}: ");
    wait_until("/readyz tells who waits", async || {
        let answer = platform.api.get("/readyz").await;
        assert!(answer.status == 200 && answer.text.starts_with("ready\n"), "{answer:?}");
        let waits = parse_waits(&answer.text);
        let is_reported = |name: &&str| {
            waits.iter().any(|(who, reason)| {
                who == name && reason.starts_with(&cause) && reason.contains(why)
            })
        };
        ok_if(names.iter().all(is_reported), answer.text)
    })
    .await;
    wait_until("the metrics tell it, and the log once", async || {
        let metrics = platform.api.get("/metrics").await.text;
        let stalled = stalled_names(&metrics, at);
        let logged = names.iter().map(|name| count_log_lines(platform, "makes no progress", name));
        let logged: Vec<_> = logged.collect();
        assert!(logged.iter().all(|times| *times < 2), "{}", platform.stderr());
        let is_reported = names.iter().all(|name| stalled.contains(*name)) && !logged.contains(&0);
        ok_if(is_reported, (stalled, logged, metrics))
    })
    .await;
}

/// Waits until nothing is stalled.
async fn wait_for_progress(platform: &Platform, names: &[&str]) {
    wait_until("all go on", async || {
        let answer = platform.api.get("/readyz").await;
        ok_if(answer.text == "ready\n", answer)
    })
    .await;
    let metrics = platform.api.get("/metrics").await.text;
    assert!(!metrics.contains("comanda_group_stalled_seconds{"), "{metrics}");
    for name in names {
        let counts = ["makes no progress", "makes progress again"]
            .map(|message| count_log_lines(platform, message, name));
        assert_eq!(counts, [1, 1], "{name}: {}", platform.stderr());
    }
}

async fn a_group_without_a_gateway_reports_a_stall(engine: Engine) {
    let platform = Platform::start(engine).await;
    platform.set_faults(&json!({"error_before_charge": 1.0, "error_on_read": 1.0})).await;
    let placed = platform.api.place_order(&pizza("ada@example.com")).await;
    wait_for_stall(&platform, &["transactions"], "handler", "payment gateway").await;
    let waits = parse_waits(&platform.api.get("/readyz").await.text);
    assert_eq!(waits.len(), 1, "nothing else waits: {waits:?}");
    platform.set_faults(&json!({})).await;
    platform.api.wait_for_status(&placed, "confirmed").await;
    wait_for_progress(&platform, &["transactions"]).await;
    platform.finish().await;
}

/// The log is another process, which is stopped by a signal: connections stay open, but nothing
/// arrives.
async fn frozen_brokers_are_reported(engine: Engine) {
    let mut log = Platform::start(engine).await;
    let brokers = log.endpoint("kafka");
    let env = [("KAFKA_BROKERS", brokers.as_str()), ("COMANDA_TOPIC_PREFIX", "x.")];
    let mut platform = Platform::start_with(engine, &env).await;
    log.signal("STOP");
    wait_for_stall(&platform, &ALL, "kafka", "the brokers do not answer").await;
    log.signal("CONT");
    wait_for_progress(&platform, &ALL).await;
    let placed = platform.api.place_order(&pizza("ada@example.com")).await;
    platform.api.wait_for_status(&placed, "confirmed").await;
    platform.stop().await;
    log.stop().await;
}

async fn check_database_stall(engine: Engine, line: LineState) {
    let (platform, relay) = Platform::start_behind_relay(engine).await;
    relay.set_state(line);
    let placed = platform.api.place_order(&pizza("ada@example.com")).await;
    let names = ["transactions", "orders", "analytics"];
    wait_for_stall(&platform, &names, "handler", "database").await;
    relay.set_state(LineState::Open);
    platform.api.wait_for_status(&placed, "confirmed").await;
    wait_for_progress(&platform, &names).await;
    platform.finish().await;
}

async fn a_frozen_database_is_reported(engine: Engine) {
    check_database_stall(engine, LineState::Frozen).await;
}

async fn a_database_that_closes_connections_is_reported(engine: Engine) {
    check_database_stall(engine, LineState::Cut).await;
}

/// Without a database at the start, the program exits with one line that names it.
async fn a_missing_database_at_the_start_is_an_error(engine: Engine) {
    let (mut platform, relay) = Platform::start_behind_relay(engine).await;
    platform.stop().await;
    for line in [LineState::Frozen, LineState::Cut] {
        relay.set_state(line);
        let mut up = comanda(&platform.data(), UP_ARGS);
        up.envs(platform.settings());
        let output = tokio::task::spawn_blocking(move || up.output()).await.unwrap().unwrap();
        assert_fault(&output, 69, &["PostgreSQL does not answer", "DATABASE_URL"]);
    }
    relay.set_state(LineState::Open);
    platform.start_again().await;
    platform.finish().await;
}

on_embedded!(a_group_without_a_gateway_reports_a_stall, frozen_brokers_are_reported);
on_real!(
    a_group_without_a_gateway_reports_a_stall,
    a_frozen_database_is_reported,
    a_database_that_closes_connections_is_reported,
    a_missing_database_at_the_start_is_an_error,
);
