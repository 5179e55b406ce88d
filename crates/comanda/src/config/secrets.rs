//! Secrets in files, as orchestrators mount them: `COMANDA_SECRET_FILE` in place of
//! `COMANDA_SECRET`, and likewise for every secret.

use std::{collections::BTreeMap, fs::File, io::Read, path::Path};

use clap::Command;

use crate::environment::{is_secret, variable_of_file};

/// Maximum length of a secret, in bytes; a private key in PEM fits.
const MAX_SECRET_BYTES: u64 = 65_536;
/// Endings of the names of librdkafka's secret properties.
const SECRET_PROPERTIES: [&str; 4] = ["PASSWORD", "SECRET", "PASSPHRASE", "PEM"];

/// Whether the part of a variable's name after the prefix is a secret property (`SASL_PASSWORD`).
pub(super) fn is_secret_property(name: &str) -> bool {
    SECRET_PROPERTIES.iter().any(|end| name.ends_with(end))
}

/// The command line with the contents of secret files as defaults, so that a flag still wins, and
/// the problems with these files.
pub(crate) fn with_secret_files(
    mut command: Command,
    declared: &Command,
    variables: &BTreeMap<String, String>,
) -> (Command, Vec<String>) {
    let mut wrong = Vec::new();
    for secret in declared.get_arguments().filter(|arg| is_secret(arg)) {
        let Some(variable) = secret.get_env().and_then(|name| name.to_str()) else { continue };
        match read_secret(variables, variable) {
            Ok(None) => {}
            Ok(Some(value)) => {
                command = command.mut_arg(secret.get_id(), |arg| arg.default_value(value));
            }
            Err(problem) => wrong.push(problem),
        }
    }
    (command, wrong)
}

/// The secret in the file that `<variable>_FILE` names; `None` if that is not set.
pub(super) fn read_secret(
    variables: &BTreeMap<String, String>,
    variable: &str,
) -> Result<Option<String>, String> {
    let naming = variable_of_file(variable);
    let set = |name: &str| variables.get(name).filter(|value| !value.trim().is_empty());
    let Some(path) = set(&naming) else { return Ok(None) };
    if set(variable).is_some() {
        return Err(format!("{variable} and {naming} are both set: leave one of them out"));
    }
    read_secret_file(Path::new(path))
        .map(Some)
        .map_err(|problem| format!("{naming}: {path} {problem}"))
}

fn read_secret_file(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    let read =
        File::open(path).and_then(|file| file.take(MAX_SECRET_BYTES + 1).read_to_string(&mut text));
    let length = read.map_err(|e| format!("cannot be read: {e}"))?;
    if length as u64 > MAX_SECRET_BYTES {
        return Err(format!("has more than {MAX_SECRET_BYTES} bytes: it is no secret"));
    }
    let secret = text.trim_end_matches(['\r', '\n']);
    match secret.trim().is_empty() {
        true => Err("is empty".to_owned()),
        false => Ok(secret.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::{Args, FromArgMatches};

    use super::*;
    use crate::config::Settings;

    fn set(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn read(args: &[&str], pairs: &[(&str, &str)]) -> (Settings, Vec<String>) {
        let declared = Settings::augment_args(Command::new("comanda"));
        let (command, mut wrong) = with_secret_files(declared.clone(), &declared, &set(pairs));
        let matches = command.get_matches_from([&["comanda"], args].concat());
        let mut settings = Settings::from_arg_matches(&matches).unwrap();
        wrong.extend(settings.merge_properties(BTreeMap::new(), &set(pairs)));
        (settings, wrong)
    }

    #[test]
    fn every_secret_may_come_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, "from a file\r\n").unwrap();
        let path = path.to_str().unwrap();
        let declared = Settings::augment_args(Command::new("comanda"));
        let secrets: Vec<_> = declared.get_arguments().filter(|arg| is_secret(arg)).collect();
        assert!(secrets.len() >= 6, "{secrets:?}");
        for secret in secrets {
            let naming = variable_of_file(secret.get_env().unwrap().to_str().unwrap());
            let (command, wrong) =
                with_secret_files(declared.clone(), &declared, &set(&[(&naming, path)]));
            assert_eq!(wrong, Vec::<String>::new(), "{naming}");
            let matches = command.get_matches_from(["comanda"]);
            let read: Option<&String> = matches.get_one(secret.get_id().as_str());
            assert_eq!(read.map(String::as_str), Some("from a file"), "{naming}");
        }
        for name in ["SASL_PASSWORD", "SSL_KEY_PASSWORD", "SASL_OAUTHBEARER_CLIENT_SECRET"] {
            let (settings, wrong) = read(&[], &[(&format!("COMANDA_KAFKA_{name}_FILE"), path)]);
            assert!(wrong.is_empty(), "{wrong:?}");
            let property = name.to_lowercase().replace('_', ".");
            assert_eq!(settings.kafka_properties[&property], "from a file");
        }
        let flag = read(&["--smtp-url=smtp://flag"], &[("SMTP_URL_FILE", path)]).0;
        assert_eq!(flag.smtp_url.as_deref(), Some("smtp://flag"));
        let empty = read(&[], &[("STRIPE_SECRET_KEY", " "), ("STRIPE_SECRET_KEY_FILE", path)]);
        assert_eq!(empty.0.stripe_secret_key.as_deref(), Some("from a file"));
    }

    #[test]
    fn an_unreadable_file_is_named_without_its_contents() {
        let folder = tempfile::tempdir().unwrap();
        let blank = folder.path().join("blank");
        fs::write(&blank, " \n").unwrap();
        let large = folder.path().join("large");
        fs::write(&large, "x".repeat(70_000)).unwrap();
        let binary = folder.path().join("binary");
        fs::write(&binary, [0xff, 0xfe]).unwrap();
        let missing = folder.path().join("missing");
        let problem = |path: &Path| {
            let path = path.to_str().unwrap();
            let sets = [("COMANDA_SECRET_FILE", path), ("COMANDA_KAFKA_SASL_PASSWORD_FILE", path)];
            let (_, wrong) = read(&[], &sets);
            assert_eq!(wrong.len(), 2, "{wrong:?}");
            assert!(wrong[1].starts_with("COMANDA_KAFKA_SASL_PASSWORD_FILE: "), "{wrong:?}");
            wrong[0].clone()
        };
        assert_eq!(problem(&blank), format!("COMANDA_SECRET_FILE: {} is empty", blank.display()));
        assert!(problem(&missing).contains("missing cannot be read: No such file"));
        assert!(problem(folder.path()).contains("Is a directory"));
        assert!(problem(&large).contains("more than 65536 bytes"));
        assert!(problem(&binary).contains("cannot be read"));
        let both = [("DATABASE_URL", "sqlite:x"), ("DATABASE_URL_FILE", "/nowhere")];
        let expected = "DATABASE_URL and DATABASE_URL_FILE are both set: leave one of them out";
        assert_eq!(read(&[], &both).1, [expected]);
    }
}
