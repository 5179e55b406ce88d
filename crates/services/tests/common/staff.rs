//! Accounts and sessions in memory.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use domain::{
    changes::ChangeEntry,
    ids::StaffId,
    ports::{
        AccountWrite, Credentials, Session, SessionKey, StaffBook, StaffFuture, Subject, box_future,
    },
    staff::Account,
    text::Email,
};
use jiff::Timestamp;

use super::{Faults, lock};

#[derive(Default)]
pub struct StaffRows {
    pub accounts: BTreeMap<StaffId, (Account, String)>,
    pub sessions: BTreeMap<SessionKey, Session>,
    pub log: Vec<ChangeEntry>,
}

#[derive(Clone)]
pub struct Staff {
    pub rows: Arc<Mutex<StaffRows>>,
    /// Number of session lookups.
    pub looks: Arc<AtomicUsize>,
    faults: Faults,
}

impl Staff {
    pub fn new(faults: Faults) -> Self {
        Self { rows: Arc::default(), looks: Arc::default(), faults }
    }

    fn call<'a, T: Send + 'a>(
        &'a self,
        name: &'static str,
        effect: impl FnOnce(&mut StaffRows) -> T + Send + 'a,
    ) -> StaffFuture<'a, T> {
        box_future(async move { self.faults.call(name, || effect(&mut lock(&self.rows))) })
    }
}

impl StaffRows {
    fn taken(&self, account: &Account) -> bool {
        let same = |(other, _): &(Account, String)| {
            other.id != account.id && other.email.canonical() == account.email.canonical()
        };
        self.accounts.values().any(same)
    }

    fn end_all(&mut self, id: StaffId, keep: Option<&SessionKey>) {
        let of = Subject::Account(id);
        self.sessions.retain(|key, session| session.subject != of || Some(key) == keep);
    }

    fn written(&mut self, written: AccountWrite, entry: ChangeEntry) -> AccountWrite {
        if written == AccountWrite::Done {
            self.log.push(entry);
        }
        written
    }
}

impl StaffBook for Staff {
    fn accounts(&self) -> StaffFuture<'_, Vec<Account>> {
        self.call("staff.accounts", |rows| {
            let mut all: Vec<_> = rows.accounts.values().map(|(a, _)| a.clone()).collect();
            all.sort_by(|a, b| a.name.cmp(&b.name));
            all
        })
    }

    fn credentials<'a>(&'a self, email: &'a Email) -> StaffFuture<'a, Option<Credentials>> {
        self.call("staff.credentials", |rows| {
            let it =
                |(account, _): &&(Account, String)| account.email.canonical() == email.canonical();
            let found = rows.accounts.values().find(it);
            found.map(|(account, password)| Credentials {
                id: account.id,
                role: account.role,
                password: password.clone(),
            })
        })
    }

    fn password(&self, id: StaffId) -> StaffFuture<'_, Option<String>> {
        self.call("staff.password", move |rows| rows.accounts.get(&id).map(|(_, p)| p.clone()))
    }

    fn add(
        &self,
        account: Account,
        password: String,
        entry: ChangeEntry,
    ) -> StaffFuture<'_, AccountWrite> {
        self.call("staff.add", move |rows| {
            if rows.taken(&account) {
                return AccountWrite::EmailTaken;
            }
            rows.accounts.insert(account.id, (account, password));
            rows.written(AccountWrite::Done, entry)
        })
    }

    fn change(&self, account: Account, entry: ChangeEntry) -> StaffFuture<'_, AccountWrite> {
        self.call("staff.change", move |rows| {
            if rows.taken(&account) {
                return AccountWrite::EmailTaken;
            }
            let Some((row, _)) = rows.accounts.get_mut(&account.id) else {
                return AccountWrite::Unknown;
            };
            *row = account.clone();
            rows.end_all(account.id, None);
            rows.written(AccountWrite::Done, entry)
        })
    }

    fn set_password<'a>(
        &'a self,
        id: StaffId,
        password: String,
        keep: Option<&'a SessionKey>,
        entry: ChangeEntry,
    ) -> StaffFuture<'a, AccountWrite> {
        self.call("staff.set_password", move |rows| {
            let Some((_, row)) = rows.accounts.get_mut(&id) else { return AccountWrite::Unknown };
            *row = password;
            rows.end_all(id, keep);
            rows.written(AccountWrite::Done, entry)
        })
    }

    fn remove(&self, id: StaffId, entry: ChangeEntry) -> StaffFuture<'_, AccountWrite> {
        self.call("staff.remove", move |rows| {
            if rows.accounts.remove(&id).is_none() {
                return AccountWrite::Unknown;
            }
            rows.end_all(id, None);
            rows.written(AccountWrite::Done, entry)
        })
    }

    fn begin_session(&self, session: Session) -> StaffFuture<'_, ()> {
        self.call("sessions.begin", move |rows| {
            rows.sessions.insert(session.key.clone(), session);
        })
    }

    fn session<'a>(
        &'a self,
        key: &'a SessionKey,
    ) -> StaffFuture<'a, Option<(Session, Option<Account>)>> {
        self.looks.fetch_add(1, Ordering::SeqCst);
        self.call("sessions.find", move |rows| {
            let session = rows.sessions.get(key)?.clone();
            let account = match &session.subject {
                Subject::Token(_) => None,
                Subject::Account(id) => Some(rows.accounts.get(id)?.0.clone()),
            };
            Some((session, account))
        })
    }

    fn sessions_of<'a>(&'a self, subject: &'a Subject) -> StaffFuture<'a, Vec<Session>> {
        self.call("sessions.of", move |rows| {
            rows.sessions.values().filter(|session| session.subject == *subject).cloned().collect()
        })
    }

    fn touch_session<'a>(&'a self, key: &'a SessionKey, at: Timestamp) -> StaffFuture<'a, ()> {
        self.call("sessions.seen", move |rows| {
            if let Some(session) = rows.sessions.get_mut(key) {
                session.seen_at = session.seen_at.max(at);
            }
        })
    }

    fn end_session<'a>(&'a self, key: &'a SessionKey) -> StaffFuture<'a, ()> {
        self.call("sessions.end", move |rows| {
            rows.sessions.remove(key);
        })
    }

    fn forget_sessions(
        &self,
        begun_before: Timestamp,
        seen_before: Timestamp,
    ) -> StaffFuture<'_, ()> {
        self.call("sessions.forget", move |rows| {
            rows.sessions.retain(|_, session| {
                session.begun_at >= begun_before && session.seen_at >= seen_before
            });
        })
    }
}
