//! Accounts and sessions of staff.

use std::{future::Future, pin::Pin};

use jiff::Timestamp;

use super::Unavailable;
use crate::{
    changes::ChangeEntry,
    ids::StaffId,
    staff::{Account, Role},
    text::Email,
};

/// The result of a method of [`StaffBook`]. Boxed, so that services can hold the port as an object
/// and need no further type parameter.
pub type StaffFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, Unavailable>> + Send + 'a>>;

/// The key of a session in the database: the hash of the browser's cookie, so that a reader of the
/// table cannot sign in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionKey(pub String);

/// The person or token that a session belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An account.
    Account(StaffId),
    /// A holder of the staff token, with the mark of that token: a new token ends these
    /// sessions.
    Token(String),
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The key.
    pub key: SessionKey,
    /// The person or token.
    pub subject: Subject,
    /// When the session began.
    pub begun_at: Timestamp,
    /// When it was last used, within some minutes.
    pub seen_at: Timestamp,
    /// The address of the sign-in: an IPv4 address or an IPv6 network.
    pub address: Option<String>,
    /// The browser, roughly: `Firefox, Windows`.
    pub browser: Option<String>,
}

/// The stored credentials of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The account.
    pub id: StaffId,
    /// Its role.
    pub role: Role,
    /// The hash of the password, in the PHC string format.
    pub password: String,
}

/// The outcome of a change of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountWrite {
    /// Done, and recorded in the change log.
    Done,
    /// Another account has this e-mail address.
    EmailTaken,
    /// There is no such account.
    Unknown,
}

/// Accounts and sessions. A change and its entry in the change log are written in one transaction.
pub trait StaffBook: Send + Sync + 'static {
    /// All accounts, by name.
    fn accounts(&self) -> StaffFuture<'_, Vec<Account>>;

    /// The credentials of the account with this address.
    fn credentials<'a>(&'a self, email: &'a Email) -> StaffFuture<'a, Option<Credentials>>;

    /// The hash of an account's password.
    fn password(&self, id: StaffId) -> StaffFuture<'_, Option<String>>;

    /// Adds an account with the hash of its password.
    fn add(
        &self,
        account: Account,
        password: String,
        entry: ChangeEntry,
    ) -> StaffFuture<'_, AccountWrite>;

    /// Changes an account and ends its sessions.
    fn change(&self, account: Account, entry: ChangeEntry) -> StaffFuture<'_, AccountWrite>;

    /// Sets the hash of a password and ends the account's sessions except `keep`.
    fn set_password<'a>(
        &'a self,
        id: StaffId,
        password: String,
        keep: Option<&'a SessionKey>,
        entry: ChangeEntry,
    ) -> StaffFuture<'a, AccountWrite>;

    /// Removes an account and ends its sessions.
    fn remove(&self, id: StaffId, entry: ChangeEntry) -> StaffFuture<'_, AccountWrite>;

    /// Begins a session.
    fn begin_session(&self, session: Session) -> StaffFuture<'_, ()>;

    /// A session with its account; without account for the staff token.
    fn session<'a>(
        &'a self,
        key: &'a SessionKey,
    ) -> StaffFuture<'a, Option<(Session, Option<Account>)>>;

    /// The sessions of a person or token, in any order.
    fn sessions_of<'a>(&'a self, subject: &'a Subject) -> StaffFuture<'a, Vec<Session>>;

    /// Records that a session was used.
    fn touch_session<'a>(&'a self, key: &'a SessionKey, at: Timestamp) -> StaffFuture<'a, ()>;

    /// Ends a session.
    fn end_session<'a>(&'a self, key: &'a SessionKey) -> StaffFuture<'a, ()>;

    /// Deletes sessions that began before `begun_before` or were last used before `seen_before`.
    fn forget_sessions(
        &self,
        begun_before: Timestamp,
        seen_before: Timestamp,
    ) -> StaffFuture<'_, ()>;
}

/// Boxes the future of a method of [`StaffBook`].
pub fn box_future<'a, T>(
    work: impl Future<Output = Result<T, Unavailable>> + Send + 'a,
) -> StaffFuture<'a, T> {
    Box::pin(work)
}
