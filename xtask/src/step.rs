//! Steps of a run: announced, timed and counted.

use std::{
    fmt::Display,
    io,
    process::{Command, ExitCode, Output, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    time::Instant,
};

use anyhow::{Context, Result, bail};

/// Whether progress goes to standard error.
static USES_STDERR: AtomicBool = AtomicBool::new(false);

/// Sends further progress to standard error, and reserves standard output for results.
pub(crate) fn print_progress_to_stderr() {
    USES_STDERR.store(true, Ordering::Relaxed);
}

/// Prints a line of progress.
pub(crate) fn print_progress(text: impl Display) {
    if USES_STDERR.load(Ordering::Relaxed) {
        eprintln!("{text}");
    } else {
        println!("{text}");
    }
}

/// The results of all steps so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    passed: Vec<String>,
    failed: Vec<String>,
    skipped: Vec<String>,
}

impl Report {
    /// Runs a step. A failure is printed at once and does not stop the next step.
    pub(crate) fn step<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        print_progress(format!("\n==> {name}"));
        let start = Instant::now();
        let outcome = work();
        let seconds = start.elapsed().as_secs_f64();
        match outcome {
            Ok(value) => {
                print_progress(format!("    passed in {seconds:.1} s"));
                self.passed.push(name.to_owned());
                Some(value)
            }
            Err(error) => {
                print_progress(format!("    FAILED after {seconds:.1} s: {error:#}"));
                self.failed.push(name.to_owned());
                None
            }
        }
    }

    /// Records a step that cannot be run here, and why.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        print_progress(format!("\n==> {name}\n    NOT DONE: {why}"));
        self.skipped.push(format!("{name} ({why})"));
    }

    /// Prints the failed and skipped steps, and the totals.
    pub(crate) fn end(self) -> ExitCode {
        print_progress("");
        for name in &self.failed {
            print_progress(format!("failed: {name}"));
        }
        for name in &self.skipped {
            print_progress(format!("skipped: {name}"));
        }
        let (passed, failed, skipped) = (&self.passed, &self.failed, &self.skipped);
        let figures = format!("{} passed, {} failed", passed.len(), failed.len());
        match skipped.len() {
            0 => print_progress(figures),
            count => print_progress(format!("{figures}, {count} skipped")),
        }
        if self.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) }
    }
}

/// Runs a command with visible output.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    print_progress(format!("    $ {}", line(command)));
    if USES_STDERR.load(Ordering::Relaxed) {
        command.stdout(io::stderr());
    }
    let status = command.status().with_context(|| format!("cannot start {}", line(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", line(command));
    }
    Ok(())
}

/// Runs a command and returns its output. Its errors are shown only if it fails.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    print_progress(format!("    $ {}", line(command)));
    let output = command.stdin(Stdio::null()).output();
    successful_output(command, output.with_context(|| format!("cannot start {}", line(command)))?)
}

/// The output of a command; an error if it failed.
pub(crate) fn successful_output(command: &Command, output: Output) -> Result<String> {
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("{} ended with {}: {}", line(command), output.status, errors.trim());
    }
    String::from_utf8(output.stdout).context("the output is not valid text")
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
