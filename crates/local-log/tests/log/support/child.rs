//! A log in a child process, which can be killed.

use std::{fs, net::SocketAddr, path::Path, process::Stdio, time::Duration};

use local_log::{Config, LocalLog};

use super::{any_port, in_time};

/// Environment variable: the data folder of the child.
const FOLDER: &str = "LOCAL_LOG_TEST_FOLDER";
/// Environment variable: makes the child run its cleaner continuously.
const CLEANING: &str = "LOCAL_LOG_TEST_CLEANING";

/// Serves the folder if this process runs as a child; otherwise does nothing.
pub fn serve_if_child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut config = Config::new(any_port(), &folder);
        config.retention_ms = -1;
        config.max_open_files = 40;
        if std::env::var(CLEANING).is_ok() {
            config.cleaner_interval = Duration::from_millis(5);
        }
        let log = match LocalLog::start(config).await {
            Ok(log) => log,
            Err(error) => {
                fs::write(Path::new(&folder).join("refused"), error.to_string()).unwrap();
                return;
            }
        };
        let beside = Path::new(&folder).join("address.new");
        fs::write(&beside, log.address().to_string()).unwrap();
        fs::rename(&beside, Path::new(&folder).join("address")).unwrap();
        let reason = log.wait_for_failure().await;
        fs::write(Path::new(&folder).join("failed"), reason).unwrap();
    });
}

pub struct Child {
    process: tokio::process::Child,
    pub address: SocketAddr,
}

impl Child {
    pub async fn start(folder: &Path) -> Self {
        let command = tokio::process::Command::new(std::env::current_exe().unwrap());
        Self::run(command, folder).await
    }

    /// Starts with a continuously running cleaner.
    pub async fn start_cleaning(folder: &Path) -> Self {
        let mut command = tokio::process::Command::new(std::env::current_exe().unwrap());
        command.env(CLEANING, "1");
        Self::run(command, folder).await
    }

    /// Starts with a maximum file size, which the log sees as a full disk.
    pub async fn start_limited(folder: &Path, file_bytes: u64) -> Self {
        let mut command = tokio::process::Command::new("sh");
        // The shell counts in blocks of 512 bytes; without the signal, writes fail instead.
        let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", file_bytes / 512);
        command.args(["-c", &script]).arg(std::env::current_exe().unwrap());
        Self::run(command, folder).await
    }

    /// Starts with a limit of file handles, of which the log uses at most 40 for files.
    pub async fn start_with_files(folder: &Path, files: usize) -> Self {
        let mut command = tokio::process::Command::new("sh");
        let script = format!("ulimit -n {files}; exec \"$0\" \"$@\"");
        command.args(["-c", &script]).arg(std::env::current_exe().unwrap());
        Self::run(command, folder).await
    }

    async fn run(mut command: tokio::process::Command, folder: &Path) -> Self {
        for old in ["address", "refused"] {
            let _ = fs::remove_file(folder.join(old));
        }
        let process = command
            .args(["--exact", "child_log"])
            .env(FOLDER, folder)
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let address = async {
            loop {
                if let Ok(text) = fs::read_to_string(folder.join("address")) {
                    return text.parse::<SocketAddr>().unwrap();
                }
                if let Ok(reason) = fs::read_to_string(folder.join("refused")) {
                    panic!("the log does not start: {reason}");
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        Self { process, address: in_time("start of the child", address).await }
    }

    /// Number of file handles in use, connections included.
    pub fn count_files(&self) -> usize {
        let pid = self.process.id().unwrap();
        fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
    }

    /// Kills the process as `kill -9` does.
    pub async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }
}
