//! Properties of librdkafka, of which there are too many to name them all.

use std::collections::BTreeMap;

use super::secrets::{from_file, is_secret_property};
use crate::environment::{PROPERTY, is_service_link};

/// Reads the value of a flag.
pub(super) fn property(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.to_owned()))
        }
        _ => Err("a property is NAME=VALUE, for instance linger.ms=5".to_owned()),
    }
}

/// The properties that variables set: `COMANDA_KAFKA_SASL_PASSWORD` is `sasl.password`. A secret may
/// lie in a file. Beside them, what is wrong.
pub(super) fn properties(
    variables: &BTreeMap<String, String>,
) -> (BTreeMap<String, String>, Vec<String>) {
    let (mut set, mut wrong) = (BTreeMap::new(), Vec::new());
    let ours = variables.iter().filter(|(name, value)| !is_service_link(name, value));
    for (variable, value) in ours.filter(|(_, value)| !value.trim().is_empty()) {
        // The port of the embedded log is no property.
        let Some(name) = variable.strip_prefix(PROPERTY).filter(|rest| *rest != "PORT") else {
            continue;
        };
        let property = |name: &str| name.to_ascii_lowercase().replace('_', ".");
        match name.strip_suffix("_FILE").filter(|name| is_secret_property(name)) {
            None => drop(set.insert(property(name), value.clone())),
            Some(name) => match from_file(variables, &format!("{PROPERTY}{name}")) {
                Ok(secret) => set.extend(secret.map(|secret| (property(name), secret))),
                Err(told) => wrong.push(told),
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
        let (set, wrong) = properties(&variables.into());
        assert!(wrong.is_empty(), "{wrong:?}");
        let names: Vec<_> = set.keys().map(String::as_str).collect();
        assert_eq!(names, ["client.id", "sasl.password"]);
    }
}
