//! Foreign programs, run to their end.

use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;

/// Longer than any of them takes, also where a virtual machine starts slowly.
const HANG: Duration = Duration::from_mins(3);

/// What a program wrote and how it ended.
#[derive(Debug)]
pub struct Said {
    pub ok: bool,
    pub out: String,
    pub err: String,
}

/// Runs a program with this input.
pub async fn run(command: &mut Command, input: &str) -> Said {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child =
        command.spawn().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    // A program that reads nothing may have ended by now.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let Output { status, stdout, stderr } =
        timeout(HANG, child.wait_with_output()).await.expect("the program hangs").unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Said { ok: status.success(), out: text(stdout), err: text(stderr) }
}

/// Runs a program that has to end well; answers what it wrote.
pub async fn well(command: &mut Command, input: &str) -> String {
    let said = run(command, input).await;
    assert!(said.ok, "{command:?}: {said:?}");
    said.out
}

/// A path from the environment.
pub fn place(name: &str) -> PathBuf {
    let value = std::env::var_os(name);
    value.unwrap_or_else(|| panic!("{name} is not set: `cargo xtask test` sets it")).into()
}
