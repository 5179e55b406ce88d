//! A cluster that lets nobody in without TLS and a password.

use std::{env, process::Output};

use crate::common::{
    Engine, Platform, on_real,
    orders::pizza,
    platform::{UP, comanda, told},
};

fn asked(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set: `cargo xtask test` sets it"))
}

/// The settings of somebody who is let in.
fn settings(mechanism: &str) -> Vec<(&'static str, String)> {
    vec![
        ("KAFKA_BROKERS", asked("TEST_KAFKA_SASL_BROKERS")),
        ("COMANDA_KAFKA_SECURITY_PROTOCOL", "SASL_SSL".to_owned()),
        ("COMANDA_KAFKA_SSL_CA_LOCATION", asked("TEST_KAFKA_CA")),
        ("COMANDA_KAFKA_SASL_MECHANISM", mechanism.to_owned()),
        ("COMANDA_KAFKA_SASL_USERNAME", asked("TEST_KAFKA_USER")),
        ("COMANDA_KAFKA_SASL_PASSWORD", asked("TEST_KAFKA_PASSWORD")),
    ]
}

async fn orders_flow_over_tls_with_a_password(engine: Engine) {
    for mechanism in ["SCRAM-SHA-512", "PLAIN"] {
        let settings = settings(mechanism);
        let env: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let platform = Platform::start_with(engine, &env).await;
        let placed = platform.api.place_order(&pizza("ada@example.com")).await;
        platform.api.reaches(&placed, "confirmed").await;
        let password = asked("TEST_KAFKA_PASSWORD");
        assert!(!platform.errors().contains(&password) && !platform.says().contains(&password));
        platform.finish().await;
    }
}

/// `comanda up` with other settings than those that are right.
fn up(wrong: &[(&'static str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut up = comanda(&folder.path().join("data"), UP);
    up.envs(settings("SCRAM-SHA-512"));
    // What is not there yet has to be created, and that is what the stranger may not.
    up.env("COMANDA_TOPIC_PREFIX", "nobody-may-create-this.");
    up.envs(wrong.iter().copied()).output().unwrap()
}

async fn whoever_is_not_let_in_is_told_why(_: Engine) {
    let output = up(&[("COMANDA_KAFKA_SASL_PASSWORD", "guessed")]);
    told(&output, 69, &["no Kafka broker answers at", "Authentication failed", "SCRAM-SHA-512"]);
    assert!(!String::from_utf8_lossy(&output.stderr).contains("guessed"));
    let output = up(&[("COMANDA_KAFKA_SSL_CA_LOCATION", "/etc/ssl/certs/ca-certificates.crt")]);
    told(&output, 69, &["no Kafka broker answers at", "certificate"]);
    let stranger = asked("TEST_KAFKA_STRANGER");
    let output = up(&[("COMANDA_KAFKA_SASL_USERNAME", &stranger)]);
    told(&output, 77, &["Kafka does not allow creating the topic", "kafka-acls"]);
}

on_real!(orders_flow_over_tls_with_a_password, whoever_is_not_let_in_is_told_why);
