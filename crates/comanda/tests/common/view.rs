//! A running system from outside, however it was started.

use std::path::PathBuf;

use serde_json::Value;

use super::{Api, Kafka, platform::comanda};

/// A running system from outside.
pub struct View {
    pub api: Api,
    /// `host:port`, comma separated.
    pub brokers: String,
    /// Prefix of topics and groups.
    pub prefix: String,
    /// Base URL of the gateway.
    pub gateway: String,
    /// The data folder.
    pub data: PathBuf,
    /// Environment variables for `comanda audit`.
    pub env: Vec<(&'static str, String)>,
}

impl View {
    /// Kafka as a foreign client sees it.
    pub fn kafka(&self) -> Kafka {
        Kafka::new(self.brokers.clone(), self.prefix.clone())
    }

    /// `comanda audit --json`: its exit code and its report.
    pub async fn run_audit(&self) -> (Option<i32>, Value) {
        let mut audit = comanda(&self.data, &["audit", "--json"]);
        let env = self.env.iter().map(|(name, value)| (*name, value));
        audit.envs(env);
        // The gateway may run in this thread and must answer meanwhile.
        let ended = tokio::task::spawn_blocking(move || audit.output()).await;
        let output = ended.unwrap().unwrap();
        let report = serde_json::from_slice(&output.stdout);
        let stderr = || String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), report.unwrap_or_else(|_| panic!("no report: {}", stderr())))
    }
}
