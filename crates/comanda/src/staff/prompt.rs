//! Passwords come from a person who types them unseen, or from standard input: never from a command
//! line, which every user of the machine can read.

use std::io::{self, IsTerminal, Write};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::fault::Fault;

/// A new password: from a terminal twice, so that a slip of the finger shows; else one line.
pub(crate) fn new_password() -> Result<String, Fault> {
    if !io::stdin().is_terminal() {
        return line();
    }
    let first = unseen("New password: ")?;
    let again = unseen("The same again: ")?;
    match first == again {
        true => Ok(first),
        false => Err(Fault::usage("the two are not the same; nothing is changed")),
    }
}

fn line() -> Result<String, Fault> {
    let mut text = String::new();
    let read = io::stdin().read_line(&mut text);
    read.map_err(|e| Fault::system(format!("standard input cannot be read: {e}")))?;
    let password = text.trim_end_matches(['\n', '\r']);
    match password.is_empty() {
        true => Err(Fault::usage("no password came on standard input")),
        false => Ok(password.to_owned()),
    }
}

fn unseen(question: &str) -> Result<String, Fault> {
    let quiet = Quiet::new()?;
    let mut out = io::stderr();
    // Whoever cannot read the question is asked all the same.
    let _ = out.write_all(question.as_bytes()).and_then(|()| out.flush());
    let typed = line();
    drop(quiet);
    let _ = out.write_all(b"\n");
    typed
}

/// While it lives, the terminal shows nothing of what is typed.
struct Quiet(Termios);

impl Quiet {
    fn new() -> Result<Self, Fault> {
        let failed = |e| Fault::system(format!("the terminal cannot be made quiet: {e}"));
        let before = tcgetattr(io::stdin()).map_err(failed)?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Now, &quiet).map_err(failed)?;
        Ok(Self(before))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // It is too late to do anything about it.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}
