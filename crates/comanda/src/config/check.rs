//! What is wrong with settings: all of it at once, so that nobody starts the program once for each.

use smtp::SmtpMailer;
use web::{Site, site::is_host_name};

use super::Settings;
use crate::{
    fault::enumerate,
    stand_ins::{self, Faults},
};

/// Shortest staff token, in characters: it opens everything, and nobody has to remember it.
const MIN_STAFF_TOKEN: usize = 32;
/// A mail server that can be named, for looking at the sender alone; and the other way round.
const SOME_SERVER: &str = "smtp://127.0.0.1";
const SOME_SENDER: &str = "orders@comanda.example";

impl Settings {
    /// All that is wrong whatever is to be done, a sentence each.
    pub(crate) fn wrong(&self) -> Vec<String> {
        let mut wrong = Wrong::default();
        if let (Some(replicas), Some(needed)) = (self.replication, self.min_insync_replicas) {
            let told = "--min-insync-replicas is more than --replication: nothing could be written";
            wrong.unless(needed <= replicas, told);
        }
        if let Some(url) = &self.public_url {
            let site = Site::new(url, false, &self.hosts()).map(drop);
            wrong.take(site.map_err(|e| format!("COMANDA_PUBLIC_URL: {e}")));
        }
        for name in self.hosts().iter().filter(|name| !is_host_name(name)) {
            wrong.0.push(format!(
                "COMANDA_HOSTS: {name:?} is not the name of a host, such as shop.example, without \
                 scheme, port or path"
            ));
        }
        let is_short = |secret: &Option<String>, least| {
            secret.as_ref().is_some_and(|secret: &String| secret.len() < least)
        };
        let told =
            "COMANDA_SECRET must have at least 16 characters: make one with `openssl rand -hex 32`";
        wrong.unless(!is_short(&self.secret, 16), told);
        let told = "COMANDA_STAFF_TOKEN must have at least 8 characters, and 32 with `comanda run`: make one with \
             `openssl rand -hex 32`";
        wrong.unless(!is_short(&self.staff_token, 8), told);
        wrong.0
    }

    /// What is wrong for processes that serve, besides.
    pub(crate) fn wrong_to_serve(&self) -> Vec<String> {
        let mut wrong = Wrong::default();
        if let Some(url) = &self.smtp_url {
            wrong.take(SmtpMailer::new(url, SOME_SENDER).map(drop).map_err(|e| e.to_string()));
        }
        let sender = SmtpMailer::new(SOME_SERVER, &self.mail_from).map(drop);
        wrong.take(sender.map_err(|e| e.to_string()));
        wrong.unless(
            self.payment_gateway_url.is_none() || self.stripe_secret_key.is_some(),
            "PAYMENT_GATEWAY_URL needs STRIPE_SECRET_KEY beside it",
        );
        wrong.0
    }

    /// What is wrong for `comanda run`, besides: it is reached by others.
    pub(crate) fn wrong_to_run(&self) -> Vec<String> {
        let mut wrong = Wrong(self.wrong_to_serve());
        let length = self.staff_token.as_ref().map(|token| token.chars().count());
        if length.is_some_and(|length| (8..MIN_STAFF_TOKEN).contains(&length)) {
            wrong.0.push(format!(
                "COMANDA_STAFF_TOKEN must have at least {MIN_STAFF_TOKEN} characters, since whoever \
                 guesses it may do everything: make one with `openssl rand -hex 32`"
            ));
        }
        wrong.0
    }

    /// What is wrong for `comanda up`, besides. Faults are those of our own gateway; at another one they
    /// would do nothing.
    pub(crate) fn wrong_to_start(&self) -> Vec<String> {
        let mut wrong = Wrong(self.wrong_to_serve());
        let is_real = self.payment_gateway_url.is_some() || self.stripe_secret_key.is_some();
        wrong.unless(
            !is_real || self.gateway_faults == Faults::default(),
            "--gateway-faults is for the embedded test gateway; for another one that is named, \
             `comanda gateway --faults` or its PUT /_faults",
        );
        if !stand_ins::IS_LINKED {
            wrong.0.extend(self.missing_stand_ins());
        }
        wrong.0
    }

    /// What a build without stand-ins cannot do without, in one sentence.
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

/// Sentences about what is wrong.
#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    fn unless(&mut self, is_right: bool, told: &str) {
        if !is_right {
            self.0.push(told.to_owned());
        }
    }

    fn take(&mut self, checked: Result<(), String>) {
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
