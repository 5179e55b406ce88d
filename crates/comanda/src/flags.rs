//! Collects all flags and variables with invalid values, where clap reports the first one only.

use std::ffi::OsString;

use clap::{
    Arg, ArgMatches, Command,
    error::{ContextKind, ContextValue, ErrorKind},
    parser::ValueSource,
};

/// Why a command line cannot be parsed.
#[derive(Debug)]
pub(crate) enum CommandLineError {
    /// A message of clap: help, the version, or an unknown flag.
    Clap(clap::Error),
    /// All problems found.
    Problems(Vec<String>),
}

/// A command line that is parsed without its invalid values.
#[derive(Debug)]
pub(crate) struct CommandLine {
    command: Command,
    args: Vec<OsString>,
    /// The invalid values, a sentence each.
    pub(crate) problems: Vec<String>,
}

impl CommandLine {
    pub(crate) fn new(command: Command, args: impl Iterator<Item = OsString>) -> Self {
        Self { command, args: args.collect(), problems: Vec::new() }
    }

    /// Changes the declared command for the next parse, and adds the problems with the change.
    pub(crate) fn change_command(
        &mut self,
        change: impl FnOnce(Command) -> (Command, Vec<String>),
    ) {
        let (command, problems) = change(self.command.clone());
        self.command = command;
        self.problems.extend(problems);
    }

    /// Parses the command line. Empty flags are ignored.
    pub(crate) fn parse(&mut self) -> Result<ArgMatches, CommandLineError> {
        loop {
            let error = match self.command.clone().try_get_matches_from(&self.args) {
                Ok(matches) if self.remove_empty_flag(&matches) => continue,
                Ok(matches) => return Ok(matches),
                Err(error) => error,
            };
            let is_wrong = error.use_stderr();
            // Clap formats flags only after this.
            let mut built = self.command.clone();
            built.build();
            match remove_cause(&error, &built, &mut self.args) {
                Some((problem, None)) => self.problems.push(problem),
                Some((problem, Some(variable))) => {
                    self.problems.push(problem);
                    let command = self.command.clone();
                    self.command = without_variable(command, &variable);
                }
                None if is_wrong && !self.problems.is_empty() => {
                    self.problems.push(first_sentence(&error));
                    return Err(CommandLineError::Problems(std::mem::take(&mut self.problems)));
                }
                None => return Err(CommandLineError::Clap(error)),
            }
        }
    }

    /// Removes one empty flag; false if there is none.
    fn remove_empty_flag(&mut self, matches: &ArgMatches) -> bool {
        let is_given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
        let empty = self.command.get_arguments().find_map(|arg| {
            let id = arg.get_id().as_str();
            let mut values = matches.get_raw(id).filter(|_| is_given(id))?;
            let empty = values.find(|value| value.to_str().is_some_and(|v| v.trim().is_empty()))?;
            Some((arg.clone(), empty.to_str()?.to_owned()))
        });
        empty.is_some_and(|(arg, value)| remove_flag(&mut self.args, &arg, &value))
    }
}

/// Removes the flag that caused an error, or returns the variable that did. With it, the error's
/// sentence.
fn remove_cause(
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
    let arg = find_flag(command, shown)?;
    if remove_flag(args, arg, value) {
        return Some((first_sentence(error), None));
    }
    let variable = arg.get_env()?.to_owned();
    let problem = format!("{} ({})", first_sentence(error), variable.to_string_lossy());
    Some((problem, Some(variable)))
}

/// The first sentence of an error, with Rust's parse errors in plain words.
pub(crate) fn first_sentence(error: &clap::Error) -> String {
    let text = error.to_string();
    let first = text.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
    let words: Vec<_> = first.split_whitespace().collect();
    let plain = [
        ("invalid digit found in string", "it must be a whole number"),
        ("cannot parse integer from empty string", "it must be a whole number"),
        ("invalid IP address syntax", "it must be an IP address, such as 127.0.0.1"),
    ];
    plain.iter().fold(words.join(" "), |text, (from, to)| text.replace(from, to))
}

/// The flag that clap formats as `shown`, of this command or its subcommands.
fn find_flag<'a>(command: &'a Command, shown: &str) -> Option<&'a Arg> {
    let here = command.get_arguments().find(|arg| arg.to_string() == shown);
    here.or_else(|| command.get_subcommands().find_map(|command| find_flag(command, shown)))
}

/// Removes a flag with its value; false if it is not in `args`.
fn remove_flag(args: &mut Vec<OsString>, arg: &Arg, value: &str) -> bool {
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
