//! `docs/settings.md`, drawn from the declarations of the settings. `UPDATE_GOLDEN=1 cargo test -p
//! comanda settings` writes it anew.

use std::{fmt::Write as _, fs, path::Path};

use clap::{Arg, CommandFactory};

use crate::{
    cli::Cli,
    config::may_hold,
    environment::{is_secret, variable_of_file},
};

const HEAD: &str = "# Settings

Drawn by a test from what the program declares; do not edit. `UPDATE_GOLDEN=1 cargo test -p comanda
settings` writes it anew.

A flag wins over its variable, which wins over the line of `comanda.toml` (or of the file that
`--config` names), which wins over the default. A flag or variable that is left empty is not set. All
that is wrong is told at once, and nothing is started then. Every command takes every setting; the
headings tell which heed it.

Every secret can come from a file, as orchestrators mount them: the variable that ends with `_FILE`
names it. The newline at its end is no part of the secret. Of the two variables only one may be set.
So can secrets of librdkafka: `COMANDA_KAFKA_SASL_PASSWORD_FILE` holds `sasl.password`, and likewise
every property whose name ends with `password`, `secret`, `passphrase` or `pem`.

Further variables: `COMANDA_LOG` is what is logged (`warn,security=info`), `COMANDA_NO_DEMO` is
`comanda up --no-demo`, and `COMANDA_KAFKA_<NAME>` sets a property of librdkafka, as `--kafka` and the
table `[kafka]` of the file do: `COMANDA_KAFKA_LINGER_MS` is `linger.ms`.
";

fn render() -> String {
    let (command, mut text) = (Cli::command(), HEAD.to_owned());
    let mut headings: Vec<&str> = Vec::new();
    for heading in command.get_arguments().filter_map(Arg::get_help_heading) {
        if !headings.contains(&heading) {
            headings.push(heading);
        }
    }
    for heading in headings {
        let _ = writeln!(
            text,
            "\n## {}\n\n| flag | variable | `comanda.toml` | default | range | meaning |\n\
             |---|---|---|---|---|---|",
            heading.split(" (").next().unwrap_or_default()
        );
        for arg in command.get_arguments().filter(|a| a.get_help_heading() == Some(heading)) {
            text.push_str(&row(arg));
        }
    }
    text
}

fn row(arg: &Arg) -> String {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let (meaning, said) = match help.split_once(" [default: ") {
        Some((meaning, said)) => (meaning.to_owned(), said.trim_end_matches(']').to_owned()),
        None => (help.clone(), String::new()),
    };
    let value = arg.get_default_values().first().and_then(|value| value.to_str());
    let default = match value.filter(|value| !value.is_empty()) {
        Some(value) => format!("`{value}`"),
        None => said,
    };
    let range: Vec<_> = match arg.is_hide_possible_values_set() {
        true => Vec::new(),
        false => arg.get_possible_values().iter().map(|v| v.get_name().to_owned()).collect(),
    };
    let shown = |is_shown: bool, text: String| if is_shown { text } else { "–".to_owned() };
    let flag = format!("`--{}`", arg.get_long().unwrap_or_default());
    let cells = [
        shown(!arg.is_hide_set(), flag),
        variables(arg),
        shown(may_hold(arg), format!("`{}`", arg.get_id())),
        default,
        range.join(", "),
        meaning,
    ];
    let cells = cells.iter().map(|cell| match cell.is_empty() {
        true => "–".to_owned(),
        false => cell.replace('|', "\\|"),
    });
    let cells: Vec<_> = cells.collect();
    format!("| {} |\n", cells.join(" | "))
}

fn variables(arg: &Arg) -> String {
    let Some(name) = arg.get_env().and_then(|name| name.to_str()) else { return "–".to_owned() };
    match is_secret(arg) {
        true => format!("`{name}`, `{}`", variable_of_file(name)),
        false => format!("`{name}`"),
    }
}

#[test]
fn the_document_is_what_the_program_declares() {
    let drawn = render();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/settings.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &drawn).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == drawn, "docs/settings.md is old: UPDATE_GOLDEN=1 writes it anew");
}

#[test]
fn every_setting_says_what_it_means_and_what_holds_without_it() {
    for arg in Cli::command().get_arguments().filter(|arg| arg.get_help_heading().is_some()) {
        let name = arg.get_id();
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        assert!(!help.is_empty(), "{name}: a comment at the field says what it means");
        let has_default = help.contains("[default: ") || !arg.get_default_values().is_empty();
        assert!(
            has_default || name == "kafka",
            "{name}: `[default: …]` says what holds without it"
        );
        let long = arg.get_long().unwrap_or_default().replace('-', "_");
        assert_eq!(long, name.as_str(), "the line of the file is named as the flag");
        let is_named = arg.get_env().is_some() || name == "kafka";
        assert!(is_named, "{name}: `env = …` names its variable");
    }
}
