//! Mails: one for each important step of an order, and retries when the mail server refuses one.
//! The embedded sink refuses addresses that request it.

use serde_json::json;

use crate::common::{
    Engine, PlacedOrder, Platform, View,
    kafka::CopiedRecord,
    ok_if, on_both,
    orders::{delivered_pizza, paid_with, pizza},
    wait_until,
};

async fn take_steps(platform: &View, placed: &PlacedOrder, actions: &[&str]) {
    for action in actions {
        let answer = platform.api.request_step(placed, action, &json!({})).await;
        assert_eq!(answer.status, 200, "{action}: {answer:?}");
    }
}

/// Waits until there are `count` mails about an order, and returns their pages.
async fn wait_for_mails(platform: &View, placed: &PlacedOrder, count: usize) -> Vec<String> {
    wait_until(&format!("{count} mails about {} are there", placed.id), async || {
        let mut mails = platform.api.mails().await;
        mails.retain(|mail| mail.page.contains(&placed.id));
        let pages: Vec<_> = mails.into_iter().map(|mail| mail.page).collect();
        ok_if(pages.len() == count, pages)
    })
    .await
}

async fn customers_learn_that_their_order_is_ready_or_on_its_way(engine: Engine) {
    let platform = Platform::start(engine).await;
    let pickup = platform.api.place_order(&pizza("ada@example.com")).await;
    platform.api.wait_for_status(&pickup, "confirmed").await;
    // Mails of different topics have no order if the kitchen finishes within milliseconds.
    wait_for_mails(&platform, &pickup, 1).await;
    take_steps(&platform, &pickup, &["accept"]).await;
    let pages = wait_for_mails(&platform, &pickup, 2).await;
    assert!(pages[1].contains("your order is paid"), "{}", pages[1]);
    take_steps(&platform, &pickup, &["start", "ready"]).await;
    let pages = wait_for_mails(&platform, &pickup, 3).await;
    assert!(pages[2].contains("your order is ready to collect"), "{}", pages[2]);

    let brought = platform.api.place_order(&delivered_pizza("bob@example.com")).await;
    platform.api.wait_for_status(&brought, "confirmed").await;
    wait_for_mails(&platform, &brought, 1).await;
    take_steps(&platform, &brought, &["accept"]).await;
    wait_for_mails(&platform, &brought, 2).await;
    take_steps(&platform, &brought, &["start", "ready", "dispatch"]).await;
    let pages = wait_for_mails(&platform, &brought, 3).await;
    assert!(pages[2].contains("your order is on its way"), "{}", pages[2]);
    take_steps(&platform, &brought, &["complete"]).await;
    platform.wait_until_idle().await;
    assert_eq!(
        wait_for_mails(&platform, &brought, 3).await.len(),
        3,
        "that it was handed over, it knows"
    );
    platform.finish().await;
}

async fn a_receipt_follows_when_cash_is_collected(engine: Engine) {
    let platform = Platform::start(engine).await;
    let order = paid_with(pizza("ada@example.com"), "cash");
    let placed = platform.api.place_order(&order).await;
    platform.api.wait_for_status(&placed, "confirmed").await;
    let pages = wait_for_mails(&platform, &placed, 1).await;
    assert!(pages[0].contains("Please bring €22.00 in cash"), "{}", pages[0]);
    take_steps(&platform, &placed, &["accept", "start", "ready"]).await;
    let pages = wait_for_mails(&platform, &placed, 2).await;
    assert!(pages[1].contains("pay €22.00 in cash"), "{}", pages[1]);
    take_steps(&platform, &placed, &["complete"]).await;
    let pages = wait_for_mails(&platform, &placed, 3).await;
    assert!(pages[2].contains("You paid €22.00 in cash."), "{}", pages[2]);
    platform.finish().await;
}

fn records_of<'a>(records: &'a [CopiedRecord], placed: &PlacedOrder) -> Vec<&'a CopiedRecord> {
    records.iter().filter(|record| record.key_text() == placed.id).collect()
}

