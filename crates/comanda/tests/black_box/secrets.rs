//! Secrets are in no log and no topic, and readable by their owner only.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::common::{
    Engine, Platform, on_both,
    orders::{paid_with, pizza},
    platform::{UP_ARGS, assert_fault, comanda},
};

async fn logs_contain_no_secret(engine: Engine) {
    let mut platform = Platform::start_with(engine, &[("COMANDA_LOG", "debug")]).await;
    let api = platform.api.clone();
    api.get(&format!("/sign-in?token={}", api.staff_token())).await;
    api.get("/sign-in?token=a-wrong-guess-of-somebody").await;
    let good = platform.make_token("pm_card_visa").await;
    let declined = platform.make_token("pm_card_chargeDeclined").await;
    // A failing gateway causes log lines.
    platform.set_faults(&json!({"error_after_charge": 0.5, "error_on_read": 0.5})).await;
    let mut tokens = Vec::new();
    for n in 0..8 {
        let order = pizza(&format!("c{n}@example.com"));
        let order = if n == 0 { paid_with(order, &good) } else { order };
        let placed = api.place_order(&order).await;
        api.get(&format!("/orders/{}?token={}", placed.id, placed.token)).await;
        api.wait_for_status(&placed, "confirmed").await;
        tokens.push(placed.token);
    }
    let refused = paid_with(pizza("bob@example.com"), &declined);
    let refused = api.place_order(&refused).await;
    api.wait_for_status(&refused, "declined").await;
    tokens.extend([refused.token, good, declined]);
    platform.wait_until_idle().await;
    platform.stop().await;

    let logs = platform.stderr();
    assert!(logs.contains("DEBUG"), "there are logs to search");
    let file = |name: &str| std::fs::read_to_string(platform.data().join(name)).unwrap();
    tokens.extend([file("secret"), file("staff-token"), "sk_test_comanda".into()]);
    tokens.push("a-wrong-guess-of-somebody".into());
    for secret in &tokens {
        let line = logs.lines().find(|line| line.contains(secret.as_str()));
        assert_eq!(line, None, "a secret is in the logs");
    }
}

async fn secret_files_are_readable_by_the_owner_only(engine: Engine) {
    let platform = Platform::start(engine).await;
    for name in ["secret", "staff-token"] {
        let mode = std::fs::metadata(platform.data().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let placed = platform.api.place_order(&pizza("ada@example.com")).await;
    platform.wait_until_idle().await;
    let kafka = platform.kafka();
    for topic in ["order_details", "order_confirmed"] {
        for record in kafka.read_topic(topic) {
            let text = String::from_utf8(record.value).unwrap();
            assert!(!text.contains(&placed.token), "tokens are stored nowhere: {text}");
        }
    }
    platform.finish().await;
}

async fn a_staff_token_can_be_set(engine: Engine) {
    let platform =
        Platform::start_with(engine, &[("COMANDA_STAFF_TOKEN", "our own staff token")]).await;
    assert_eq!(platform.api.staff_token(), "our own staff token");
    assert_eq!(platform.api.summary().await["orders"]["placed"], 0);
    assert!(!platform.data().join("staff-token").exists());
    let says = platform.stdout();
    assert!(!says.contains("our own staff token") && says.contains("/sign-in"), "{says}");
    platform.finish().await;
}

/// Secrets as orchestrators mount them.
async fn secrets_come_from_files(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let token = file("token", "a staff token out of a file\n");
    let secret = file("secret", "0123456789abcdef0123456789abcdef\r\n");
    let set = [
        ("COMANDA_LOG", "debug"),
        ("STRIPE_SECRET_KEY", ""),
        ("COMANDA_STAFF_TOKEN_FILE", token.as_str()),
        ("COMANDA_SECRET_FILE", secret.as_str()),
    ];
    let platform = Platform::start_with(engine, &set).await;
    assert_eq!(platform.api.summary().await["orders"]["placed"], 0, "the token opens the figures");
    assert!(
        !platform.data().join("staff-token").exists() && !platform.data().join("secret").exists()
    );
    let said = platform.stdout() + &platform.stderr();
    assert!(!said.contains("token out of") && !said.contains("0123456789abcdef"), "{said}");
    platform.finish().await;
}

#[test]
fn all_problems_with_secret_files_are_reported_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let blank = folder.path().join("blank");
    std::fs::write(&blank, "\n").unwrap();
    let output = comanda(&folder.path().join("data"), UP_ARGS)
        .env("COMANDA_SECRET_FILE", "/nowhere/secret")
        .env("SMTP_URL_FILE", &blank)
        .env("STRIPE_SECRET_KEY", "sk_test_x")
        .env("STRIPE_SECRET_KEY_FILE", &blank)
        .env("COMANDA_KAFKA_SASL_PASSWORD_FILE", "/nowhere/password")
        .env("COMANDA_PORT_FILE", "/nowhere/port")
        .output()
        .unwrap();
    let wrong = [
        "COMANDA_SECRET_FILE: /nowhere/secret cannot be read: No such file",
        "SMTP_URL_FILE: ",
        "blank is empty",
        "STRIPE_SECRET_KEY and STRIPE_SECRET_KEY_FILE are both set",
        "COMANDA_KAFKA_SASL_PASSWORD_FILE: /nowhere/password cannot be read",
        "there is no setting COMANDA_PORT_FILE",
    ];
    assert_fault(&output, 64, &wrong);
}

on_both!(
    secrets_come_from_files,
    logs_contain_no_secret,
    secret_files_are_readable_by_the_owner_only,
    a_staff_token_can_be_set,
);
