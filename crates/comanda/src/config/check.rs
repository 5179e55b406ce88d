//! What is wrong with settings: all of it at once, so that nobody starts the program once for each.

use std::{collections::BTreeMap, ops::RangeInclusive};

use smtp::SmtpMailer;
use test_gateway::Faults;
use web::Site;

use super::{File, Settings};

/// Shortest staff token, in characters: it opens everything, and nobody has to remember it.
const MIN_STAFF_TOKEN: usize = 32;
/// A mail server that can be named, for looking at the sender alone; and the other way round.
const SOME_SERVER: &str = "smtp://127.0.0.1";
const SOME_SENDER: &str = "orders@comanda.example";

impl Settings {
    /// All that is wrong whatever is to be done, a sentence each.
    pub(super) fn wrong(&self) -> Vec<String> {
        let mut wrong = Wrong::default();
        wrong.within("--partitions", self.partitions, 1..=1_000);
        wrong.within("--replication", self.replication, 1..=15);
        wrong.within("--min-insync-replicas", self.min_insync_replicas, 1..=15);
        if let (Some(replicas), Some(needed)) = (self.replication, self.min_insync_replicas) {
            let told = "--min-insync-replicas is more than --replication: nothing could be written";
            wrong.unless(needed <= replicas, told);
        }
        let legal = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
        wrong.unless(
            self.topic_prefix.len() <= 100 && self.topic_prefix.chars().all(legal),
            "--topic-prefix may have 100 letters, digits, dots, dashes and underscores",
        );
        wrong.within("--database-connections", Some(self.database_connections), 1..=1_000);
        wrong.unless(
            self.connections != Some(0) && self.connections_per_address > 0,
            "--connections and --connections-per-address must be at least 1",
        );
        wrong.within("--gateway-calls", Some(self.gateway_calls), 1..=10_000);
        if let Some(url) = &self.public_url {
            let site = Site::new(url, false, &self.hosts).map(drop);
            wrong.take(site.map_err(|e| format!("COMANDA_PUBLIC_URL: {e}")));
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

    fn within<N: PartialOrd + std::fmt::Display>(
        &mut self,
        name: &str,
        value: Option<N>,
        range: RangeInclusive<N>,
    ) {
        if value.is_some_and(|value| !range.contains(&value)) {
            self.0.push(format!("{name} must be {} to {}", range.start(), range.end()));
        }
    }
}

/// What can be read of a file's text, with all that cannot: each by its line.
pub(super) fn read_file(text: &str) -> (File, Vec<String>) {
    let (mut rest, mut wrong) = (text.to_owned(), BTreeMap::new());
    let file = loop {
        let error = match toml::from_str::<File>(&rest) {
            Ok(file) => break file,
            Err(error) => error,
        };
        let span = error.span().unwrap_or_default();
        let line = rest[..span.start.min(rest.len())].matches('\n').count() + 1;
        wrong.insert(line, format!("line {line}: {}", error.message().replace('\n', " ")));
        let without = without_lines(&rest, span);
        // What is no TOML, or none any more, cannot be read on.
        if without == rest || toml::from_str::<toml::Table>(&without).is_err() {
            break File::default();
        }
        rest = without;
    };
    (file, wrong.into_values().collect())
}

/// The text with the lines of a span left empty, so that all others keep their numbers.
fn without_lines(text: &str, span: std::ops::Range<usize>) -> String {
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
    use super::*;

    #[test]
    fn every_wrong_line_is_named_and_the_others_are_read() {
        let text = "prot = 8080\npartitions = 3\nport = \"many\"\ntrusted_proxies = \"x\"\n\
                    connections = [\n  1,\n]\n[kafka]\n\"linger.ms\" = 5\n";
        let (file, wrong) = read_file(text);
        assert_eq!(file.partitions, Some(3));
        let lines: Vec<_> = wrong.iter().map(|told| told.split(':').next().unwrap()).collect();
        assert_eq!(lines, ["line 1", "line 3", "line 4", "line 5", "line 9"], "{wrong:#?}");
        assert!(wrong[0].contains("prot") && wrong[0].contains("port"), "{wrong:#?}");
        let (_, wrong) = read_file("port = 1\nport = 2\nhost = 7\n");
        assert_eq!(wrong.len(), 2, "{wrong:#?}");
        assert!(!read_file("port = = 1\nhost = 7\n").1.is_empty(), "it is no TOML");
        assert!(read_file("port = 8080").1.is_empty());
    }
}