async fn a_temporarily_refused_mail_waits_without_blocking_others(engine: Engine) {
    let platform = Platform::start(engine).await;
    let (api, kafka) = (&platform.api, platform.kafka());
    let busy = api.place_order(&pizza("ada+451@example.com")).await;
    let parked = wait_until("its mail is in a topic of retries", async || {
        let records = kafka.read_topic("email.retry.5s");
        records.into_iter().next().ok_or_else(|| "none".into())
    })
    .await;
    let other = api.place_order(&pizza("bob@example.com")).await;
    wait_for_mails(&platform, &other, 1).await;

    let confirmed = kafka.read_topic("order_confirmed");
    let origin = records_of(&confirmed, &busy)[0];
    assert_eq!((&parked.key, &parked.value), (&origin.key, &origin.value));
    let position = (origin.partition.to_string(), origin.offset.to_string());
    assert_eq!(parked.header("comanda_origin_topic"), "order_confirmed");
    assert_eq!(parked.header("comanda_origin_partition"), position.0);
    assert_eq!(parked.header("comanda_origin_offset"), position.1);
    assert_eq!(parked.header("comanda_attempts"), "1");
    assert!(parked.header("comanda_error").starts_with("451 "), "{parked:?}");
    assert!(parked.header("comanda_due_ms").parse::<i64>().unwrap() > 0, "{parked:?}");
    assert_eq!(parked.header("ce_id"), origin.header("ce_id"), "it is the same event");

    let pages = wait_for_mails(&platform, &busy, 1).await;
    assert!(pages[0].contains("your order is confirmed"), "{}", pages[0]);
    platform.wait_until_idle().await;
    assert_eq!(kafka.read_topic("email.retry.5s").len(), 1, "it waited once");
    let metrics = api.get("/metrics").await.text;
    for line in [
        r#"comanda_records_total{group="email",topic="order_confirmed",outcome="retried"} 1"#,
        "comanda_mails_sent_total 2",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    platform.finish().await;
}

async fn a_permanently_refused_mail_is_a_dead_letter_with_the_servers_reply(engine: Engine) {
    let platform = Platform::start(engine).await;
    let placed = platform.api.place_order(&pizza("ada+550@example.com")).await;
    let other = platform.api.place_order(&pizza("bob@example.com")).await;
    wait_for_mails(&platform, &other, 1).await;
    platform.api.wait_for_status(&placed, "confirmed").await;
    platform.wait_until_idle().await;
    let letters = platform.kafka().read_topic("email.dead_letters");
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].key_text(), placed.id);
    let reason = letters[0].header("comanda_error");
    assert_eq!(reason, "550 5.7.1 The address asks to be refused");
    assert_eq!(letters[0].header("comanda_origin_topic"), "order_confirmed");
    let report = platform.finish_with_dead_letters(&[("email", 1)]).await;
    let letter = &report["dead_letters"][0];
    assert_eq!((&letter["key"], &letter["error"]), (&json!(placed.id), &json!(reason)));
}

/// The mail server is outside of the platform, so it remembers refused addresses across a crash.
async fn waiting_mails_survive_a_crash(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = mail_sink::Config::new("127.0.0.1:0".parse().unwrap(), folder.path());
    config.may_refuse_by_address = true;
    let server = mail_sink::MailSink::start(config).await.unwrap();
    let url = format!("smtp://{}", server.address());
    let mut platform = Platform::start_with(engine, &[("SMTP_URL", &url)]).await;
    let busy = platform.api.place_order(&pizza("ada+451@example.com")).await;
    let kafka = platform.kafka();
    wait_until("its mail is in a topic of retries", async || {
        ok_if(kafka.read_topic("email.retry.5s").len() == 1, "none")
    })
    .await;
    drop(kafka);
    platform.kill();
    platform.start_again().await;
    let sent = wait_until("the mail is sent", async || {
        let mails = server.mailbox().list(10);
        ok_if(!mails.is_empty(), mails)
    })
    .await;
    assert_eq!(sent[0].message_id, Some(format!("confirmed.{}@comanda", busy.id)));
    platform.wait_until_idle().await;
    assert_eq!(server.mailbox().count(), 1);
    platform.finish().await;
    server.shutdown().await;
}

/// The only test that waits the whole minute, from the order book to the mail.
async fn a_customer_without_an_outcome_for_a_minute_gets_one_mail(engine: Engine) {
    let platform = Platform::start(engine).await;
    let before = platform.api.place_order(&pizza("bob@example.com")).await;
    wait_for_mails(&platform, &before, 1).await;
    platform.set_faults(&json!({"error_before_charge": 1.0})).await;
    let placed = platform.api.place_order(&pizza("ada@example.com")).await;
    let pages = wait_for_mails(&platform, &placed, 1).await;
    assert!(pages[0].contains("still checking your payment"), "{}", pages[0]);
    platform.set_faults(&json!({})).await;
    platform.api.wait_for_status(&placed, "confirmed").await;
    let pages = wait_for_mails(&platform, &placed, 2).await;
    assert!(pages[1].contains("your order is confirmed"), "{}", pages[1]);
    platform.wait_until_idle().await;
    assert_eq!(
        wait_for_mails(&platform, &before, 1).await.len(),
        1,
        "no second mail after the first"
    );
    platform.finish().await;
}

on_both!(
    customers_learn_that_their_order_is_ready_or_on_its_way,
    a_receipt_follows_when_cash_is_collected,
    a_temporarily_refused_mail_waits_without_blocking_others,
    a_permanently_refused_mail_is_a_dead_letter_with_the_servers_reply,
    waiting_mails_survive_a_crash,
    a_customer_without_an_outcome_for_a_minute_gets_one_mail,
);
