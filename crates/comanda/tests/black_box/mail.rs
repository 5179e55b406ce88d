//! Mails: one for each turn of an order that matters to its customer, and what becomes of them when
//! the mail server does not take one. The built-in sink refuses whoever asks for it in the address.

use serde_json::json;

use crate::common::{
    Engine, Placed, Platform, View,
    kafka::Rec,
    on_both,
    orders::{delivered_pizza, pizza},
    seen, until,
};

async fn kitchen(platform: &View, placed: &Placed, actions: &[&str]) {
    for action in actions {
        let answer = platform.api.kitchen(placed, action, &json!({})).await;
        assert_eq!(answer.status, 200, "{action}: {answer:?}");
    }
}

/// Waits until there are so many mails about an order, and answers their pages.
async fn mails(platform: &View, placed: &Placed, count: usize) -> Vec<String> {
    until(&format!("{count} mails about {} are there", placed.id), async || {
        let mut mails = platform.api.mails().await;
        mails.retain(|mail| mail.page.contains(&placed.id));
        let pages: Vec<_> = mails.into_iter().map(|mail| mail.page).collect();
        seen(pages.len() == count, pages)
    })
    .await
}

async fn who_has_to_get_up_is_told(engine: Engine) {
    let platform = Platform::start(engine).await;
    let pickup = platform.api.place_order(&pizza("ada@example.com")).await;
    platform.api.reaches(&pickup, "confirmed").await;
    // Mails of two topics overtake each other where a kitchen is done within milliseconds.
    mails(&platform, &pickup, 1).await;
    kitchen(&platform, &pickup, &["accept", "start", "ready"]).await;
    let told = mails(&platform, &pickup, 2).await;
    assert!(told[1].contains("your order is ready to collect"), "{}", told[1]);

    let brought = platform.api.place_order(&delivered_pizza("bob@example.com")).await;
    platform.api.reaches(&brought, "confirmed").await;
    mails(&platform, &brought, 1).await;
    kitchen(&platform, &brought, &["accept", "start", "ready", "dispatch"]).await;
    let told = mails(&platform, &brought, 2).await;
    assert!(told[1].contains("your order is on its way"), "{}", told[1]);
    kitchen(&platform, &brought, &["complete"]).await;
    platform.quiet().await;
    assert_eq!(mails(&platform, &brought, 2).await.len(), 2, "that it was handed over, it knows");
    platform.finish().await;
}

fn of<'a>(records: &'a [Rec], placed: &Placed) -> Vec<&'a Rec> {
    records.iter().filter(|record| record.key_text() == placed.id).collect()
}

