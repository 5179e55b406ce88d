//! Staff accounts: creating, changing and removing them, for the back office and the command line.

use domain::{
    changes::{ChangeEntry, ChangeKind},
    ids::StaffId,
    ports::{AccountWrite, SessionKey, Unavailable},
    staff::{Account, AccountViolation, Actor, check_password},
    violation::{Checks, Violations},
};
use uuid::Uuid;

use web::{Passwords, Sessions};

/// Manages staff accounts. Clones share the password hashing queue.
#[derive(Clone, Debug)]
pub struct Accounts {
    sessions: Sessions,
    passwords: Passwords,
}

/// An account as entered, not yet checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountInput {
    /// Email address.
    pub email: String,
    /// Name.
    pub name: String,
    /// Role.
    pub role: String,
    /// Slugs of the restaurants where the account works.
    pub restaurants: Vec<String>,
}

/// Why an account was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// The input is invalid.
    #[error(transparent)]
    Invalid(#[from] Violations),
    /// The actor may not manage this account.
    #[error("you may not manage this account")]
    NotAllowed,
    /// There is no such account.
    #[error("there is no such account")]
    Unknown,
    /// The database does not answer, or the password hashing queue is full.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Accounts {
    /// Manages the accounts in the book of `sessions`.
    pub fn new(sessions: Sessions, passwords: Passwords) -> Self {
        Self { sessions, passwords }
    }

    /// The accounts that an actor may manage, by name.
    pub async fn managed_by(&self, actor: &Actor) -> Result<Vec<Account>, Unavailable> {
        let mut all = self.sessions.book().accounts().await?;
        all.retain(|account| actor.may_manage(account));
        Ok(all)
    }

    /// True if any account exists.
    pub async fn has_any(&self) -> Result<bool, Unavailable> {
        Ok(!self.sessions.book().accounts().await?.is_empty())
    }

    /// An account that the actor may manage.
    pub async fn find(&self, actor: &Actor, id: StaffId) -> Result<Account, AccountError> {
        let all = self.sessions.book().accounts().await?;
        let found = all.into_iter().find(|account| account.id == id);
        found.filter(|account| actor.may_manage(account)).ok_or(AccountError::Unknown)
    }

    /// Creates an account.
    pub async fn add(
        &self,
        actor: &Actor,
        input: &AccountInput,
        password: String,
    ) -> Result<Account, AccountError> {
        let mut checks = Checks::default();
        let account = checks.absorb("", input.check(StaffId(Uuid::now_v7())));
        if let Some(account) = &account {
            checks.absorb("", check_password(&password, account));
        }
        let account = checks.finish(account)?;
        if !actor.may_manage(&account) {
            return Err(AccountError::NotAllowed);
        }
        let entry = self.entry(actor, ChangeKind::StaffAdded, &account, None);
        let hashed = self.passwords.hash(password).await?;
        let written = self.sessions.book().add(account.clone(), hashed, entry).await?;
        check_written(written).map(|()| account)
    }

    /// Changes an account and ends its sessions.
    pub async fn change(
        &self,
        actor: &Actor,
        id: StaffId,
        input: &AccountInput,
    ) -> Result<Account, AccountError> {
        let before = self.find(actor, id).await?;
        let account = input.check(id)?;
        if !actor.may_manage(&account) {
            return Err(AccountError::NotAllowed);
        }
        if account == before {
            return Ok(account);
        }
        let entry = self.entry(actor, ChangeKind::StaffChanged, &account, Some(&before));
        check_written(self.sessions.book().change(account.clone(), entry).await?)?;
        self.sessions.clear_cache();
        Ok(account)
    }

    /// Sets the password of an account and ends its sessions.
    pub async fn set_password(
        &self,
        actor: &Actor,
        id: StaffId,
        password: String,
    ) -> Result<(), AccountError> {
        let account = self.find(actor, id).await?;
        self.store_password(actor, &account, password, None).await
    }

    /// Sets the account's own password after checking the old one. Ends its other sessions.
    pub async fn set_own_password(
        &self,
        account: &Account,
        old: String,
        new: String,
        session: &SessionKey,
    ) -> Result<(), AccountError> {
        let hashed = self.sessions.book().password(account.id).await?;
        if !self.passwords.check(old, hashed).await? {
            return Err(Violations::one("old", AccountViolation::NotYours).into());
        }
        let actor = Actor::Account(account.clone());
        self.store_password(&actor, account, new, Some(session)).await
    }

    async fn store_password(
        &self,
        actor: &Actor,
        account: &Account,
        password: String,
        keep: Option<&SessionKey>,
    ) -> Result<(), AccountError> {
        check_password(&password, account)?;
        let entry = self.entry(actor, ChangeKind::Password, account, None);
        let hashed = self.passwords.hash(password).await?;
        let book = self.sessions.book();
        check_written(book.set_password(account.id, hashed, keep, entry).await?)?;
        self.sessions.clear_cache();
        Ok(())
    }

    /// Removes an account and ends its sessions. An actor cannot remove their own account, which
    /// would lock them out.
    pub async fn remove(&self, actor: &Actor, id: StaffId) -> Result<Account, AccountError> {
        let account = self.find(actor, id).await?;
        if actor.id() == Some(id) {
            return Err(Violations::one("account", AccountViolation::Own).into());
        }
        let entry = self.entry(actor, ChangeKind::StaffRemoved, &account, None);
        check_written(self.sessions.book().remove(id, entry).await?)?;
        self.sessions.clear_cache();
        Ok(account)
    }

    fn entry(
        &self,
        actor: &Actor,
        kind: ChangeKind,
        account: &Account,
        before: Option<&Account>,
    ) -> ChangeEntry {
        let at = self.sessions.now();
        ChangeEntry::about_account(Uuid::now_v7(), actor, kind, account, before, at)
    }
}

impl AccountInput {
    fn check(&self, id: StaffId) -> Result<Account, Violations> {
        Account::from_input(id, &self.email, &self.name, &self.role, &self.restaurants)
    }
}

fn check_written(written: AccountWrite) -> Result<(), AccountError> {
    match written {
        AccountWrite::Done => Ok(()),
        AccountWrite::EmailTaken => {
            Err(Violations::one("email", AccountViolation::EmailTaken).into())
        }
        AccountWrite::Unknown => Err(AccountError::Unknown),
    }
}
