//! A running `comanda up`.

use std::{
    fs::{self, File},
    ops::Deref,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;
use web::secret::Secret;

use super::{Api, Engine, engine::Namespace, relay::Relay, view::View, wait_until};

/// The binary under test.
pub const COMANDA: &str = env!("CARGO_BIN_EXE_comanda");

/// A command on `data` that inherits no environment variables.
pub fn comanda(data: &Path, args: &[&str]) -> Command {
    comanda_of_release(Path::new(COMANDA), data, args)
}

/// The same with the program of another release.
pub fn comanda_of_release(program: &Path, data: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.env_clear().args(args).arg("--data").arg(data);
    // Not in the tests' directory, where a comanda.toml may be.
    let folder = data.ancestors().skip(1).find(|folder| folder.is_dir());
    command.current_dir(folder.expect("there is a root folder"));
    command
}

/// Asserts the exit code, and one line on standard error with all of `about`.
pub fn assert_fault(output: &Output, code: i32, about: &[&str]) {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert_eq!(text.trim_end().lines().count(), 1, "one line: {text}");
    assert!(text.starts_with("comanda: "), "{text}");
    for part in about {
        assert!(text.contains(part), "{part:?} in {text}");
    }
    assert!(!text.contains("panicked") && !text.contains("backtrace"), "{text}");
}

/// The arguments of a platform on free ports.
pub const UP_ARGS: &[&str] =
    &["up", "--port=0", "--kafka-port=0", "--gateway-port=0", "--smtp-port=0"];

/// `comanda up` on a folder of its own; killed when dropped.
pub struct Platform {
    folder: TempDir,
    env: Vec<(&'static str, String)>,
    child: Child,
    starts: u32,
    view: View,
    endpoints: Value,
    /// The last field, so that it is dropped last.
    namespace: Namespace,
}

impl Deref for Platform {
    type Target = View;

    fn deref(&self) -> &View {
        &self.view
    }
}

impl Platform {
    /// Starts on an empty folder and waits until orders can be placed.
    pub async fn start(engine: Engine) -> Self {
        Self::start_with(engine, &[]).await
    }

    /// The same with environment variables.
    pub async fn start_with(engine: Engine, more: &[(&'static str, &str)]) -> Self {
        let namespace = Namespace::claim(engine).await;
        let env = namespace.env();
        Self::start_on(namespace, env, more).await
    }

    /// The same with a relay in front of the database server.
    pub async fn start_behind_relay(engine: Engine) -> (Self, Relay) {
        let namespace = Namespace::claim(engine).await;
        let mut env = namespace.env();
        let (_, url) = env.iter_mut().find(|(name, _)| *name == "DATABASE_URL").unwrap();
        let (user, rest) = url.split_once('@').unwrap();
        let (server, database) = rest.split_once('/').unwrap();
        let relay = Relay::start_to(server).await;
        *url = format!("{user}@{}/{database}", relay.address);
        (Self::start_on(namespace, env, &[]).await, relay)
    }

    async fn start_on(
        namespace: Namespace,
        mut env: Vec<(&'static str, String)>,
        more: &[(&'static str, &str)],
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // First, so that a test can override it.
        env.push(("COMANDA_ORDERS_PER_MINUTE", "0".into()));
        env.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let child = spawn(&folder, &env, 1);
        let view = View {
            api: Api::new(),
            brokers: String::new(),
            prefix: namespace.prefix.clone(),
            gateway: String::new(),
            data: folder.path().join("data"),
            env: more.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
        };
        let endpoints = Value::Null;
        let mut platform = Self { folder, env, child, starts: 1, view, endpoints, namespace };
        platform.wait_until_ready().await;
        platform
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.data.clone()
    }

    /// The secret with which its storefronts seal orders.
    pub fn secret(&self) -> Secret {
        Secret::new(fs::read_to_string(self.data().join("secret")).unwrap().trim()).unwrap()
    }

    /// The environment variables of its start.
    pub fn settings(&self) -> impl Iterator<Item = (&'static str, &String)> {
        self.env.iter().map(|(name, value)| (*name, value))
    }

    /// The address of a part: `http`, `kafka`, `gateway`, `smtp`.
    pub fn endpoint(&self, part: &str) -> String {
        self.endpoints[part].as_str().expect("endpoints.json names every part").to_owned()
    }

    /// Its standard error of all starts.
    pub fn stderr(&self) -> String {
        (1..=self.starts).map(|n| self.output("err", n)).collect()
    }

    /// Its standard output since the last start.
    pub fn stdout(&self) -> String {
        self.output("out", self.starts)
    }

    fn output(&self, stream: &str, start: u32) -> String {
        fs::read_to_string(self.folder.path().join(format!("{stream}-{start}"))).unwrap()
    }

    /// kill -9: no handler runs, nothing is flushed.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts again on the same folder.
    pub async fn start_again(&mut self) {
        assert!(self.child.try_wait().unwrap().is_some(), "it still runs");
        fs::remove_file(self.data().join("endpoints.json")).unwrap();
        self.starts += 1;
        self.child = spawn(&self.folder, &self.env, self.starts);
        self.wait_until_ready().await;
    }

    /// Sends a signal, as `kill` does.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id();
        let sent = Command::new("sh").arg("-c").arg(format!("kill -{name} {pid}")).status();
        assert!(sent.unwrap().success());
    }

    /// Waits until it exits.
    pub async fn wait_for_exit(&mut self) -> ExitStatus {
        let child = &mut self.child;
        wait_until("it has ended", async || {
            child.try_wait().unwrap().ok_or_else(|| "it still runs".into())
        })
        .await
    }

    /// Ctrl-C, and a clean end.
    pub async fn stop(&mut self) {
        self.signal("INT");
        let status = self.wait_for_exit().await;
        assert_eq!(status.code(), Some(0), "{}", self.stderr());
        assert!(!self.stderr().contains("panicked"), "{}", self.stderr());
    }

    async fn wait_until_ready(&mut self) {
        let file = self.data().join("endpoints.json");
        let log = self.folder.path().join(format!("err-{}", self.starts));
        let Self { child, .. } = self;
        let endpoints = wait_until("endpoints.json is there", async || {
            if let Some(status) = child.try_wait().unwrap() {
                let said = fs::read_to_string(&log).unwrap_or_default();
                panic!("it ended with {status} before it was ready: {said}");
            }
            let bytes = fs::read(&file).map_err(|e| e.to_string())?;
            serde_json::from_slice::<Value>(&bytes).map_err(|e| e.to_string())
        })
        .await;
        self.endpoints = endpoints;
        // Foreign clients need no password.
        self.view.brokers = self.namespace.brokers().unwrap_or_else(|| self.endpoint("kafka"));
        self.view.gateway = self.endpoint("gateway");
        let token = self.env.iter().find(|(name, _)| *name == "COMANDA_STAFF_TOKEN");
        let token = token.map(|(_, token)| token.clone());
        let named = self.env.iter().find(|(name, _)| *name == "COMANDA_STAFF_TOKEN_FILE");
        let file = named.map_or_else(|| self.data().join("staff-token"), |(_, path)| path.into());
        let token = token.unwrap_or_else(|| fs::read_to_string(file).unwrap().trim().to_owned());
        self.api.point_to(&self.endpoint("http"), &token);
        let api = &self.api;
        wait_until("/readyz says so", async || {
            let answer = api.try_get("/readyz").await?;
            if answer.status == 200 { Ok(()) } else { Err(answer.text) }
        })
        .await;
    }
}

fn spawn(folder: &TempDir, env: &[(&'static str, String)], start: u32) -> Child {
    let file = |stream| File::create(folder.path().join(format!("{stream}-{start}"))).unwrap();
    comanda(&folder.path().join("data"), UP_ARGS)
        .envs(env.iter().map(|(name, value)| (*name, value)))
        .stdin(Stdio::null())
        .stdout(file("out"))
        .stderr(file("err"))
        .spawn()
        .unwrap()
}

impl Drop for Platform {
    fn drop(&mut self) {
        // A failed test must leave no process behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- what comanda wrote to standard error ---\n{}", self.stderr());
        }
    }
}
