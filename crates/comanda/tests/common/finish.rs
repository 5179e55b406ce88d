//! The end of every test: all work is done, and the audit is clean.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Platform, View, wait_until};

/// The groups with the topics that they consume, by the design, and their retry topics, whose
/// records are unfinished work.
pub const GROUPS: &[(&str, &[&str])] = &[
    (
        "transactions",
        &[
            "order_details",
            "order_progress",
            "order_requests",
            "stock_changes",
            "menu",
            "transactions.retry.5s",
            "transactions.retry.1m",
            "transactions.retry.10m",
        ],
    ),
    (
        "orders",
        &["order_details", "order_confirmed", "order_declined", "order_progress", "order_requests"],
    ),
    (
        "email",
        &[
            "order_confirmed",
            "order_declined",
            "order_progress",
            "order_payments",
            "order_refunded",
            "email.retry.5s",
            "email.retry.1m",
            "email.retry.10m",
        ],
    ),
    (
        "analytics",
        &[
            "order_details",
            "order_confirmed",
            "order_declined",
            "order_progress",
            "order_refunded",
            "stock_changes",
            "stock_levels",
        ],
    ),
];

impl View {
    /// Waits until all groups are idle: no lag, and no new records.
    pub async fn wait_until_idle(&self) {
        let kafka = self.kafka();
        let measure = || -> Result<Vec<_>, String> {
            let lag = |(group, topics): &(&'static str, &[&str])| match kafka.lag(group, topics) {
                Ok(lag) => Ok((*group, lag)),
                Err(error) => Err(format!("{group}: {error}")),
            };
            GROUPS.iter().map(lag).collect()
        };
        wait_until("every group is at the end of its topics", async || {
            let first = measure()?;
            // The last work of one group may be input of another, so measure twice.
            let second = measure()?;
            let all_done = second.iter().all(|(_, (lag, _))| *lag == 0);
            if all_done && first == second { Ok(()) } else { Err(format!("{second:?}")) }
        })
        .await;
        let api = &self.api;
        wait_until("analytics says that it has counted everything", async || {
            let as_of = api.summary().await["as_of"].clone();
            if as_of["lag_records"] == 0 { Ok(()) } else { Err(as_of.to_string()) }
        })
        .await;
    }

    /// Asserts a clean audit with `expected` dead letters per group. Returns its report.
    pub async fn assert_clean_audit(&self, expected: &[(&str, usize)]) -> Value {
        let (code, report) = self.run_audit().await;
        assert_eq!(report["differences"], serde_json::json!([]), "{report:#}");
        assert_eq!((code, &report["clean"]), (Some(0), &Value::Bool(true)), "{report:#}");
        let mut dead = BTreeMap::new();
        for letter in report["dead_letters"].as_array().unwrap() {
            *dead.entry(letter["topic"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        }
        let expected = expected.iter().filter(|(_, count)| *count > 0);
        let expected: BTreeMap<_, _> =
            expected.map(|(group, count)| (format!("{group}.dead_letters"), *count)).collect();
        assert_eq!(dead, expected, "{report:#}");
        report
    }
}

impl Platform {
    /// Waits until all is idle, asserts a clean audit without dead letters, and stops by Ctrl-C.
    pub async fn finish(self) -> Value {
        self.finish_with_dead_letters(&[]).await
    }

    /// The same with `expected` dead letters per group. Returns the audit's report.
    pub async fn finish_with_dead_letters(mut self, expected: &[(&str, usize)]) -> Value {
        self.wait_until_idle().await;
        let report = self.assert_clean_audit(expected).await;
        self.stop().await;
        report
    }
}
