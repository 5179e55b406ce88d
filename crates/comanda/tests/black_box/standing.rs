//! What stands still says so: in the text of `/readyz`, as a metric, and in one line of the log when it
//! begins and one when it is over. The answer stays 200, since pages are served all the same.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::common::{
    Engine, Platform, on_embedded, on_real,
    orders::pizza,
    platform::{UP, comanda, told},
    relay::Line,
    seen, until,
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

/// A line of `/readyz`: who waits, and why (`handler: …`).
fn waits(text: &str) -> Vec<(String, String)> {
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

/// Who stands still, for this reason, as the metrics tell.
fn stalled(metrics: &str, reason: &str) -> BTreeSet<String> {
    let name = |line: &str| {
        let rest = line.strip_prefix("comanda_group_stalled_seconds{group=\"")?;
        let (name, rest) = rest.split_once("\",reason=\"")?;
        let seconds: f64 = rest.strip_prefix(reason)?.strip_prefix("\"} ")?.parse().ok()?;
        (seconds > 0.0).then(|| name.to_owned())
    };
    metrics.lines().filter_map(name).collect()
}

/// How often the log tells something of a name.
fn logged(platform: &Platform, message: &str, name: &str) -> usize {
    let is_it =
        |line: &Value| line["fields"]["message"] == message && line["fields"]["name"] == name;
    let errors = platform.errors();
    errors.lines().filter_map(|line| serde_json::from_str(line).ok()).filter(is_it).count()
}

/// Waits until these stand still, and holds that they say so everywhere.
async fn stands_still(platform: &Platform, names: &[&str], at: &str, why: &str) {
    let cause = format!("{at}: ");
    until("/readyz tells who waits", async || {
        let answer = platform.api.get("/readyz").await;
        assert!(answer.status == 200 && answer.text.starts_with("ready\n"), "{answer:?}");
        let waits = waits(&answer.text);
        let is_told = |name: &&str| {
            waits
                .iter()
                .any(|(who, told)| who == name && told.starts_with(&cause) && told.contains(why))
        };
        seen(names.iter().all(is_told), answer.text)
    })
    .await;
    until("the metrics tell it, and the log once", async || {
        let metrics = platform.api.get("/metrics").await.text;
        let told = stalled(&metrics, at);
        let logged = names.iter().map(|name| logged(platform, "stands still", name));
        let logged: Vec<_> = logged.collect();
        assert!(logged.iter().all(|times| *times < 2), "{}", platform.errors());
        let is_told = names.iter().all(|name| told.contains(*name)) && !logged.contains(&0);
        seen(is_told, (told, logged, metrics))
    })
    .await;
}

/// Waits until nothing stands still.
async fn goes_on(platform: &Platform, names: &[&str]) {
    until("all go on", async || {
        let answer = platform.api.get("/readyz").await;
        seen(answer.text == "ready\n", answer)
    })
    .await;
    let metrics = platform.api.get("/metrics").await.text;
    assert!(!metrics.contains("comanda_group_stalled_seconds{"), "{metrics}");
    for name in names {
        let told = ["stands still", "goes on"].map(|message| logged(platform, message, name));
        assert_eq!(told, [1, 1], "{name}: {}", platform.errors());
    }
}

async fn a_group_that_waits_for_the_gateway(engine: Engine) {
    let platform = Platform::start(engine).await;
    platform.set_faults(&json!({"error_before_charge": 1.0, "error_on_read": 1.0})).await;
    let placed = platform.api.place_order(&pizza("ada@example.com")).await;
    stands_still(&platform, &["transactions"], "handler", "payment gateway").await;
    let waits = waits(&platform.api.get("/readyz").await.text);
    assert_eq!(waits.len(), 1, "nobody else waits: {waits:?}");
    platform.set_faults(&json!({})).await;
    platform.api.reaches(&placed, "confirmed").await;
    goes_on(&platform, &["transactions"]).await;
    platform.finish().await;
}

/// The log is another process, which is stopped as a machine stops: connections stay, nothing comes.
async fn brokers_that_are_frozen(engine: Engine) {
    let mut log = Platform::start(engine).await;
    let brokers = log.endpoint("kafka");
    let env = [("KAFKA_BROKERS", brokers.as_str()), ("COMANDA_TOPIC_PREFIX", "x.")];
    let mut platform = Platform::start_with(engine, &env).await;
    log.signal("STOP");
    stands_still(&platform, &ALL, "kafka", "the brokers do not answer").await;
    log.signal("CONT");
    goes_on(&platform, &ALL).await;
    let placed = platform.api.place_order(&pizza("ada@example.com")).await;
    platform.api.reaches(&placed, "confirmed").await;
    platform.stop().await;
    log.stop().await;
}

async fn waits_for_the_database(engine: Engine, line: Line) {
    let (platform, relay) = Platform::start_behind_relay(engine).await;
    relay.set(line);
    let placed = platform.api.place_order(&pizza("ada@example.com")).await;
    let names = ["transactions", "orders", "analytics"];
    stands_still(&platform, &names, "handler", "database").await;
    relay.set(Line::Open);
    platform.api.reaches(&placed, "confirmed").await;
    goes_on(&platform, &names).await;
    platform.finish().await;
}

async fn a_database_that_does_not_answer(engine: Engine) {
    waits_for_the_database(engine, Line::Frozen).await;
}

async fn a_database_that_hangs_up(engine: Engine) {
    waits_for_the_database(engine, Line::Cut).await;
}

/// At the start there is nobody yet to ask: it ends with one line that says what is away.
async fn a_database_that_is_away_at_the_start(engine: Engine) {
    let (mut platform, relay) = Platform::start_behind_relay(engine).await;
    platform.stop().await;
    for line in [Line::Frozen, Line::Cut] {
        relay.set(line);
        let mut up = comanda(&platform.data(), UP);
        up.envs(platform.settings());
        let output = tokio::task::spawn_blocking(move || up.output()).await.unwrap().unwrap();
        told(&output, 69, &["PostgreSQL does not answer", "DATABASE_URL"]);
    }
    relay.set(Line::Open);
    platform.start_again().await;
    platform.finish().await;
}

on_embedded!(a_group_that_waits_for_the_gateway, brokers_that_are_frozen);
on_real!(
    a_group_that_waits_for_the_gateway,
    a_database_that_does_not_answer,
    a_database_that_hangs_up,
    a_database_that_is_away_at_the_start,
);
