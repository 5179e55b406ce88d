//! The security log: every refusal and every right that was given, a line each, under the target
//! `security`. Never with a password, a token or a cookie.

use std::{collections::BTreeMap, time::Instant};

use parking_lot::Mutex;

use domain::staff::Who;

use super::source::Source;

/// Lines of one event at once. Who guesses is slowed down anyway; this bounds what a crowd of them can
/// write, and a flood of one event hides no other.
const AT_ONCE: u32 = 200;
/// Lines a second after that.
const PER_SECOND: f64 = 10.0;
/// Longest reason that is written, in bytes: some are paths, which strangers choose.
const MAX_REASON: usize = 200;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// Somebody signed in.
    SignedIn,
    /// The staff token was shown by a tool, for the first time in a while.
    TokenUsed,
    /// Somebody signed out, or a session was ended.
    SessionEnded,
    /// An account was made, changed or taken away, or has a new password.
    AccountChanged,
    /// A password, or an address without an account.
    WrongPassword,
    /// A staff token that is none.
    WrongToken,
    /// Too many tries.
    Limited,
    /// Somebody who is signed in asked for what is not theirs.
    Forbidden,
    /// A change on behalf of another site's page.
    CrossSite,
    /// A request for a host that is not ours.
    OtherHost,
}

impl Event {
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

/// How somebody is called in the log.
pub fn name_of(who: &Who) -> String {
    match who {
        Who::Token => "token".to_owned(),
        Who::Account(account) => account.email.canonical(),
    }
}

/// A refusal: of `account` (`token` for the staff token, nothing if it is not known), from where,
/// and why.
pub fn refused(event: Event, account: &str, from: Source, reason: &str) {
    if let Some(left_out) = room(event) {
        let (event, reason) = (event.name(), short(reason));
        tracing::warn!(target: "security", event, account, address = %from, reason, left_out);
    }
}

/// A right that was given, or taken back.
pub fn given(event: Event, account: &str, from: Source, reason: &str) {
    if let Some(left_out) = room(event) {
        let (event, reason) = (event.name(), short(reason));
        tracing::info!(target: "security", event, account, address = %from, reason, left_out);
    }
}

fn short(reason: &str) -> &str {
    &reason[..reason.floor_char_boundary(MAX_REASON)]
}

/// What is left of the room for lines.
struct Room {
    lines: f64,
    at: Option<Instant>,
    left_out: u64,
}

/// The room of each event.
static ROOMS: Mutex<BTreeMap<Event, Room>> = Mutex::new(BTreeMap::new());

/// How many lines of an event were left out since its last one, if there is room for one now.
fn room(event: Event) -> Option<u64> {
    let mut rooms = ROOMS.lock();
    rooms.entry(event).or_default().take(Instant::now())
}

impl Default for Room {
    fn default() -> Self {
        Self { lines: f64::from(AT_ONCE), at: None, left_out: 0 }
    }
}

impl Room {
    fn take(&mut self, now: Instant) -> Option<u64> {
        let passed = self.at.map_or(0.0, |at| now.duration_since(at).as_secs_f64());
        self.at = Some(now);
        self.lines = (self.lines + passed * PER_SECOND).min(f64::from(AT_ONCE));
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
    fn a_flood_is_counted_and_not_written() {
        let mut room = Room::default();
        let start = Instant::now();
        let written = (0..1_000).filter(|_| room.take(start).is_some()).count();
        assert_eq!(written, AT_ONCE as usize);
        assert_eq!(room.take(start + Duration::from_secs(1)), Some(800));
        assert_eq!(room.take(start + Duration::from_secs(1)), Some(0));
    }

    #[test]
    fn a_flood_of_one_event_hides_no_other_and_paths_are_cut() {
        while room(Event::OtherHost).is_some() {}
        assert!(room(Event::SignedIn).is_some());
        assert_eq!(short(&"é".repeat(500)).len(), MAX_REASON);
    }
}
