//! Rate limits of signing in. A try is taken before the comparison and given back on success.
//!
//! Guesses from one address spend the tries of that address, and of the account from that address:
//! its owner can sign in from elsewhere. Guesses from many addresses also spend the account's
//! common budget, which does not apply to browsers that have signed in before: they present a
//! cookie and have their own budget (OWASP's device cookies; ADR 0019).

use jiff::{SignedDuration, Timestamp};

use super::{
    budget::{Budget, Spent},
    client_address::ClientAddress,
};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// Budget of an address for all accounts.
const OF_ADDRESS: (i32, SignedDuration) = (10, SignedDuration::from_secs(6));
/// Budget of an address at one account, and of a known browser.
const AT_ACCOUNT: (i32, SignedDuration) = (10, MINUTE);
/// Budget of an account for all addresses without a known browser (NIST SP 800-63B rev. 4 §3.2.2
/// allows 100 consecutive failures).
const OF_ALL_AT_ACCOUNT: (i32, SignedDuration) = (100, MINUTE);
/// Budget of wrong bearers of an address: tools send a stale token with several requests.
const OF_BEARER: (i32, SignedDuration) = (30, SignedDuration::from_secs(6));
/// Continued use of the staff token is logged once an hour.
const LOGGED: (i32, SignedDuration) = (1, SignedDuration::from_hours(1));

/// The entered email address in lower case, with or without an account.
pub type Name = String;

/// The budgets.
#[derive(Debug)]
pub(super) struct Tries {
    of_address: Budget<ClientAddress>,
    at_account: Budget<(Name, ClientAddress)>,
    of_all_at_account: Budget<Name>,
    of_browser: Budget<String>,
    of_bearer: Budget<ClientAddress>,
    logged: Budget<ClientAddress>,
}

/// The subject of a try.
#[derive(Debug)]
pub enum Try {
    /// An address, at an account if the entered name can be one.
    Stranger(ClientAddress, Option<Name>),
    /// A known browser, by its nonce.
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
            logged: budget(LOGGED),
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

    /// Gives back a try that was not a wrong guess.
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

    /// Checks that an address may present a bearer.
    pub(super) fn check_bearer(&self, from: ClientAddress, now: Timestamp) -> Result<(), Spent> {
        self.of_bearer.check(&from, now)
    }

    /// Counts a wrong bearer. The check before takes no try, so that concurrent requests with the
    /// right one are not limited.
    pub(super) fn count_wrong_bearer(&self, from: ClientAddress, now: Timestamp) {
        let _ = self.of_bearer.take(&from, now);
    }

    /// True if the use of the staff token by an address is to be logged.
    pub(super) fn is_use_to_log(&self, from: ClientAddress, now: Timestamp) -> bool {
        self.logged.take(&from, now).is_ok()
    }

    /// Removes keys with a full budget.
    pub(super) fn forget_old(&self, now: Timestamp) {
        self.of_address.forget_old(now);
        self.at_account.forget_old(now);
        self.of_all_at_account.forget_old(now);
        self.of_browser.forget_old(now);
        self.of_bearer.forget_old(now);
        self.logged.forget_old(now);
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
    fn a_stranger_does_not_lock_an_account_elsewhere() {
        let (tries, now) = (Tries::new(), Timestamp::UNIX_EPOCH);
        let taken = (0..30).filter(|_| tries.take(&stranger(1, "ada"), now).is_ok()).count();
        assert_eq!(taken, 10);
        assert!(tries.take(&stranger(1, "bob"), now).is_err(), "the address has none left");
        assert!(tries.take(&stranger(2, "ada"), now).is_ok());
    }

    #[test]
    fn a_refused_try_spends_nothing() {
        let (tries, now) = (Tries::new(), Timestamp::UNIX_EPOCH);
        while tries.take(&stranger(1, "ada"), now).is_ok() {}
        let later = now + SignedDuration::from_secs(30);
        // The address has five tries again, but none for this account: they are for other accounts.
        for _ in 0..20 {
            assert!(tries.take(&stranger(1, "ada"), later).is_err());
        }
        assert!(tries.take(&stranger(1, "bob"), later).is_ok());
    }

    #[test]
    fn the_common_budget_does_not_apply_to_known_browsers() {
        let (tries, now) = (Tries::new(), Timestamp::UNIX_EPOCH);
        let taken = (0..250).filter(|n| tries.take(&stranger(*n, "ada"), now).is_ok()).count();
        assert_eq!(taken, 100);
        let known = Try::Known("nonce".to_owned());
        assert!(tries.take(&known, now).is_ok());
        assert!(tries.take(&stranger(251, "bob"), now).is_ok());
        let taken = (0..30).filter(|_| tries.take(&known, now).is_ok()).count();
        assert_eq!(taken, 9, "a stolen cookie does not lift the limit");
    }
}
