//! Settings that do not fit the Kafka cluster: one clear line, and an exit code that distinguishes
//! a wrong setting from an unavailable broker.

use crate::common::{
    Engine, Platform, on_both,
    platform::{UP_ARGS, assert_fault, comanda},
};

async fn another_number_of_partitions_is_refused(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    platform.stop().await;
    let mut again = comanda(&platform.data, UP_ARGS);
    again.envs(platform.settings()).arg("--partitions=12");
    let output = again.output().unwrap();
    assert_fault(&output, 64, &["has 6 partitions, not 12", "--partitions"]);
    // It starts with the actual number, or without one.
    platform.start_again().await;
    platform.finish().await;
}

#[test]
fn brokers_that_do_not_answer_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let output = comanda(&data, UP_ARGS).arg("--kafka-brokers=127.0.0.1:1").output().unwrap();
    assert_fault(&output, 69, &["no Kafka broker answers at 127.0.0.1:1", "Connection refused"]);
}

#[test]
fn a_property_that_does_not_exist_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let output = comanda(&data, UP_ARGS).args(["--kafka", "lingering.ms=5"]).output().unwrap();
    assert_fault(&output, 64, &["Kafka settings", "lingering.ms"]);
    let output = comanda(&data, UP_ARGS).env("COMANDA_KAFKA_ACK", "1").output().unwrap();
    assert_fault(&output, 64, &["Kafka settings", "\"ack\""]);
    let output =
        comanda(&data, UP_ARGS).args(["--replication=2", "--min-insync-replicas=3"]).output();
    assert_fault(&output.unwrap(), 64, &["--min-insync-replicas"]);
}

on_both!(another_number_of_partitions_is_refused);
