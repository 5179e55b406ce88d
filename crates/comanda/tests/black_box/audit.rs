//! `comanda audit` finds every kind of difference, and names the order.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use crate::common::{
    Engine, PlacedOrder, Platform,
    api::send,
    on_both,
    orders::{paid_with, pizza},
    platform::comanda,
};

/// Changes one row of the database without the program.
async fn change_database(platform: &Platform, sql: String) {
    let (address, sql) = (platform.endpoint("database"), AssertSqlSafe(sql));
    let changed = if address.starts_with("sqlite:") {
        let mut database = SqliteConnection::connect(&address).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut database).await.unwrap().rows_affected()
    } else {
        let mut database = PgConnection::connect(&address).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut database).await.unwrap().rows_affected()
    };
    assert_eq!(changed, 1);
}

/// Asserts exit code 1 and these problems of the order, and none of another.
async fn assert_differences(platform: &Platform, order: &PlacedOrder, problems: &[&str]) {
    let (code, report) = platform.run_audit().await;
    assert_eq!((code, &report["clean"]), (Some(1), &Value::Bool(false)), "{report:#}");
    let found = report["differences"].as_array().unwrap();
    assert_eq!(found.len(), problems.len(), "{report:#}");
    for problem in problems {
        let identifies = |d: &&Value| {
            d["order_id"] == order.id.as_str() && d["problem"].as_str().unwrap().contains(problem)
        };
        assert!(found.iter().any(|d| identifies(&d)), "{problem}: {report:#}");
    }
    let output = comanda(&platform.data(), &["audit"]).output().unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{table}");
    assert!(table.contains(&order.id) && table.contains(problems[0]), "{table}");
}

async fn place_two_orders(platform: &Platform) -> (PlacedOrder, PlacedOrder) {
    let paid = platform.api.place_order(&pizza("ada@example.com")).await;
    let refused = paid_with(pizza("bob@example.com"), "pm_card_chargeDeclined");
    let refused = platform.api.place_order(&refused).await;
    platform.api.wait_for_status(&paid, "confirmed").await;
    platform.api.wait_for_status(&refused, "declined").await;
    platform.wait_until_idle().await;
    assert_eq!(platform.run_audit().await.0, Some(0));
    (paid, refused)
}

async fn a_second_capture_is_found(engine: Engine) {
    let platform = Platform::start(engine).await;
    let (paid, _) = place_two_orders(&platform).await;
    let intents = format!("{}/v1/payment_intents", platform.endpoint("gateway"));
    let form = [
        ("amount", "2200"),
        ("currency", "eur"),
        ("payment_method", "pm_card_visa"),
        ("payment_method_types[]", "card"),
        ("confirm", "true"),
        ("metadata[order_id]", paid.id.as_str()),
    ];
    let charge = platform.api.request(Method::POST, &intents).form(&form);
    let answer = send(charge.bearer_auth("sk_test_comanda")).await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_differences(&platform, &paid, &["the gateway captured €22.00"]).await;
}

async fn a_mail_that_is_missing_is_found(engine: Engine) {
    let platform = Platform::start(engine).await;
    let (_, refused) = place_two_orders(&platform).await;
    change_database(&platform, format!("DELETE FROM mails WHERE order_id = '{}'", refused.id))
        .await;
    assert_differences(&platform, &refused, &["got no mail"]).await;
}

async fn a_fact_that_was_changed_is_found(engine: Engine) {
    let platform = Platform::start(engine).await;
    let (_, refused) = place_two_orders(&platform).await;
    let sql = "UPDATE facts_a SET at_us = at_us + 1 WHERE kind = 'declined' AND order_id";
    change_database(&platform, format!("{sql} = '{}'", refused.id)).await;
    let (code, report) = platform.run_audit().await;
    assert_eq!((code, &report["clean"]), (Some(1), &Value::Bool(false)), "{report:#}");
    let found = report["differences"].as_array().unwrap();
    let identifies = |subject: &str, problem: &str| {
        let is = |d: &&Value| {
            d["order_id"].as_str().unwrap().contains(subject)
                && d["problem"].as_str().unwrap().contains(problem)
        };
        found.iter().any(|difference| is(&difference))
    };
    assert!(identifies(&refused.id, "another time in the facts"), "{report:#}");
    // The other time also changes the latest time of the sums that contain the fact.
    assert!(identifies("sales", "the facts add up to"), "{report:#}");
}

async fn a_payment_row_that_is_gone_is_found(engine: Engine) {
    let platform = Platform::start(engine).await;
    let (paid, _) = place_two_orders(&platform).await;
    change_database(&platform, format!("DELETE FROM payments WHERE order_id = '{}'", paid.id))
        .await;
    assert_differences(&platform, &paid, &["is not in the payments"]).await;
}

async fn an_audit_of_the_latest_orders_says_what_it_left_out(engine: Engine) {
    let platform = Platform::start(engine).await;
    let (first, _) = place_two_orders(&platform).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    let since = jiff::Timestamp::now().to_string();
    let last = platform.api.place_order(&pizza("eve@example.com")).await;
    platform.api.wait_for_status(&last, "confirmed").await;
    platform.wait_until_idle().await;
    for order in [&first, &last] {
        let sql = format!("DELETE FROM payments WHERE order_id = '{}'", order.id);
        change_database(&platform, sql).await;
    }
    let partial = comanda(&platform.data(), &["audit", "--json", "--since", &since]).output();
    let partial = partial.unwrap();
    let report: Value = serde_json::from_slice(&partial.stdout).unwrap();
    assert_eq!(partial.status.code(), Some(1), "{report:#}");
    assert_eq!(report["totals"]["orders_placed"], 1, "{report:#}");
    let found = report["differences"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{report:#}");
    assert_eq!(found[0]["order_id"], last.id.as_str());
    let left_out = report["left_out"].to_string();
    assert!(left_out.contains("before") && left_out.contains("stock"), "{report:#}");

    let args = ["audit", "--since", "1h", "--without-gateway"];
    let output = comanda(&platform.data(), &args).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("the payment gateway's books"), "{text}");
    assert!(text.contains(&first.id) && text.contains(&last.id), "{text}");
    let wrong = comanda(&platform.data(), &["audit", "--since", "lately"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(64), "{wrong:?}");
}

on_both!(
    an_audit_of_the_latest_orders_says_what_it_left_out,
    a_fact_that_was_changed_is_found,
    a_mail_that_is_missing_is_found,
    a_payment_row_that_is_gone_is_found,
    a_second_capture_is_found,
);
