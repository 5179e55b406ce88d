//! Passwords come from a prompt without echo, or from standard input; never from a command line,
//! which every user of the machine can read.

use std::io::{self, IsTerminal, Write};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::fault::Fault;

/// Reads a new password: twice from a terminal, to detect typing errors; else one line.
pub(crate) fn new_password() -> Result<String, Fault> {
    if !io::stdin().is_terminal() {
        return read_line();
    }
    let first = read_hidden("New password: ")?;
    let again = read_hidden("The same again: ")?;
    match first == again {
        true => Ok(first),
        false => Err(Fault::usage("the two passwords differ; nothing is changed")),
    }
}

fn read_line() -> Result<String, Fault> {
    let mut text = String::new();
    let read = io::stdin().read_line(&mut text);
    read.map_err(|e| Fault::system("standard input cannot be read").with_cause(e))?;
    let password = text.trim_end_matches(['\n', '\r']);
    match password.is_empty() {
        true => Err(Fault::usage("no password came on standard input")),
        false => Ok(password.to_owned()),
    }
}

fn read_hidden(question: &str) -> Result<String, Fault> {
    let hidden = HiddenInput::new()?;
    let mut out = io::stderr();
    // Without a prompt the password can still be typed.
    let _ = out.write_all(question.as_bytes()).and_then(|()| out.flush());
    let typed = read_line();
    drop(hidden);
    let _ = out.write_all(b"\n");
    typed
}

/// Turns off the terminal's echo until it is dropped.
struct HiddenInput(Termios);

impl HiddenInput {
    fn new() -> Result<Self, Fault> {
        let failed = |e| Fault::system("the terminal's echo cannot be turned off").with_cause(e);
        let before = tcgetattr(io::stdin()).map_err(failed)?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Now, &hidden).map_err(failed)?;
        Ok(Self(before))
    }
}

impl Drop for HiddenInput {
    fn drop(&mut self) {
        // There is nothing to do about a failure here.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}
