//! Properties of librdkafka, which are passed through by name.

use std::collections::BTreeMap;

use super::secrets::{is_secret_property, read_secret};
use crate::environment::{PROPERTY, is_service_link};

/// Parses the value of `--kafka`.
pub(super) fn parse_property(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.to_owned()))
        }
        _ => Err("a property is NAME=VALUE, for instance linger.ms=5".to_owned()),
    }
}

/// The properties set by variables (`COMANDA_KAFKA_SASL_PASSWORD` is `sasl.password`, a secret may
/// be in a file), and the problems.
pub(super) fn properties_from_variables(
    variables: &BTreeMap<String, String>,
) -> (BTreeMap<String, String>, Vec<String>) {
    let (mut set, mut wrong) = (BTreeMap::new(), Vec::new());
    let ours = variables.iter().filter(|(name, value)| !is_service_link(name, value));
    for (variable, value) in ours.filter(|(_, value)| !value.trim().is_empty()) {
        // COMANDA_KAFKA_PORT is the port of the embedded log.
        let Some(name) = variable.strip_prefix(PROPERTY).filter(|rest| *rest != "PORT") else {
            continue;
        };
        let property = |name: &str| name.to_ascii_lowercase().replace('_', ".");
        match name.strip_suffix("_FILE").filter(|name| is_secret_property(name)) {
            None => drop(set.insert(property(name), value.clone())),
            Some(name) => match read_secret(variables, &format!("{PROPERTY}{name}")) {
                Ok(secret) => set.extend(secret.map(|secret| (property(name), secret))),
                Err(problem) => wrong.push(problem),
            },
        }
    }
    (set, wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_a_property_unless_it_is_the_port_of_the_embedded_log() {
        let variables = [
            ("COMANDA_KAFKA_SASL_PASSWORD", "variable"),
            ("COMANDA_KAFKA_CLIENT_ID", "variable"),
            ("COMANDA_KAFKA_LINGER_MS", " "),
            ("COMANDA_KAFKA_PORT", "9092"),
            ("COMANDA_KAFKA_SERVICE_HOST", "10.0.0.8"),
            ("KAFKA_HEAP_OPTS", "-Xmx1g"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let (set, wrong) = properties_from_variables(&variables.into());
        assert!(wrong.is_empty(), "{wrong:?}");
        let names: Vec<_> = set.keys().map(String::as_str).collect();
        assert_eq!(names, ["client.id", "sasl.password"]);
    }
}
