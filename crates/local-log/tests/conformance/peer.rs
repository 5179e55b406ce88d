//! Runs external programs to completion.

use std::{
    path::PathBuf,
    process::{Output, Stdio},
    time::Duration,
};

use tokio::{io::AsyncWriteExt, process::Command, time::timeout};

/// Reached only by a hang, even with a slow start of the JVM.
const HANG: Duration = Duration::from_mins(3);

/// Output and exit status of a program.
#[derive(Debug)]
pub struct ProgramOutput {
    pub is_ok: bool,
    pub out: String,
    pub err: String,
}

/// Runs a program with this input.
pub async fn run(command: &mut Command, input: &str) -> ProgramOutput {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child =
        command.spawn().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    // A program that reads nothing may have exited by now.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let Output { status, stdout, stderr } =
        timeout(HANG, child.wait_with_output()).await.expect("the program hangs").unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    ProgramOutput { is_ok: status.success(), out: text(stdout), err: text(stderr) }
}

/// Runs a program that must succeed; returns its output.
pub async fn run_successfully(command: &mut Command, input: &str) -> String {
    let output = run(command, input).await;
    assert!(output.is_ok, "{command:?}: {output:?}");
    output.out
}

/// A path from an environment variable.
pub fn env_path(name: &str) -> PathBuf {
    let value = std::env::var_os(name);
    value.unwrap_or_else(|| panic!("{name} is not set: `cargo xtask test` sets it")).into()
}
