//! Steps: said before, timed, and counted at the end.

use std::{
    fmt::Display,
    io,
    process::{Command, ExitCode, Output, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    time::Instant,
};

use anyhow::{Context, Result, bail};

/// Whether standard output is for results alone.
static APART: AtomicBool = AtomicBool::new(false);

/// From now on, what is told goes to standard error: standard output is for results.
pub(crate) fn tell_apart() {
    APART.store(true, Ordering::Relaxed);
}

/// Tells whoever looks on how far it is.
pub(crate) fn tell(text: impl Display) {
    if APART.load(Ordering::Relaxed) {
        eprintln!("{text}");
    } else {
        println!("{text}");
    }
}

/// What was done so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    passed: Vec<String>,
    failed: Vec<String>,
    skipped: Vec<String>,
}

impl Report {
    /// Does a step. A failure is told at once, and does not stop the next one.
    pub(crate) fn step<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        tell(format!("\n==> {name}"));
        let start = Instant::now();
        let outcome = work();
        let seconds = start.elapsed().as_secs_f64();
        match outcome {
            Ok(value) => {
                tell(format!("    passed in {seconds:.1} s"));
                self.passed.push(name.to_owned());
                Some(value)
            }
            Err(error) => {
                tell(format!("    FAILED after {seconds:.1} s: {error:#}"));
                self.failed.push(name.to_owned());
                None
            }
        }
    }

    /// Says that a step cannot be done here, and why; it is counted as neither.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        tell(format!("\n==> {name}\n    NOT DONE: {why}"));
        self.skipped.push(format!("{name} ({why})"));
    }

    /// Names what failed, and ends with one line of figures.
    pub(crate) fn end(self) -> ExitCode {
        tell("");
        for name in &self.failed {
            tell(format!("failed: {name}"));
        }
        for name in &self.skipped {
            tell(format!("skipped: {name}"));
        }
        let (passed, failed, skipped) = (&self.passed, &self.failed, &self.skipped);
        let figures = format!("{} passed, {} failed", passed.len(), failed.len());
        match skipped.len() {
            0 => tell(figures),
            count => tell(format!("{figures}, {count} skipped")),
        }
        if self.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) }
    }
}

/// Runs a command whose output whoever looks on should see.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    tell(format!("    $ {}", line(command)));
    if APART.load(Ordering::Relaxed) {
        command.stdout(io::stderr());
    }
    let status = command.status().with_context(|| format!("cannot start {}", line(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", line(command));
    }
    Ok(())
}

/// Runs a command and answers what it wrote. Its errors are told only if it fails.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    tell(format!("    $ {}", line(command)));
    let output = command.stdin(Stdio::null()).output();
    told(command, output.with_context(|| format!("cannot start {}", line(command)))?)
}

/// The output of a command that has ended, if it ended well.
pub(crate) fn told(command: &Command, output: Output) -> Result<String> {
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("{} ended with {}: {}", line(command), output.status, errors.trim());
    }
    String::from_utf8(output.stdout).context("the output is no text")
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
