//! `comanda.toml`: a line sets the default of the flag of the same name, with underscores. All
//! problems are reported at once, each with its line.

use std::{
    collections::BTreeMap,
    ops::Range,
    path::{Path, PathBuf},
};

use clap::{Arg, Command};
use toml::{Spanned, Value};

use crate::{environment::is_secret, flags::first_sentence};

/// Read from the current directory if it exists.
const DEFAULT_FILE: &str = "comanda.toml";
/// The table of librdkafka's properties.
const PROPERTIES: &str = "kafka";
/// The setting that names the file.
const CONFIG: &str = "config";

type Table = BTreeMap<Spanned<String>, Spanned<Value>>;

/// The settings of a file.
#[derive(Debug, Default)]
pub(crate) struct File {
    /// Values by the id of the setting.
    values: Vec<(String, String)>,
    /// librdkafka's properties.
    pub(crate) kafka: BTreeMap<String, String>,
}

/// Whether a file may contain a setting: secrets without a visible flag may not be in it.
pub(crate) fn may_hold(arg: &Arg) -> bool {
    let is_hidden = is_secret(arg) && arg.is_hide_set();
    arg.get_long().is_some() && !is_hidden && arg.get_id() != CONFIG
}

impl File {
    /// Reads the named file, or the default one if it exists. Returns the problems with it as well.
    pub(crate) fn read(named: Option<&PathBuf>, command: &Command) -> (Self, Vec<String>) {
        let path = match named {
            Some(path) => path.as_path(),
            None if Path::new(DEFAULT_FILE).exists() => Path::new(DEFAULT_FILE),
            None => return Self::with_problem(None),
        };
        let shown = path.display();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) => {
                let problem = format!("cannot read the settings in {shown}: {e}");
                return Self::with_problem(Some(problem));
            }
        };
        let (file, wrong) = parse(&text, command);
        let problem = || format!("the settings in {shown} are wrong: {}", wrong.join("; "));
        (file, (!wrong.is_empty()).then(problem).into_iter().collect())
    }

    fn with_problem(wrong: Option<String>) -> (Self, Vec<String>) {
        (Self::default(), wrong.into_iter().collect())
    }

    /// The command line with the values of the file as defaults.
    pub(crate) fn as_defaults(&self, command: Command) -> Command {
        self.values.iter().fold(command, |command, (id, value)| {
            command.mut_arg(id, |arg| arg.default_value(value.clone()))
        })
    }
}

/// The settings of a file's text, and the problems, each with its line.
fn parse(text: &str, command: &Command) -> (File, Vec<String>) {
    let (text, table, mut wrong) = parse_table(text);
    let mut file = File::default();
    for (key, value) in table {
        let line = line_number(&text, key.span().start);
        let result = match key.get_ref().as_str() {
            PROPERTIES => file.set_properties(value.get_ref()),
            name => file.set_value(command, name, value.get_ref()),
        };
        if let Err(problem) = result {
            wrong.insert(line, format!("line {line}: {problem}"));
        }
    }
    (file, wrong.into_values().collect())
}

impl File {
    fn set_value(&mut self, command: &Command, name: &str, value: &Value) -> Result<(), String> {
        let mut known = command.get_arguments().filter(|arg| may_hold(arg));
        let Some(arg) = known.find(|arg| arg.get_id() == name) else {
            return Err(describe_unknown(command, name));
        };
        let text = value_text(value)?;
        if text.trim().is_empty() {
            return Ok(());
        }
        check_value(arg, &text)?;
        self.values.push((name.to_owned(), text));
        Ok(())
    }

    fn set_properties(&mut self, value: &Value) -> Result<(), String> {
        let table = value.as_table().ok_or("`kafka` must be a table, [kafka]")?;
        for (name, value) in table {
            let text = value_text(value).map_err(|problem| format!("{name}: {problem}"))?;
            self.kafka.insert(name.clone(), text);
        }
        Ok(())
    }
}

fn describe_unknown(command: &Command, name: &str) -> String {
    let known = command.get_arguments().filter(|arg| may_hold(arg));
    let likeness = |other: &&str| strsim::jaro_winkler(name, other);
    let nearest =
        known.map(|arg| arg.get_id().as_str()).max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let nearest = nearest.map(|nearest| format!(", did you mean `{nearest}`?"));
    format!("unknown field `{name}`{}", nearest.unwrap_or_default())
}

