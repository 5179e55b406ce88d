//! A cluster that requires TLS and a password.

use std::{env, process::Output};

use crate::common::{
    Engine, Platform, on_real,
    orders::pizza,
    platform::{UP_ARGS, assert_fault, comanda},
};

fn read_variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set: `cargo xtask test` sets it"))
}

/// The settings of an authorised client.
fn settings(mechanism: &str) -> Vec<(&'static str, String)> {
    vec![
        ("KAFKA_BROKERS", read_variable("TEST_KAFKA_SASL_BROKERS")),
        ("COMANDA_KAFKA_SECURITY_PROTOCOL", "SASL_SSL".to_owned()),
        ("COMANDA_KAFKA_SSL_CA_LOCATION", read_variable("TEST_KAFKA_CA")),
        ("COMANDA_KAFKA_SASL_MECHANISM", mechanism.to_owned()),
        ("COMANDA_KAFKA_SASL_USERNAME", read_variable("TEST_KAFKA_USER")),
        ("COMANDA_KAFKA_SASL_PASSWORD", read_variable("TEST_KAFKA_PASSWORD")),
    ]
}

async fn orders_flow_over_tls_with_a_password(engine: Engine) {
    for mechanism in ["SCRAM-SHA-512", "PLAIN"] {
        let settings = settings(mechanism);
        let env: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let platform = Platform::start_with(engine, &env).await;
        let placed = platform.api.place_order(&pizza("ada@example.com")).await;
        platform.api.wait_for_status(&placed, "confirmed").await;
        let password = read_variable("TEST_KAFKA_PASSWORD");
        assert!(!platform.stderr().contains(&password) && !platform.stdout().contains(&password));
        platform.finish().await;
    }
}

/// Runs `comanda up` with some wrong settings.
fn up(wrong: &[(&'static str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut up = comanda(&folder.path().join("data"), UP_ARGS);
    up.envs(settings("SCRAM-SHA-512"));
    // The topics do not exist, and this user may not create any.
    up.env("COMANDA_TOPIC_PREFIX", "nobody-may-create-this.");
    up.envs(wrong.iter().copied()).output().unwrap()
}

async fn a_refused_client_learns_the_reason(_: Engine) {
    let output = up(&[("COMANDA_KAFKA_SASL_PASSWORD", "guessed")]);
    assert_fault(
        &output,
        69,
        &["no Kafka broker answers at", "Authentication failed", "SCRAM-SHA-512"],
    );
    assert!(!String::from_utf8_lossy(&output.stderr).contains("guessed"));
    let output = up(&[("COMANDA_KAFKA_SSL_CA_LOCATION", "/etc/ssl/certs/ca-certificates.crt")]);
    assert_fault(&output, 69, &["no Kafka broker answers at", "certificate"]);
    let stranger = read_variable("TEST_KAFKA_STRANGER");
    let output = up(&[("COMANDA_KAFKA_SASL_USERNAME", &stranger)]);
    assert_fault(&output, 77, &["Kafka does not allow creating the topic", "kafka-acls"]);
}

on_real!(orders_flow_over_tls_with_a_password, a_refused_client_learns_the_reason);
