//! A fresh `comanda up`, and an order placed over plain HTTP.

use std::{
    fs::{self, File},
    io::{Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    engines::FEATURES,
    step::{print_progress, run},
    tools,
};

/// Timeout for start and stop.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The trace of the orders that are placed here.
pub(crate) const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// A running platform; killed and removed when dropped.
pub(crate) struct Platform {
    child: Child,
    program: PathBuf,
    folder: PathBuf,
    endpoints: String,
}

impl Platform {
    /// Builds it as tests do, and starts it on an empty folder.
    pub(crate) fn start(settings: &[(&str, String)]) -> Result<Self> {
        // The same selection as `cargo test --workspace`, so that nothing is compiled again for
        // another set of features.
        run(&mut tools::cargo(&["build", "--workspace", FEATURES, "--all-targets"]))?;
        Self::launch(tools::target().join("debug/comanda"), "peers", settings)
    }

    /// Starts a program that was built, on an empty folder and with these settings.
    pub(crate) fn launch(
        program: PathBuf,
        name: &str,
        settings: &[(&str, String)],
    ) -> Result<Self> {
        let name = format!("comanda-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder)?;
        let ports = ["--port=0", "--kafka-port=0", "--gateway-port=0", "--smtp-port=0"];
        let mut command = Command::new(&program);
        command.arg("up").args(ports).arg("--data").arg(folder.join("data")).current_dir(&folder);
        // The caller's environment must not point it at a real cluster.
        command.env_clear().envs(settings.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(File::create(folder.join("out"))?);
        command.stderr(File::create(folder.join("err"))?);
        let child = command.spawn().context("cannot start comanda up")?;
        let mut platform = Self { child, program, folder, endpoints: String::new() };
        platform.wait()?;
        let (http, kafka) = (platform.http()?, platform.kafka()?);
        print_progress(format!("    comanda up: {http} with Kafka at {kafka}"));
        Ok(platform)
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// A command of the same program that finds the platform.
    pub(crate) fn command(&self, name: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(name).arg("--data").arg(self.data());
        command.env_clear().current_dir(&self.folder).stdin(Stdio::null());
        command
    }

    /// Stops it gracefully, so that its groups have no members left.
    pub(crate) fn stop(mut self) -> Result<()> {
        let pid = self.pid().to_string();
        run(Command::new("kill").args(["-TERM", &pid]))?;
        let deadline = Instant::now() + TIMEOUT;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                ensure!(status.success(), "comanda up ended with {status}: {}", self.errors()?);
                return Ok(());
            }
            sleep(Duration::from_millis(20));
        }
        bail!("comanda up does not stop")
    }

    /// Its standard error.
    fn errors(&self) -> Result<String> {
        let errors = fs::read_to_string(self.folder.join("err"))?;
        Ok(errors.trim().to_owned())
    }

    fn wait(&mut self) -> Result<()> {
        let deadline = Instant::now() + TIMEOUT;
        let file = self.folder.join("data/endpoints.json");
        loop {
            if let Ok(text) = fs::read_to_string(&file)
                && text.trim_end().ends_with('}')
            {
                self.endpoints = text;
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("comanda up ended with {status}: {}", self.errors()?);
            }
            if Instant::now() > deadline {
                bail!("comanda up is not ready after {} s", TIMEOUT.as_secs());
            }
            sleep(Duration::from_millis(50));
        }
    }

    /// A value of endpoints.json, which has one per line.
    fn endpoint(&self, name: &str) -> Result<&str> {
        let name = format!("\"{name}\":");
        let line = self.endpoints.lines().find_map(|line| line.trim().strip_prefix(&name));
        let value = line.context("endpoints.json has another form")?;
        Ok(value.trim().trim_end_matches(',').trim_matches('"'))
    }

    /// The brokers.
    pub(crate) fn kafka(&self) -> Result<&str> {
        self.endpoint("kafka")
    }

    fn http(&self) -> Result<&str> {
        self.endpoint("http")
    }

    /// The body of a response to a GET.
    pub(crate) fn get(&self, path: &str) -> Result<String> {
        let host = self.http()?.trim_start_matches("http://");
        // HTTP/1.0, so that the response is not chunked.
        let answer = self.send(&format!("GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n"))?;
        let (head, body) = answer.split_once("\r\n\r\n").context("no answer of HTTP")?;
        ensure!(head.contains(" 200 OK"), "{path}: {head}");
        Ok(body.to_owned())
    }

    /// Sends a request and reads the whole response.
    fn send(&self, request: &str) -> Result<String> {
        let host = self.http()?.trim_start_matches("http://");
        let mut connection = TcpStream::connect(host)?;
        connection.set_read_timeout(Some(TIMEOUT))?;
        connection.write_all(request.as_bytes())?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// Places an order: two pizzas for `email`, 19.00 euros.
    pub(crate) fn place_order(&self, email: &str) -> Result<()> {
        let host = self.http()?.trim_start_matches("http://");
        let body = format!(
            r#"{{"restaurant_id":"bella-napoli","customer":{{"name":"Ada","email":"{email}"}},
            "fulfilment":{{"kind":"pickup"}},"payment_method":"pm_card_visa",
            "lines":[{{"item_id":"margherita","quantity":2}}]}}"#
        );
        let answer = self.send(&format!(
            "POST /api/orders HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\
             traceparent: 00-{TRACE_ID}-00f067aa0ba902b7-01\r\n\r\n{body}",
            body.len()
        ))?;
        if !answer.starts_with("HTTP/1.1 202 ") {
            bail!("the order was not accepted: {answer}");
        }
        Ok(())
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
