//! `comanda audit` finds every kind of difference, and names the order.

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

on_both!(
    a_fact_that_was_changed_is_found,
    a_mail_that_is_missing_is_found,
    a_payment_row_that_is_gone_is_found,
    a_second_capture_is_found,
);
