//! Environment variables: misspelt settings are refused, variables that Kubernetes sets are
//! ignored.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    ffi::OsString,
};

use clap::{Arg, Command};

/// Prefix of our variables.
const PREFIX: &str = "COMANDA_";
/// Prefix of variables that set a property of librdkafka.
pub(crate) const PROPERTY: &str = "COMANDA_KAFKA_";
/// The log filter; read before the command line.
pub(crate) const LOG: &str = "COMANDA_LOG";
/// `off` disables metrics, so that `cargo xtask bench signals` can measure their cost.
const METRICS: &str = "COMANDA_METRICS";
/// Minimum Jaro-Winkler similarity of a suggested name; 1 means equal.
const MIN_SIMILARITY: f64 = 0.9;

/// Whether Kubernetes sets this variable for a Service (`COMANDA_PORT=tcp://10.0.0.7:8080`,
/// `COMANDA_SERVICE_HOST`, …). Those of a Service named `comanda` look like our settings.
pub(crate) fn is_service_link(name: &str, value: &str) -> bool {
    let is_address = ["tcp://", "udp://", "sctp://"].iter().any(|scheme| value.starts_with(scheme));
    let is_one_of_a_port = ["_TCP", "_UDP", "_SCTP"].iter().any(|protocol| {
        name.split_once(protocol).is_some_and(|(port, what)| {
            let port = port.rsplit_once("_PORT_").map_or("", |(_, port)| port);
            let is_port = !port.is_empty() && port.chars().all(|c| c.is_ascii_digit());
            is_port && matches!(what, "" | "_PROTO" | "_PORT" | "_ADDR")
        })
    });
    let is_of_a_service = name.ends_with("_SERVICE_HOST")
        || name.ends_with("_SERVICE_PORT")
        || name.contains("_SERVICE_PORT_");
    is_address || is_one_of_a_port || is_of_a_service
}

/// The environment, without variables that are not UTF-8.
pub(crate) fn variables() -> BTreeMap<String, String> {
    let text = |(name, value): (OsString, OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    env::vars_os().filter_map(text).collect()
}

/// The variables with our prefix that Kubernetes has set.
pub(crate) fn service_links(variables: &BTreeMap<String, String>) -> BTreeSet<String> {
    let ours = variables.iter().filter(|(name, _)| name.starts_with(PREFIX));
    let links = ours.filter(|(name, value)| is_service_link(name, value));
    links.map(|(name, _)| name.clone()).collect()
}

/// Whether the value of a setting is never shown.
pub(crate) fn is_secret(arg: &Arg) -> bool {
    arg.is_hide_env_values_set()
}

/// The variable that names a file with the value of `variable`.
pub(crate) fn variable_of_file(variable: &str) -> String {
    format!("{variable}_FILE")
}

/// Empty variables, which is how many tools unset one.
pub(crate) fn empty_variables(
    variables: &BTreeMap<String, String>,
) -> impl Iterator<Item = String> {
    variables.iter().filter(|(_, value)| value.trim().is_empty()).map(|(name, _)| name.clone())
}

/// The command line without the variables in `links`.
pub(crate) fn without_variables(links: &BTreeSet<String>, command: Command) -> Command {
    let command = command.mut_args(|arg| {
        let is_link =
            arg.get_env().and_then(|name| name.to_str()).is_some_and(|n| links.contains(n));
        if is_link { arg.env(None) } else { arg }
    });
    command.mut_subcommands(|command| without_variables(links, command))
}

/// An error for each variable with our prefix that is no setting, with the most similar name.
pub(crate) fn misspelt_settings<'a>(
    command: &Command,
    variables: impl Iterator<Item = &'a str>,
) -> Vec<String> {
    let known = known_variables(command);
    let is_ours = |name: &&str| name.starts_with(PREFIX) && !name.starts_with(PROPERTY);
    let unknown = variables.filter(is_ours).filter(|name| !known.contains(*name));
    unknown.map(|name| describe_unknown(name, &known)).collect()
}

/// Whether metrics are on, or what is wrong with the variable.
pub(crate) fn wants_metrics() -> Result<bool, String> {
    parse_metrics(&env::var(METRICS).unwrap_or_default())
}

fn parse_metrics(text: &str) -> Result<bool, String> {
    match text.trim() {
        "" | "on" => Ok(true),
        "off" => Ok(false),
        other => Err(format!("{METRICS}={other:?} cannot be read: use on or off")),
    }
}

