//! Runs the log in a child process and measures its CPU time and memory.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Instant,
};

use local_log::{Config, LocalLog};

/// A running log.
pub(crate) struct LogProcess {
    child: Child,
    /// Address it listens on.
    pub(crate) address: String,
    /// Time from the start of the process until it listens.
    pub(crate) ready_ms: f64,
}

impl LogProcess {
    pub(crate) fn start(folder: &Path, fsync: bool) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg("--serve").arg("--data").arg(folder).stdout(Stdio::piped());
        if !fsync {
            command.arg("--no-fsync");
        }
        let start = Instant::now();
        let mut child = command.spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let ready_ms = start.elapsed().as_secs_f64() * 1e3;
        Self { child, address: address.trim().to_owned(), ready_ms }
    }

    /// User and system time so far, in seconds.
    pub(crate) fn cpu_s(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        let ticks = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        ticks as f64 / 100.0
    }

    /// Resident memory.
    pub(crate) fn memory_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }

    /// Kills the process like `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Serves until it is killed; prints the address on the first line.
pub(crate) fn serve(folder: &Path, fsync: bool) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut config = Config::new("127.0.0.1:0".parse().unwrap(), folder);
        config.fsync = fsync;
        let log = LocalLog::start(config).await.unwrap();
        println!("{}", log.address());
        println!("stopped: {}", log.wait_for_failure().await);
    });
}
