//! Misspelt variables are named; variables that Kubernetes sets are ignored.

use crate::common::{
    Engine, Platform, on_both,
    platform::{UP_ARGS, assert_fault, comanda},
};

#[test]
fn a_bad_environment_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let with = |name: &str, value: &str| comanda(&data, UP_ARGS).env(name, value).output().unwrap();
    assert_fault(
        &with("COMANDA_PARTITION", "3"),
        64,
        &["COMANDA_PARTITION:", "mean COMANDA_PARTITIONS"],
    );
    assert_fault(&with("COMANDA_LOG", "inof"), 64, &["COMANDA_LOG", "inof", "info"]);
    for url in ["shop.example", "ftp://shop.example", "https://"] {
        assert_fault(&with("COMANDA_PUBLIC_URL", url), 64, &["COMANDA_PUBLIC_URL", url]);
    }
    assert!(!data.join("comanda.db").exists(), "nothing was begun");
    let run = comanda(&data, &["run", "transactions", "email"])
        .env("KAFKA_BROKERS", "127.0.0.1:1")
        .output()
        .unwrap();
    let missing =
        ["DATABASE_URL, COMANDA_SECRET, COMANDA_STAFF_TOKEN, STRIPE_SECRET_KEY and SMTP_URL"];
    assert_fault(&run, 64, &missing);
}

async fn variables_of_a_kubernetes_service_named_comanda_are_ignored(engine: Engine) {
    let links = [
        ("COMANDA_PORT", "tcp://10.0.0.7:8080"),
        ("COMANDA_PORT_8080_TCP_ADDR", "10.0.0.7"),
        ("COMANDA_SERVICE_HOST", "10.0.0.7"),
        ("COMANDA_KAFKA_SERVICE_PORT", "9092"),
        ("COMANDA_KAFKA_PORT_9092_TCP", "tcp://10.0.0.8:9092"),
    ];
    let platform = Platform::start_with(engine, &links).await;
    let log = platform.stderr();
    assert!(log.contains("ignored") && log.contains("COMANDA_SERVICE_HOST"), "{log}");
    platform.finish().await;
}

on_both!(variables_of_a_kubernetes_service_named_comanda_are_ignored,);