fn value_text(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Float(number) => Ok(number.to_string()),
        Value::Boolean(is) => Ok(is.to_string()),
        other => Err(format!("must be text or a number, and is {}", other.type_str())),
    }
}

/// Checks a value by the parser of the flag.
fn check_value(arg: &Arg, text: &str) -> Result<(), String> {
    let flag = arg.get_long().unwrap_or_default();
    let alone = Command::new("comanda").no_binary_name(true).disable_help_flag(true);
    let mut alone = alone.arg(arg.clone().env(None::<&'static str>));
    alone.build();
    let shown: Vec<_> = alone.get_arguments().map(|arg| format!("'{arg}'")).collect();
    let read = alone.try_get_matches_from([format!("--{flag}={text}")]);
    read.map(drop).map_err(|error| {
        let field = format!("`{}`", arg.get_id());
        shown.iter().fold(first_sentence(&error), |text, flag| text.replace(flag, &field))
    })
}

/// The text without the lines that are not TOML, its table, and the problems by line number.
fn parse_table(text: &str) -> (String, Table, BTreeMap<usize, String>) {
    let (mut rest, mut wrong) = (text.to_owned(), BTreeMap::new());
    loop {
        let error = match toml::from_str(&rest) {
            Ok(table) => return (rest, table, wrong),
            Err(error) => error,
        };
        let span = error.span().unwrap_or_default();
        let line = line_number(&rest, span.start);
        wrong.insert(line, format!("line {line}: {}", error.message().replace('\n', " ")));
        let without = without_lines(&rest, &span);
        if without == rest {
            return (rest, Table::default(), wrong);
        }
        rest = without;
    }
}

fn line_number(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// The text with the lines of a span emptied, so that the others keep their numbers.
fn without_lines(text: &str, span: &Range<usize>) -> String {
    let mut end = 0;
    let kept = text.split_inclusive('\n').map(|line| {
        let start = end;
        end += line.len();
        let is_meant = start <= span.end.saturating_sub(1).max(span.start) && span.start < end;
        match is_meant {
            true => "\n",
            false => line,
        }
    });
    kept.collect()
}

#[cfg(test)]
mod tests {
    use clap::Args;

    use super::*;
    use crate::config::Settings;

    fn read(text: &str) -> (File, Vec<String>) {
        parse(text, &Settings::augment_args(Command::new("comanda")))
    }

    #[test]
    fn every_wrong_line_is_named_and_the_others_are_read() {
        let text = "prot = 8080\npartitions = 3\nport = \"many\"\ntrusted_proxies = \"x\"\n\
                    connections = [\n  1,\n]\nreplication = 99\n[kafka]\n\"linger.ms\" = [5]\n";
        let (file, wrong) = read(text);
        assert_eq!(file.values, [("partitions".to_owned(), "3".to_owned())]);
        let lines: Vec<_> =
            wrong.iter().map(|problem| problem.split(':').next().unwrap()).collect();
        let expected = ["line 1", "line 3", "line 4", "line 5", "line 8", "line 9"];
        assert_eq!(lines, expected, "{wrong:#?}");
        assert!(wrong[0].contains("prot") && wrong[0].contains("port"), "{wrong:#?}");
        assert!(wrong[1].contains("'many' for `port`: it must be a whole number"), "{wrong:#?}");
        assert!(wrong[4].contains("--replication must be 1 to 15"), "{wrong:#?}");
        let (_, wrong) = read("port = 1\nport = 2\nhost = 7\n");
        assert_eq!(wrong.len(), 2, "{wrong:#?}");
        assert!(wrong[1].starts_with("line 3: "), "{wrong:#?}");
        assert_eq!(read("port = = 1\nhost = 7\n").1.len(), 2, "the first is no TOML");
        assert!(read("port = 8080").1.is_empty());
    }

    #[test]
    fn secrets_of_ours_have_no_place_in_it() {
        for name in
            ["secret", "staff_token", "stripe_secret_key", "stripe_publishable_key", "config"]
        {
            assert_eq!(read(&format!("{name} = 'x'")).1.len(), 1, "{name}");
        }
        let (file, wrong) = read("database_url = 'sqlite:x'\n[kafka]\n'linger.ms' = 5\n");
        assert!(wrong.is_empty() && file.values.len() == 1, "{wrong:?}");
        assert_eq!(file.kafka["linger.ms"], "5");
    }
}
