//! One process of `comanda run`.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use super::wait_until;

/// A service in a process of its own; killed when dropped.
pub struct Instance {
    pub service: &'static str,
    /// Its address.
    pub address: String,
    child: Child,
    output: PathBuf,
}

impl Instance {
    /// Starts it and waits until it is ready.
    pub async fn start(
        mut command: Command,
        service: &'static str,
        number: usize,
        folder: &Path,
        env: &[(&'static str, String)],
    ) -> Self {
        let output = folder.join(format!("{service}-{number}"));
        let file = |stream| File::create(output.with_extension(stream)).unwrap();
        let child = command
            .envs(env.iter().map(|(name, value)| (*name, value)))
            .stdin(Stdio::null())
            .stdout(file("out"))
            .stderr(file("err"))
            .spawn()
            .unwrap();
        let mut instance = Self { service, address: String::new(), child, output };
        instance.wait_until_ready().await;
        instance
    }

    async fn wait_until_ready(&mut self) {
        let what = format!("{} says where it listens", self.service);
        self.address = wait_until(&what, async || {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("it ended with {status}: {}", self.stderr());
            }
            let says = fs::read_to_string(self.output.with_extension("out")).unwrap();
            let address = says.split(" on ").nth(1).and_then(|rest| rest.split_once('\n'));
            address.map(|(address, _)| address.to_owned()).ok_or(says)
        })
        .await;
        let client = reqwest::Client::new();
        wait_until(&format!("{} is ready", self.service), async || {
            let answer = client.get(format!("{}/readyz", self.address)).send().await;
            let answer = answer.map_err(|e| e.to_string())?;
            if answer.status() == 200 { Ok(()) } else { Err(answer.text().await.unwrap()) }
        })
        .await;
    }

    /// What it has written to standard error.
    pub fn stderr(&self) -> String {
        fs::read_to_string(self.output.with_extension("err")).unwrap()
    }

    /// kill -9.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends a signal, as `kill` does.
    pub fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").arg("-c").arg(kill).status().unwrap().success());
    }

    /// Ctrl-C, and a clean end.
    pub async fn stop(mut self) {
        self.signal("INT");
        let status = wait_until(&format!("{} has ended", self.service), async || {
            self.child.try_wait().unwrap().ok_or_else(|| "it still runs".into())
        })
        .await;
        assert_eq!(status.code(), Some(0), "{}", self.stderr());
        assert!(!self.stderr().contains("panicked"), "{}", self.stderr());
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // SIGKILL also ends a stopped process.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- {} wrote to standard error ---\n{}", self.service, self.stderr());
        }
    }
}
