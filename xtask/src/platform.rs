//! A fresh `comanda up` for the peers, and an order placed over plain HTTP.

use std::{
    fs::{self, File},
    io::{Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{engines::FEATURES, step::run, tools};

/// Far beyond anything that works.
const AT_MOST: Duration = Duration::from_mins(1);

/// A running platform; killed and removed when dropped.
pub(crate) struct Platform {
    child: Child,
    folder: PathBuf,
    endpoints: String,
}

impl Platform {
    /// Builds and starts it on an empty folder.
    pub(crate) fn start() -> Result<Self> {
        // The same selection as `cargo test --workspace`, so that nothing is compiled again for
        // another set of features.
        run(Command::new(tools::cargo())
            .args(["build", "--workspace", FEATURES, "--all-targets"])
            .current_dir(tools::root()))?;
        let folder = std::env::temp_dir().join(format!("comanda-peers-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let ports = ["--port=0", "--kafka-port=0", "--gateway-port=0", "--smtp-port=0"];
        let mut command = Command::new(tools::target().join("debug/comanda"));
        command.arg("up").args(ports).arg("--data").arg(folder.join("data")).current_dir(&folder);
        // Settings of whoever runs this must not point it at a real cluster.
        command.env_clear().stdin(Stdio::null()).stdout(File::create(folder.join("out"))?);
        command.stderr(File::create(folder.join("err"))?);
        let child = command.spawn().context("cannot start comanda up")?;
        let mut platform = Self { child, folder, endpoints: String::new() };
        platform.wait()?;
        println!("    comanda up: {} with Kafka at {}", platform.http()?, platform.kafka()?);
        Ok(platform)
    }

    fn wait(&mut self) -> Result<()> {
        let deadline = Instant::now() + AT_MOST;
        let file = self.folder.join("data/endpoints.json");
        loop {
            if let Ok(text) = fs::read_to_string(&file)
                && text.trim_end().ends_with('}')
            {
                self.endpoints = text;
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                let errors = fs::read_to_string(self.folder.join("err"))?;
                bail!("comanda up ended with {status}: {}", errors.trim());
            }
            if Instant::now() > deadline {
                bail!("comanda up is not ready after {} s", AT_MOST.as_secs());
            }
            sleep(Duration::from_millis(50));
        }
    }

    /// A value of endpoints.json, which has one a line.
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

    /// Places an order: two pizzas for `email`, 19.00 euros.
    pub(crate) fn order(&self, email: &str) -> Result<()> {
        let host = self.http()?.trim_start_matches("http://");
        let body = format!(
            r#"{{"restaurant_id":"bella-napoli","customer":{{"name":"Ada","email":"{email}"}},
            "fulfilment":{{"kind":"pickup"}},"payment_method":"pm_card_visa",
            "lines":[{{"item_id":"margherita","quantity":2}}]}}"#
        );
        let mut connection = TcpStream::connect(host)?;
        connection.set_read_timeout(Some(AT_MOST))?;
        write!(
            connection,
            "POST /api/orders HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
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
