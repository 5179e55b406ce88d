//! The brokers and the database server that `cargo xtask services up` started: each has a folder
//! with its process id and a script that starts it again.

use std::{env, fs, path::PathBuf, process::Command};

use super::wait_until;

/// A broker or the database server.
pub struct Service(PathBuf);

impl Service {
    /// The service with this name: `kafka-1`, `postgres`.
    pub fn named(name: &str) -> Self {
        let services = env::var("TEST_SERVICES").unwrap_or_else(|_| {
            panic!("TEST_SERVICES is not set: `cargo xtask test` sets it, to the services' folder")
        });
        Self(PathBuf::from(services).join(name))
    }

    fn pid(&self) -> String {
        fs::read_to_string(self.0.join("pid")).unwrap().trim().to_owned()
    }

    /// Sends a signal and waits until the process has exited.
    pub async fn kill(&self, signal: &str) {
        let pid = self.pid();
        let kill = format!("kill -{signal} {pid}");
        assert!(Command::new("sh").arg("-c").arg(kill).status().unwrap().success());
        wait_until(&format!("process {pid} is gone"), async || {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat"));
            match stat.is_ok_and(|stat| !stat.contains(") Z ")) {
                true => Err("it still runs".to_owned()),
                false => Ok(()),
            }
        })
        .await;
    }

    /// Starts it again, without waiting until it is ready.
    pub fn start(&self) {
        assert!(Command::new(self.0.join("start")).status().unwrap().success());
    }
}
