//! One service: a folder with its settings, data, log, pid and the script that starts it.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    step::{print_progress, read},
    tools,
};

/// Timeout of a graceful stop; then the service is killed.
const STOP_WITHIN: Duration = Duration::from_secs(20);

/// A service in a process that outlives xtask.
pub(crate) struct Service {
    /// Also the name of its folder.
    pub(crate) name: String,
    /// The ports it listens on; the first is the one that clients use.
    pub(crate) ports: Vec<u16>,
    /// The signal that stops it in good order.
    pub(crate) signal: &'static str,
}

/// The folder of all services.
pub(crate) fn root() -> PathBuf {
    tools::target().join("services")
}

impl Service {
    /// Its folder, with links resolved, as it stands on its command line.
    pub(crate) fn folder(&self) -> PathBuf {
        let folder = root().join(&self.name);
        folder.canonicalize().unwrap_or(folder)
    }

    /// The address for clients.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.ports.first().copied().unwrap_or_default())
    }

    /// Its process, if it runs. A pid that went to another program does not count.
    pub(crate) fn pid(&self) -> Option<u32> {
        let folder = self.folder();
        let pid = fs::read_to_string(folder.join("pid")).ok()?.trim().parse().ok()?;
        let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let own = format!("{}/", folder.display());
        String::from_utf8_lossy(&command).contains(&own).then_some(pid)
    }

    /// Memory that its process holds, in MiB; without children, which PostgreSQL has.
    pub(crate) fn rss_mib(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()?)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? / 1024)
    }

    /// Writes the script that starts it: `command` is run in its folder.
    pub(crate) fn write_start(&self, command: &str) -> Result<()> {
        let text = include_str!("files/start.sh");
        let values = [("name", self.name.as_str()), ("signal", self.signal), ("command", command)];
        let path = self.folder().join("start");
        write(&path, &fill(text, &values))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        Ok(())
    }

    /// Starts it, unless it runs.
    pub(crate) fn start(&self) -> Result<()> {
        if self.pid().is_some() {
            return Ok(());
        }
        for port in &self.ports {
            TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).with_context(|| {
                let name = &self.name;
                format!(
                    "{name} needs port {port} of 127.0.0.1, but cannot have it (who does: ss -ltnp \
                     'sport = {port}'; services of another folder stop with `cargo xtask services \
                     down` there)"
                )
            })?;
        }
        read(&mut Command::new(self.folder().join("start"))).map(drop)
    }

    /// Fails with the end of its output if it does not run any more.
    pub(crate) fn ensure_runs(&self) -> Result<()> {
        if self.pid().is_some() {
            return Ok(());
        }
        let folder = self.folder();
        let said = ["out", "log"].map(|file| {
            let text = fs::read_to_string(folder.join(file)).unwrap_or_default();
            let lines: Vec<_> = text.lines().rev().take(5).collect();
            lines.into_iter().rev().collect::<Vec<_>>().join("\n    ")
        });
        bail!("{} has ended; see {}:\n    {}", self.name, folder.display(), said.join("\n    "))
    }

    /// Sends it a signal; `false` if it does not run.
    pub(crate) fn signal(&self, signal: &str) -> Result<bool> {
        let Some(pid) = self.pid() else { return Ok(false) };
        let status = Command::new("kill").args([&format!("-{signal}"), &pid.to_string()]).status();
        // It may have exited in the meantime.
        Ok(status.context("cannot start kill")?.success())
    }

    /// Waits until it has ended; kills it when it takes too long.
    pub(crate) fn wait_for_end(&self) -> Result<()> {
        let start = Instant::now();
        while self.pid().is_some() {
            sleep(Duration::from_millis(50));
            if start.elapsed() > STOP_WITHIN {
                print_progress(format!("    {} does not stop: killed", self.name));
                self.signal("KILL")?;
            }
            ensure!(start.elapsed() < STOP_WITHIN * 2, "{} cannot be killed", self.name);
        }
        Ok(())
    }
}

/// Puts values in place of `{name}`.
pub(crate) fn fill(text: &str, values: &[(&str, &str)]) -> String {
    values
        .iter()
        .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// Writes a file whole, or says which one could not be written.
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
