//! Flags and variables whose values cannot be read: all of them, not just the first one.

use std::ffi::OsString;

use clap::{
    Arg, ArgMatches, Command,
    error::{ContextKind, ContextValue, ErrorKind},
    parser::ValueSource,
};

/// Why a command line cannot be read.
#[derive(Debug)]
pub(crate) enum Unread {
    /// Clap has something to say: help, the version, or that a flag is none.
    Said(clap::Error),
    /// All that is wrong, as far as it could be read.
    Wrong(Vec<String>),
}

/// A command line that is read as if what cannot be read were not there.
#[derive(Debug)]
pub(crate) struct Line {
    command: Command,
    args: Vec<OsString>,
    /// All that cannot be read.
    pub(crate) wrong: Vec<String>,
}

impl Line {
    pub(crate) fn new(command: Command, args: impl Iterator<Item = OsString>) -> Self {
        Self { command, args: args.collect(), wrong: Vec::new() }
    }

    /// Changes what is read, for the next time, and notes what is wrong with the change.
    pub(crate) fn change(&mut self, change: impl FnOnce(Command) -> (Command, Vec<String>)) {
        let (command, wrong) = change(self.command.clone());
        self.command = command;
        self.wrong.extend(wrong);
    }

    /// Reads it. Flags that are left empty count for nothing.
    pub(crate) fn read(&mut self) -> Result<ArgMatches, Unread> {
        loop {
            let error = match self.command.clone().try_get_matches_from(&self.args) {
                Ok(matches) if self.leave_out_empty(&matches) => continue,
                Ok(matches) => return Ok(matches),
                Err(error) => error,
            };
            let is_wrong = error.use_stderr();
            // Only then does clap know how it shows a flag.
            let mut built = self.command.clone();
            built.build();
            match leave_out(&error, &built, &mut self.args) {
                Some((told, None)) => self.wrong.push(told),
                Some((told, Some(variable))) => {
                    self.wrong.push(told);
                    let command = self.command.clone();
                    self.command = without_variable(command, &variable);
                }
                None if is_wrong && !self.wrong.is_empty() => {
                    self.wrong.push(sentence(&error));
                    return Err(Unread::Wrong(std::mem::take(&mut self.wrong)));
                }
                None => return Err(Unread::Said(error)),
            }
        }
    }

    /// Leaves out a setting whose flag is empty; false if there is none.
    fn leave_out_empty(&mut self, matches: &ArgMatches) -> bool {
        let is_given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
        let empty = self.command.get_arguments().find_map(|arg| {
            let id = arg.get_id().as_str();
            let mut values = matches.get_raw(id).filter(|_| is_given(id))?;
            let empty = values.find(|value| value.to_str().is_some_and(|v| v.trim().is_empty()))?;
            Some((arg.clone(), empty.to_str()?.to_owned()))
        });
        empty.is_some_and(|(arg, value)| remove(&mut self.args, &arg, &value))
    }
}

/// Leaves the flag out that an error is about, or names the variable to leave out.
fn leave_out(
    error: &clap::Error,
    command: &Command,
    args: &mut Vec<OsString>,
) -> Option<(String, Option<OsString>)> {
    if !matches!(error.kind(), ErrorKind::ValueValidation | ErrorKind::InvalidValue) {
        return None;
    }
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let (shown, value) = (text(ContextKind::InvalidArg)?, text(ContextKind::InvalidValue)?);
    let arg = find(command, shown)?;
    if remove(args, arg, value) {
        return Some((sentence(error), None));
    }
    let variable = arg.get_env()?.to_owned();
    let told = format!("{} ({})", sentence(error), variable.to_string_lossy());
    Some((told, Some(variable)))
}

/// The first sentence of an error, in words for people.
pub(crate) fn sentence(error: &clap::Error) -> String {
    let text = error.to_string();
    let first = text.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
    let words: Vec<_> = first.split_whitespace().collect();
    let plain = [
        ("invalid digit found in string", "it must be a whole number"),
        ("cannot parse integer from empty string", "it must be a whole number"),
        ("invalid IP address syntax", "it must be an IP address, such as 127.0.0.1"),
    ];
    plain.iter().fold(words.join(" "), |told, (from, to)| told.replace(from, to))
}

/// The flag that clap shows like this, here or below.
fn find<'a>(command: &'a Command, shown: &str) -> Option<&'a Arg> {
    let here = command.get_arguments().find(|arg| arg.to_string() == shown);
    here.or_else(|| command.get_subcommands().find_map(|command| find(command, shown)))
}

/// Removes a flag with its value; false if it does not stand there.
fn remove(args: &mut Vec<OsString>, arg: &Arg, value: &str) -> bool {
    let names = arg.get_long_and_visible_aliases().unwrap_or_default();
    let is_name = |text: &OsString| {
        names.iter().any(|name| text.to_str().and_then(|t| t.strip_prefix("--")) == Some(*name))
    };
    let is_whole = |text: &OsString| {
        names.iter().any(|name| text.to_str() == Some(format!("--{name}={value}").as_str()))
    };
    let apart = args.windows(2).position(|pair| is_name(&pair[0]) && pair[1] == value);
    match (args.iter().position(is_whole), apart) {
        (Some(at), _) => drop(args.remove(at)),
        (None, Some(at)) => drop(args.drain(at..at + 2)),
        (None, None) => return false,
    }
    true
}

fn without_variable(command: Command, variable: &OsString) -> Command {
    let is_meant = |arg: &Arg| arg.get_env() == Some(variable.as_os_str());
    let command = command.mut_args(|arg| if is_meant(&arg) { arg.env(None) } else { arg });
    command.mut_subcommands(|command| without_variable(command, variable))
}