async fn a_mail_that_is_refused_for_now_waits_and_holds_up_nobody(engine: Engine) {
    let platform = Platform::start(engine).await;
    let (api, kafka) = (&platform.api, platform.kafka());
    let busy = api.place_order(&pizza("ada+451@example.com")).await;
    let parked = until("its mail is in a topic of retries", async || {
        let records = kafka.read("email.retry.5s");
        records.into_iter().next().ok_or_else(|| "none".into())
    })
    .await;
    let other = api.place_order(&pizza("bob@example.com")).await;
    mails(&platform, &other, 1).await;

    let confirmed = kafka.read("order_confirmed");
    let origin = of(&confirmed, &busy)[0];
    assert_eq!((&parked.key, &parked.value), (&origin.key, &origin.value));
    let place = (origin.partition.to_string(), origin.offset.to_string());
    assert_eq!(parked.header("comanda_origin_topic"), "order_confirmed");
    assert_eq!(parked.header("comanda_origin_partition"), place.0);
    assert_eq!(parked.header("comanda_origin_offset"), place.1);
    assert_eq!(parked.header("comanda_attempts"), "1");
    assert!(parked.header("comanda_error").starts_with("451 "), "{parked:?}");
    assert!(parked.header("comanda_due_ms").parse::<i64>().unwrap() > 0, "{parked:?}");
    assert_eq!(parked.header("ce_id"), origin.header("ce_id"), "it is the same event");

    let told = mails(&platform, &busy, 1).await;
    assert!(told[0].contains("your order is confirmed"), "{}", told[0]);
    platform.quiet().await;
    assert_eq!(kafka.read("email.retry.5s").len(), 1, "it waited once");
    let metrics = api.get("/metrics").await.text;
    for line in [
        r#"comanda_records_total{group="email",topic="order_confirmed",outcome="retried"} 1"#,
        "comanda_mails_sent_total 2",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    platform.finish().await;
}

async fn a_mail_that_is_refused_for_good_is_a_dead_letter_in_the_servers_words(engine: Engine) {
    let platform = Platform::start(engine).await;
    let placed = platform.api.place_order(&pizza("ada+550@example.com")).await;
    let other = platform.api.place_order(&pizza("bob@example.com")).await;
    mails(&platform, &other, 1).await;
    platform.api.reaches(&placed, "confirmed").await;
    platform.quiet().await;
    let letters = platform.kafka().read("email.dead_letters");
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].key_text(), placed.id);
    let reason = letters[0].header("comanda_error");
    assert_eq!(reason, "550 5.7.1 The address asks to be refused");
    assert_eq!(letters[0].header("comanda_origin_topic"), "order_confirmed");
    let report = platform.finish_with_dead_letters(&[("email", 1)]).await;
    let letter = &report["dead_letters"][0];
    assert_eq!((&letter["key"], &letter["error"]), (&json!(placed.id), &json!(reason)));
}

/// A mail server that outlives the platform, and so remembers whom it has refused.
async fn what_waits_for_the_mail_server_survives_a_crash(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = mail_sink::Config::new("127.0.0.1:0".parse().unwrap(), folder.path());
    config.refuse_by_address = true;
    let server = mail_sink::MailSink::start(config).await.unwrap();
    let url = format!("smtp://{}", server.address());
    let mut platform = Platform::start_with(engine, &[("SMTP_URL", &url)]).await;
    let busy = platform.api.place_order(&pizza("ada+451@example.com")).await;
    let kafka = platform.kafka();
    until("its mail is in a topic of retries", async || {
        seen(kafka.read("email.retry.5s").len() == 1, "none")
    })
    .await;
    drop(kafka);
    platform.kill();
    platform.start_again().await;
    let sent = until("the mail is sent", async || {
        let mails = server.mailbox().list(10);
        seen(!mails.is_empty(), mails)
    })
    .await;
    assert_eq!(sent[0].message_id, Some(format!("confirmed.{}@comanda", busy.id)));
    platform.quiet().await;
    assert_eq!(server.mailbox().count(), 1);
    platform.finish().await;
    server.shutdown().await;
}

/// The only test that waits for the minute itself: everything from the order book to the letter.
async fn whoever_has_no_outcome_for_a_minute_is_told_so_once(engine: Engine) {
    let platform = Platform::start(engine).await;
    let before = platform.api.place_order(&pizza("bob@example.com")).await;
    mails(&platform, &before, 1).await;
    platform.set_faults(&json!({"error_before_charge": 1.0})).await;
    let placed = platform.api.place_order(&pizza("ada@example.com")).await;
    let told = mails(&platform, &placed, 1).await;
    assert!(told[0].contains("still checking your payment"), "{}", told[0]);
    platform.set_faults(&json!({})).await;
    platform.api.reaches(&placed, "confirmed").await;
    let told = mails(&platform, &placed, 2).await;
    assert!(told[1].contains("your order is confirmed"), "{}", told[1]);
    platform.quiet().await;
    assert_eq!(mails(&platform, &before, 1).await.len(), 1, "whoever had one is not told");
    platform.finish().await;
}

on_both!(
    who_has_to_get_up_is_told,
    a_mail_that_is_refused_for_now_waits_and_holds_up_nobody,
    a_mail_that_is_refused_for_good_is_a_dead_letter_in_the_servers_words,
    what_waits_for_the_mail_server_survives_a_crash,
    whoever_has_no_outcome_for_a_minute_is_told_so_once,
);