fn known_variables(command: &Command) -> BTreeSet<String> {
    let own = command.get_arguments().filter_map(|arg| {
        let name = arg.get_env()?.to_str()?.to_owned();
        let file = is_secret(arg).then(|| variable_of_file(&name));
        Some([Some(name), file].into_iter().flatten())
    });
    let own = own.flatten();
    let below = command.get_subcommands().flat_map(known_variables);
    own.chain(below).chain([LOG, METRICS].map(str::to_owned)).collect()
}

fn describe_unknown(name: &str, known: &BTreeSet<String>) -> String {
    // Without the common prefix, which would make all names similar.
    let own = |name: &str| name.trim_start_matches(PREFIX).to_owned();
    let similarity = |other: &&String| strsim::jaro_winkler(&own(name), &own(other));
    let nearest = known.iter().max_by(|a, b| similarity(a).total_cmp(&similarity(b)));
    match nearest.filter(|nearest| similarity(nearest) >= MIN_SIMILARITY) {
        Some(nearest) => format!("there is no setting {name}: did you mean {nearest}?"),
        None => format!("there is no setting {name}: `comanda --help` lists them"),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    fn find_misspelt(names: &[&str]) -> Vec<String> {
        misspelt_settings(&Cli::command(), names.iter().copied())
    }

    #[test]
    fn misspelt_variables_are_named_with_the_likely_setting() {
        let expected = [
            "there is no setting COMANDA_PARTITION: did you mean COMANDA_PARTITIONS?",
            "there is no setting COMANDA_PUBLIC_ULR: did you mean COMANDA_PUBLIC_URL?",
        ];
        assert_eq!(find_misspelt(&["COMANDA_PARTITION", "PATH", "COMANDA_PUBLIC_ULR"]), expected);
        let expected = ["there is no setting COMANDA_XYZZY: `comanda --help` lists them"];
        assert_eq!(find_misspelt(&["COMANDA_XYZZY"]), expected);
    }

    #[test]
    fn metrics_are_on_unless_switched_off() {
        assert_eq!(["", "on", " off "].map(parse_metrics), [Ok(true), Ok(true), Ok(false)]);
        let problem = parse_metrics("none").unwrap_err();
        assert!(problem.contains("COMANDA_METRICS=\"none\"") && problem.contains("on or off"));
    }

    #[test]
    fn every_setting_and_property_is_known() {
        let right = ["COMANDA_SECRET", "COMANDA_NO_DEMO", "COMANDA_LOG", "COMANDA_METRICS"];
        assert!(find_misspelt(&right).is_empty());
    }

    #[test]
    fn variables_of_kubernetes_are_ignored() {
        let links = [
            ("COMANDA_PORT", "tcp://10.0.0.7:8080"),
            ("COMANDA_PORT_8080_TCP", "tcp://10.0.0.7:8080"),
            ("COMANDA_PORT_8080_TCP_PROTO", "tcp"),
            ("COMANDA_PORT_53_UDP_ADDR", "10.0.0.7"),
            ("COMANDA_SERVICE_HOST", "10.0.0.7"),
            ("COMANDA_SERVICE_PORT", "8080"),
            ("COMANDA_SERVICE_PORT_HTTP", "8080"),
            ("COMANDA_KAFKA_PORT", "tcp://10.0.0.8:9092"),
            ("COMANDA_KAFKA_SERVICE_HOST", "10.0.0.8"),
            ("COMANDA_KAFKA_PORT_9092_TCP_PORT", "9092"),
        ];
        let ours = [
            ("COMANDA_PORT", "8080"),
            ("COMANDA_KAFKA_PORT", "9092"),
            ("COMANDA_PUBLIC_URL", "https://shop.example"),
            ("COMANDA_KAFKA_SASL_PASSWORD", "tcp"),
        ];
        assert!(links.iter().all(|(name, value)| is_service_link(name, value)));
        assert!(!ours.iter().any(|(name, value)| is_service_link(name, value)));
    }

    #[test]
    fn a_command_line_reads_no_ignored_variable() {
        let links = ["COMANDA_PORT".to_owned()].into();
        let command = without_variables(&links, Cli::command());
        let known = known_variables(&command);
        assert!(!known.contains("COMANDA_PORT") && known.contains("COMANDA_KAFKA_PORT"));
    }
}
