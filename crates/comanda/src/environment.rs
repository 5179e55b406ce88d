//! The environment as it is: what is ours and misspelt is refused, what Kubernetes puts there is left
//! out.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    ffi::OsString,
};

use clap::{Arg, Command};

/// What the names of our variables begin with.
const OURS: &str = "COMANDA_";
/// Variables that set a property of librdkafka, which knows their names.
pub(crate) const PROPERTY: &str = "COMANDA_KAFKA_";
/// Read before the command line is.
pub(crate) const LOG: &str = "COMANDA_LOG";
/// How alike two names must be to be taken for one (Jaro and Winkler; 1 is the same).
const ALIKE: f64 = 0.9;

/// True for a variable that Kubernetes sets for a Service (`COMANDA_PORT=tcp://10.0.0.7:8080`,
/// `COMANDA_SERVICE_HOST`, …): where one is named `comanda`, they look like settings of ours.
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

/// The environment. What is no text is none of ours.
pub(crate) fn variables() -> BTreeMap<String, String> {
    let text = |(name, value): (OsString, OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    env::vars_os().filter_map(text).collect()
}

/// The variables of ours that Kubernetes has set.
pub(crate) fn service_links(variables: &BTreeMap<String, String>) -> BTreeSet<String> {
    let ours = variables.iter().filter(|(name, _)| name.starts_with(OURS));
    let links = ours.filter(|(name, value)| is_service_link(name, value));
    links.map(|(name, _)| name.clone()).collect()
}

/// True for a setting whose value is never shown.
pub(crate) fn is_secret(arg: &Arg) -> bool {
    arg.is_hide_env_values_set()
}

/// The variable that names a file with the value of `variable`.
pub(crate) fn variable_of_file(variable: &str) -> String {
    format!("{variable}_FILE")
}

/// Variables that are left empty, which is how many tools unset one.
pub(crate) fn unset(variables: &BTreeMap<String, String>) -> impl Iterator<Item = String> {
    variables.iter().filter(|(_, value)| value.trim().is_empty()).map(|(name, _)| name.clone())
}

/// The command line that reads no variable among those left out.
pub(crate) fn without(links: &BTreeSet<String>, command: Command) -> Command {
    let command = command.mut_args(|arg| {
        let is_link =
            arg.get_env().and_then(|name| name.to_str()).is_some_and(|n| links.contains(n));
        if is_link { arg.env(None) } else { arg }
    });
    command.mut_subcommands(|command| without(links, command))
}

/// Variables that look like settings of ours and are none, each with the name that is meant.
pub(crate) fn misspelt<'a>(
    command: &Command,
    variables: impl Iterator<Item = &'a str>,
) -> Vec<String> {
    let known = known(command);
    let is_ours = |name: &&str| name.starts_with(OURS) && !name.starts_with(PROPERTY);
    let unknown = variables.filter(is_ours).filter(|name| !known.contains(*name));
    unknown.map(|name| tell(name, &known)).collect()
}

fn known(command: &Command) -> BTreeSet<String> {
    let own = command.get_arguments().filter_map(|arg| {
        let name = arg.get_env()?.to_str()?.to_owned();
        let file = is_secret(arg).then(|| variable_of_file(&name));
        Some([Some(name), file].into_iter().flatten())
    });
    let own = own.flatten();
    let below = command.get_subcommands().flat_map(known);
    own.chain(below).chain([LOG.to_owned()]).collect()
}

fn tell(name: &str, known: &BTreeSet<String>) -> String {
    // What they begin with is alike in all of them.
    let own = |name: &str| name.trim_start_matches(OURS).to_owned();
    let likeness = |other: &&String| strsim::jaro_winkler(&own(name), &own(other));
    let nearest = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match nearest.filter(|nearest| likeness(nearest) >= ALIKE) {
        Some(nearest) => format!("there is no setting {name}: did you mean {nearest}?"),
        None => format!("there is no setting {name}: `comanda --help` has them all"),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    fn told(names: &[&str]) -> Vec<String> {
        misspelt(&Cli::command(), names.iter().copied())
    }

    #[test]
    fn misspelt_variables_are_named_with_what_is_meant() {
        let expected = [
            "there is no setting COMANDA_PARTITION: did you mean COMANDA_PARTITIONS?",
            "there is no setting COMANDA_PUBLIC_ULR: did you mean COMANDA_PUBLIC_URL?",
        ];
        assert_eq!(told(&["COMANDA_PARTITION", "PATH", "COMANDA_PUBLIC_ULR"]), expected);
        let expected = ["there is no setting COMANDA_XYZZY: `comanda --help` has them all"];
        assert_eq!(told(&["COMANDA_XYZZY"]), expected);
    }

    #[test]
    fn every_setting_and_property_is_known() {
        let right = ["COMANDA_SECRET", "COMANDA_NO_DEMO", "COMANDA_LOG", "COMANDA_KAFKA_LINGER_MS"];
        assert!(told(&right).is_empty());
    }

    #[test]
    fn what_kubernetes_sets_is_left_out() {
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
    fn a_command_line_reads_no_variable_that_is_left_out() {
        let links = ["COMANDA_PORT".to_owned()].into();
        let command = without(&links, Cli::command());
        let known = known(&command);
        assert!(!known.contains("COMANDA_PORT") && known.contains("COMANDA_KAFKA_PORT"));
    }
}
