//! How often somebody may try to sign in. Tries are taken before anything is compared, and only
//! failures are kept, so that a guess costs the same whether or not it would have been right.
//!
//! Whoever guesses from one address spends the tries of that address, and those of the account from
//! there: elsewhere its owner signs in as ever. Many addresses at one account meet a brake of the
//! account, which browsers do not meet that have signed in to it before: they show a cookie that
//! says so, and have tries of their own (OWASP's device cookies; ADR 0019).

use jiff::{SignedDuration, Timestamp};

use super::{
    budget::{Budget, Spent},
    source::Source,
};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// Of one address, whatever it tries at.
const OF_ADDRESS: (i32, SignedDuration) = (10, SignedDuration::from_secs(6));
/// Of one address at one account, and of one known browser.
const AT_ACCOUNT: (i32, SignedDuration) = (10, MINUTE);
/// At one account, of all addresses together and without a known browser (NIST SP 800-63B rev. 4
/// §3.2.2 allows a hundred in a row).
const OF_ALL_AT_ACCOUNT: (i32, SignedDuration) = (100, MINUTE);
/// Of the staff token as bearer: tools send a stale one with each of several requests.
const OF_BEARER: (i32, SignedDuration) = (30, SignedDuration::from_secs(6));
/// A tool that goes on using the staff token is noted once an hour.
const NOTED: (i32, SignedDuration) = (1, SignedDuration::from_hours(1));

/// An account by the address that was typed, in lower case: there need be none.
pub type Name = String;

/// The tries of everybody.
#[derive(Debug)]
pub(super) struct Tries {
    of_address: Budget<Source>,
    at_account: Budget<(Name, Source)>,
    of_all_at_account: Budget<Name>,
    of_browser: Budget<String>,
    of_bearer: Budget<Source>,
    noted: Budget<Source>,
}

/// A try that was taken.
#[derive(Debug)]
pub enum Try {
    /// From an address, at an account if what was typed can be one.
    Stranger(Source, Option<Name>),
    /// From a browser that is known.
    Known(String),
}

impl Tries {
    pub(super) fn new() -> Self {
        fn budget<K: Clone + Eq + std::hash::Hash>(of: (i32, SignedDuration)) -> Budget<K> {
            Budget::new(of.0, of.1)
        }
        Self {
            of_address: budget(OF_ADDRESS),
            at_account: budget(AT_ACCOUNT),
            of_all_at_account: budget(OF_ALL_AT_ACCOUNT),
            of_browser: budget(AT_ACCOUNT),
            of_bearer: budget(OF_BEARER),
            noted: budget(NOTED),
        }
    }

    /// Takes a try.
    pub(super) fn take(&self, of: &Try, now: Timestamp) -> Result<(), Spent> {
        match of {
            Try::Known(browser) => self.of_browser.take(browser, now),
            Try::Stranger(from, None) => self.of_address.take(from, now),
            Try::Stranger(from, Some(name)) => {
                self.of_address.take(from, now)?;
                let pair = (name.clone(), *from);
                let rest = self.at_account.take(&pair, now).and_then(|()| {
                    let all = self.of_all_at_account.take(name, now);
                    all.inspect_err(|_| self.at_account.give_back(&pair))
                });
                rest.inspect_err(|_| self.of_address.give_back(from))
            }
        }
    }

    /// Gives a try back that was none: whoever knows the password has not guessed.
    pub(super) fn give_back(&self, of: &Try) {
        match of {
            Try::Known(browser) => self.of_browser.give_back(browser),
            Try::Stranger(from, name) => {
                self.of_address.give_back(from);
                if let Some(name) = name {
                    self.at_account.give_back(&(name.clone(), *from));
                    self.of_all_at_account.give_back(name);
                }
            }
        }
    }

    /// Whether an address may show a bearer at all.
    pub(super) fn check_bearer(&self, from: Source, now: Timestamp) -> Result<(), Spent> {
        self.of_bearer.check(&from, now)
    }

    /// Counts a bearer that is none. Nothing is awaited between looking and this, so that any number
    /// of requests with the right one may come at a time.
    pub(super) fn wrong_bearer(&self, from: Source, now: Timestamp) {
        let _ = self.of_bearer.take(&from, now);
    }

    /// True if an address has not used the staff token for a while.
    pub(super) fn is_news(&self, from: Source, now: Timestamp) -> bool {
        self.noted.take(&from, now).is_ok()
    }

    /// Forgets who has not tried for a while.
    pub(super) fn forget_old(&self, now: Timestamp) {
        self.of_address.forget_old(now);
        self.at_account.forget_old(now);
        self.of_all_at_account.forget_old(now);
        self.of_browser.forget_old(now);
        self.of_bearer.forget_old(now);
        self.noted.forget_old(now);
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn stranger(n: u8, name: &str) -> Try {
        let address = IpAddr::from([192, 0, 2, n]);
        Try::Stranger(address.into(), Some(name.to_owned()))
    }

    #[test]
    fn a_stranger_locks_nobody_out_elsewhere() {
        let (tries, now) = (Tries::new(), Timestamp::UNIX_EPOCH);
        let taken = (0..30).filter(|_| tries.take(&stranger(1, "ada"), now).is_ok()).count();
        assert_eq!(taken, 10);
        assert!(tries.take(&stranger(1, "bob"), now).is_err(), "the address has none left");
        assert!(tries.take(&stranger(2, "ada"), now).is_ok());
    }

    #[test]
    fn what_is_refused_costs_nothing() {
        let (tries, now) = (Tries::new(), Timestamp::UNIX_EPOCH);
        while tries.take(&stranger(1, "ada"), now).is_ok() {}
        let later = now + SignedDuration::from_secs(30);
        // The address has five again, the account none from there: the five are for others.
        for _ in 0..20 {
            assert!(tries.take(&stranger(1, "ada"), later).is_err());
        }
        assert!(tries.take(&stranger(1, "bob"), later).is_ok());
    }

    #[test]
    fn a_crowd_meets_a_brake_that_known_browsers_do_not() {
        let (tries, now) = (Tries::new(), Timestamp::UNIX_EPOCH);
        let taken = (0..250).filter(|n| tries.take(&stranger(*n, "ada"), now).is_ok()).count();
        assert_eq!(taken, 100);
        let known = Try::Known("nonce".to_owned());
        assert!(tries.take(&known, now).is_ok());
        assert!(tries.take(&stranger(251, "bob"), now).is_ok());
        let taken = (0..30).filter(|_| tries.take(&known, now).is_ok()).count();
        assert_eq!(taken, 9, "a stolen cookie is no way around");
    }
}
