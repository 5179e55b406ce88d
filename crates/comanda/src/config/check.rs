//! Problems with settings. All are reported at once, so that a start finds every one of them.

use smtp::SmtpMailer;
use sql::Database;
use web::{Site, site::is_host_name};

use super::Settings;
use crate::{
    fault::enumerate,
    stand_ins::{self, Faults},
};

/// Minimum length of the staff token with `run`, in characters: it gives access to everything.
const MIN_STAFF_TOKEN: usize = 32;
/// A valid mail server, to check the sender alone, and a valid sender, to check the server alone.
const SOME_SERVER: &str = "smtp://127.0.0.1";
const SOME_SENDER: &str = "orders@comanda.example";

impl Settings {
    /// Problems for every command, a sentence each.
    pub(crate) fn find_problems(&self) -> Vec<String> {
        let mut problems = Problems::default();
        if let (Some(replicas), Some(needed)) = (self.replication, self.min_insync_replicas) {
            let problem =
                "--min-insync-replicas is more than --replication: nothing could be written";
            problems.add_unless(needed <= replicas, problem);
        }
        if let Some(url) = &self.public_url {
            let site = Site::new(url, false, &self.hosts()).map(drop);
            problems.add_error(site.map_err(|e| format!("COMANDA_PUBLIC_URL: {e}")));
        }
        for name in self.hosts().iter().filter(|name| !is_host_name(name)) {
            problems.0.push(format!(
                "COMANDA_HOSTS: {name:?} is not the name of a host, such as shop.example, without \
                 scheme, port or path"
            ));
        }
        let is_short = |secret: &Option<String>, least| {
            secret.as_ref().is_some_and(|secret: &String| secret.len() < least)
        };
        let problem =
            "COMANDA_SECRET must have at least 16 characters: make one with `openssl rand -hex 32`";
        problems.add_unless(!is_short(&self.secret, 16), problem);
        let problem = "COMANDA_STAFF_TOKEN must have at least 8 characters, and 32 with \
                       `comanda run`: make one with `openssl rand -hex 32`";
        problems.add_unless(!is_short(&self.staff_token, 8), problem);
        problems.0
    }

    /// Further problems for `up` and `run`.
    pub(crate) fn find_serve_problems(&self) -> Vec<String> {
        let mut problems = Problems::default();
        if let Some(address) = &self.database_url {
            problems.add_error(Database::check_address(address).map_err(|e| e.to_string()));
        }
        if let Some(url) = &self.smtp_url {
            problems
                .add_error(SmtpMailer::new(url, SOME_SENDER).map(drop).map_err(|e| e.to_string()));
        }
        let sender = SmtpMailer::new(SOME_SERVER, &self.mail_from).map(drop);
        problems.add_error(sender.map_err(|e| e.to_string()));
        problems.add_unless(
            self.payment_gateway_url.is_none() || self.stripe_secret_key.is_some(),
            "PAYMENT_GATEWAY_URL needs STRIPE_SECRET_KEY beside it",
        );
        problems.0.extend(self.find_card_problems());
        problems.0
    }

    /// Further problems for `run`, which other machines can reach.
    pub(crate) fn find_run_problems(&self) -> Vec<String> {
        let mut problems = Problems(self.find_serve_problems());
        let length = self.staff_token.as_ref().map(|token| token.chars().count());
        if length.is_some_and(|length| (8..MIN_STAFF_TOKEN).contains(&length)) {
            problems.0.push(format!(
                "COMANDA_STAFF_TOKEN must have at least {MIN_STAFF_TOKEN} characters, since it \
                 gives access to everything: make one with `openssl rand -hex 32`"
            ));
        }
        problems.0
    }

    /// Further problems for `up`. Faults only work with the embedded gateway.
    pub(crate) fn find_up_problems(&self) -> Vec<String> {
        let mut problems = Problems(self.find_serve_problems());
        let is_real = self.payment_gateway_url.is_some() || self.stripe_secret_key.is_some();
        problems.add_unless(
            !is_real || self.gateway_faults == Faults::default(),
            "--gateway-faults is for the embedded test gateway; for another one use \
             `comanda gateway --faults` or its PUT /_faults",
        );
        if !stand_ins::IS_LINKED {
            problems.0.extend(self.missing_stand_ins());
        }
        problems.0
    }

    /// The settings that a build without stand-ins requires, as one sentence.
    fn missing_stand_ins(&self) -> Option<String> {
        let charges = self.stripe_secret_key.as_ref().or(self.payment_gateway_url.as_ref());
        let parts = [
            ("log", "KAFKA_BROKERS", self.kafka_brokers.as_ref()),
            ("payment gateway", "STRIPE_SECRET_KEY", charges),
            ("mail server", "SMTP_URL", self.smtp_url.as_ref()),
        ];
        let missing = parts.iter().filter(|(.., set)| set.is_none());
        let (parts, names): (Vec<_>, Vec<_>) =
            missing.map(|(part, name, _)| (*part, *name)).unzip();
        let (parts, names) = (enumerate(&parts), enumerate(&names));
        (!names.is_empty()).then(|| format!("this build has no embedded {parts}: set {names}"))
    }
}

/// The problems found, a sentence each.
#[derive(Default)]
struct Problems(Vec<String>);

impl Problems {
    fn add_unless(&mut self, is_right: bool, problem: &str) {
        if !is_right {
            self.0.push(problem.to_owned());
        }
    }

    fn add_error(&mut self, checked: Result<(), String>) {
        self.0.extend(checked.err());
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command, FromArgMatches};

    use super::*;

    fn read(flags: &[&str]) -> Settings {
        let command = Settings::augment_args(Command::new("comanda"));
        let matches = command.get_matches_from([&["comanda"], flags].concat());
        Settings::from_arg_matches(&matches).unwrap()
    }

    #[test]
    fn a_build_without_stand_ins_names_all_that_it_lacks() {
        let expected = "this build has no embedded log, payment gateway and mail server: \
                        set KAFKA_BROKERS, STRIPE_SECRET_KEY and SMTP_URL";
        assert_eq!(read(&[]).missing_stand_ins().as_deref(), Some(expected));
        let (kafka, mail) = ("--kafka-brokers=127.0.0.1:9", "--smtp-url=smtp://127.0.0.1:9");
        let expected = "this build has no embedded payment gateway: set STRIPE_SECRET_KEY";
        assert_eq!(read(&[kafka, mail]).missing_stand_ins().as_deref(), Some(expected));
        let gateway = "--payment-gateway-url=http://127.0.0.1:9";
        assert_eq!(read(&[kafka, mail, gateway]).missing_stand_ins(), None);
    }
}
