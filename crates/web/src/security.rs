//! The security log: a line for every refusal and every grant, under the target `security`. Never
//! with a password, token or cookie.

use std::{collections::BTreeMap, time::Instant};

use parking_lot::Mutex;

use domain::staff::Actor;

use super::client_address::ClientAddress;

/// Burst of lines of one event. Guesses have rate limits; this bounds the log of distributed ones,
/// and a flood of one event does not suppress another.
const BURST: u32 = 200;
/// Lines per second after the burst.
const PER_SECOND: f64 = 10.0;
/// Maximum length of a reason, in bytes: some are paths chosen by strangers.
const MAX_REASON: usize = 200;

/// A security event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecurityEvent {
    /// An actor signed in.
    SignedIn,
    /// A tool used the staff token for the first time in an hour.
    TokenUsed,
    /// An actor signed out, or a session was ended.
    SessionEnded,
    /// An account was created, changed or removed, or has a new password.
    AccountChanged,
    /// A wrong password, or an address without an account.
    WrongPassword,
    /// A wrong staff token.
    WrongToken,
    /// Too many tries.
    Limited,
    /// An actor lacks a permission.
    Forbidden,
    /// A change on behalf of another site's page.
    CrossSite,
    /// A request for a foreign host.
    OtherHost,
}

impl SecurityEvent {
    /// Its name in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::TokenUsed => "token_used",
            Self::SessionEnded => "session_ended",
            Self::AccountChanged => "account_changed",
            Self::WrongPassword => "wrong_password",
            Self::WrongToken => "wrong_token",
            Self::Limited => "limited",
            Self::Forbidden => "forbidden",
            Self::CrossSite => "cross_site",
            Self::OtherHost => "other_host",
        }
    }
}

/// The name of an actor in the log.
pub fn actor_name(actor: &Actor) -> String {
    match actor {
        Actor::Token => "token".to_owned(),
        Actor::Account(account) => account.email.canonical(),
    }
}

/// Logs a refusal. `account` is `token` for the staff token and empty if unknown.
pub fn log_refusal(event: SecurityEvent, account: &str, from: ClientAddress, reason: &str) {
    if let Some(left_out) = take_line(event) {
        let (event, reason) = (event.name(), truncate_reason(reason));
        tracing::warn!(target: "security", event, account, client = %from, reason, left_out);
    }
}

/// Logs a grant, or its end.
pub fn log_grant(event: SecurityEvent, account: &str, from: ClientAddress, reason: &str) {
    if let Some(left_out) = take_line(event) {
        let (event, reason) = (event.name(), truncate_reason(reason));
        tracing::info!(target: "security", event, account, client = %from, reason, left_out);
    }
}

fn truncate_reason(reason: &str) -> &str {
    &reason[..reason.floor_char_boundary(MAX_REASON)]
}

/// A token bucket of lines.
struct Bucket {
    lines: f64,
    at: Option<Instant>,
    left_out: u64,
}

/// The bucket of each event.
static BUCKETS: Mutex<BTreeMap<SecurityEvent, Bucket>> = Mutex::new(BTreeMap::new());

/// Takes a line of an event: the number of suppressed lines since the last one, or `None` if this
/// one is suppressed.
fn take_line(event: SecurityEvent) -> Option<u64> {
    let mut buckets = BUCKETS.lock();
    buckets.entry(event).or_default().take(Instant::now())
}

impl Default for Bucket {
    fn default() -> Self {
        Self { lines: f64::from(BURST), at: None, left_out: 0 }
    }
}

impl Bucket {
    fn take(&mut self, now: Instant) -> Option<u64> {
        let passed = self.at.map_or(0.0, |at| now.duration_since(at).as_secs_f64());
        self.at = Some(now);
        self.lines = (self.lines + passed * PER_SECOND).min(f64::from(BURST));
        if self.lines < 1.0 {
            self.left_out += 1;
            return None;
        }
        self.lines -= 1.0;
        Some(std::mem::take(&mut self.left_out))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_flood_is_counted_but_not_logged() {
        let mut bucket = Bucket::default();
        let start = Instant::now();
        let written = (0..1_000).filter(|_| bucket.take(start).is_some()).count();
        assert_eq!(written, BURST as usize);
        assert_eq!(bucket.take(start + Duration::from_secs(1)), Some(800));
        assert_eq!(bucket.take(start + Duration::from_secs(1)), Some(0));
    }

    #[test]
    fn a_flood_of_one_event_suppresses_no_other_and_paths_are_cut() {
        while take_line(SecurityEvent::OtherHost).is_some() {}
        assert!(take_line(SecurityEvent::SignedIn).is_some());
        assert_eq!(truncate_reason(&"é".repeat(500)).len(), MAX_REASON);
    }
}
