//! Accounts of staff, and who is signed in.

use std::{future::Future, pin::Pin};

use jiff::Timestamp;

use super::Unavailable;
use crate::{
    changes::Entry,
    ids::StaffId,
    staff::{Account, Role},
    text::Email,
};

/// What this port answers. Every gate of every service holds it, so it is an object rather than
/// one more type parameter of each.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Unavailable>> + Send + 'a>>;

/// How a session is known to the database: the hash of what the browser holds, so that whoever
/// reads the table can sign in as nobody.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionKey(pub String);

/// Whose session it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Of somebody with an account.
    Account(StaffId),
    /// Of somebody who showed the staff token, of which this is a mark: another token, another mark.
    Token(String),
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// How it is known.
    pub key: SessionKey,
    /// Whose.
    pub subject: Subject,
    /// When they signed in.
    pub begun_at: Timestamp,
    /// When they were last seen, give or take some minutes.
    pub seen_at: Timestamp,
    /// From where they signed in: an IPv4 address, or a network of IPv6.
    pub address: Option<String>,
    /// With what, roughly: `Firefox, Windows`.
    pub browser: Option<String>,
}

/// What a password is checked against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// Whose.
    pub id: StaffId,
    /// What they are.
    pub role: Role,
    /// The hash of the password, in the PHC string format.
    pub password: String,
}

/// What became of a change of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountWrite {
    /// It is done, and in the change log.
    Done,
    /// Another account has this e-mail address.
    EmailTaken,
    /// There is no such account any more.
    Unknown,
}

/// Accounts and sessions. Every change comes with its entry of the change log, and both are written
/// or neither.
pub trait StaffBook: Send + Sync + 'static {
    /// All accounts, by name.
    fn accounts(&self) -> Answer<'_, Vec<Account>>;

    /// What to check a password against.
    fn credentials<'a>(&'a self, email: &'a Email) -> Answer<'a, Option<Credentials>>;

    /// The hash of an account's password.
    fn password(&self, id: StaffId) -> Answer<'_, Option<String>>;

    /// Makes an account with the hash of a password.
    fn add(&self, account: Account, password: String, entry: Entry) -> Answer<'_, AccountWrite>;

    /// Changes an account, and ends its sessions.
    fn change(&self, account: Account, entry: Entry) -> Answer<'_, AccountWrite>;

    /// Sets the hash of a password, and ends the account's sessions but for `keep`.
    fn set_password<'a>(
        &'a self,
        id: StaffId,
        password: String,
        keep: Option<&'a SessionKey>,
        entry: Entry,
    ) -> Answer<'a, AccountWrite>;

    /// Takes an account away, and ends its sessions.
    fn remove(&self, id: StaffId, entry: Entry) -> Answer<'_, AccountWrite>;

    /// Begins a session.
    fn begin(&self, session: Session) -> Answer<'_, ()>;

    /// A session with its account. Without one if it is of the staff token.
    fn session<'a>(&'a self, key: &'a SessionKey)
    -> Answer<'a, Option<(Session, Option<Account>)>>;

    /// The sessions of somebody, in no order.
    fn sessions_of<'a>(&'a self, subject: &'a Subject) -> Answer<'a, Vec<Session>>;

    /// Notes that a session is in use.
    fn seen<'a>(&'a self, key: &'a SessionKey, at: Timestamp) -> Answer<'a, ()>;

    /// Ends a session.
    fn end<'a>(&'a self, key: &'a SessionKey) -> Answer<'a, ()>;

    /// Forgets sessions that began before one time, or were last seen before another.
    fn forget(&self, begun_before: Timestamp, seen_before: Timestamp) -> Answer<'_, ()>;
}

/// Boxes what a method of [`StaffBook`] does.
pub fn answer<'a, T>(
    work: impl Future<Output = Result<T, Unavailable>> + Send + 'a,
) -> Answer<'a, T> {
    Box::pin(work)
}
