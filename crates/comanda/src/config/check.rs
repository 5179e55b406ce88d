//! What is wrong with settings: all of it at once, so that nobody starts the program once for each.

use smtp::SmtpMailer;
use test_gateway::Faults;
use web::{Site, site::is_host_name};

use super::Settings;

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
        let told = "COMANDA_STAFF_TOKEN must have at least 8 characters: make one with `openssl rand -hex 32`";
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
        wrong.0
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
