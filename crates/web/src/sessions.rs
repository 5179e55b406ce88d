//! Who is signed in: looked up in the database, and believed for a few seconds.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;

use domain::{
    ports::{Session, SessionKey, StaffBook, Subject, Unavailable},
    staff::Who,
};
use jiff::{SignedDuration, Timestamp};

use super::{asker::Asker, browser, random};
use crate::secret::digest;
use domain::ports::SharedClock;

/// Without a request for so long, a session is over: a night, and whatever comes after it.
const IDLE: SignedDuration = SignedDuration::from_hours(24);
/// However busy, a session is over after two weeks.
const LONGEST: SignedDuration = SignedDuration::from_hours(14 * 24);
/// What was looked up holds so long. It bounds how long somebody who was signed out at another
/// instance goes on here.
const BELIEVED: SignedDuration = SignedDuration::from_secs(5);
/// That a session is in use is noted this often.
const NOTED: SignedDuration = SignedDuration::from_mins(5);
/// Most sessions that are remembered: guesses must not fill the memory.
const REMEMBERED: usize = 10_000;
/// How often a stream asks whether its session still holds.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(10);

/// The sessions of staff. Clones share what is remembered.
#[derive(Clone)]
pub struct Sessions(Arc<Inner>);

struct Inner {
    book: Arc<dyn StaffBook>,
    clock: SharedClock,
    remembered: Mutex<HashMap<SessionKey, Looked>>,
}

/// Which sessions are to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// This one.
    One(SessionKey),
    /// All, but for the one that somebody is using.
    AllBut(Option<SessionKey>),
}

/// What the database said, and when.
#[derive(Clone)]
struct Looked {
    at: Timestamp,
    session: Session,
    who: Who,
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sessions(…)")
    }
}

impl Sessions {
    /// The sessions in `book`.
    pub fn new(book: Arc<dyn StaffBook>, clock: SharedClock) -> Self {
        Self(Arc::new(Inner { book, clock, remembered: Mutex::default() }))
    }

    /// Accounts and sessions, as they are kept.
    pub fn book(&self) -> &dyn StaffBook {
        &*self.0.book
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// How a cookie's value is known to the database.
    pub fn key(cookie: &str) -> SessionKey {
        SessionKey(digest(cookie.as_bytes()))
    }

    /// Begins a session, and answers the value of its cookie.
    pub async fn begin(&self, subject: Subject, asker: &Asker) -> Result<String, Unavailable> {
        let (cookie, now) = (random::token()?, self.now());
        let session = Session {
            key: Self::key(&cookie),
            subject,
            begun_at: now,
            seen_at: now,
            address: Some(asker.from.to_string()),
            browser: browser::name(&asker.headers),
        };
        self.0.book.begin(session).await?;
        Ok(cookie)
    }

    /// Whose session it is, if it is one and holds. `token_mark` is the mark of today's staff token.
    pub async fn who(&self, cookie: &str, token_mark: &str) -> Result<Option<Who>, Unavailable> {
        let (key, now) = (Self::key(cookie), self.now());
        let remembered = self.lock().get(&key).cloned();
        let fresh = remembered.filter(|looked| now.duration_since(looked.at) < BELIEVED);
        let looked = match fresh {
            Some(looked) => Some(looked),
            None => self.look(&key, token_mark, now).await?,
        };
        if looked.is_none() {
            self.lock().remove(&key);
        }
        Ok(looked.filter(|looked| holds(&looked.session, now)).map(|looked| looked.who))
    }

    async fn look(
        &self,
        key: &SessionKey,
        token_mark: &str,
        now: Timestamp,
    ) -> Result<Option<Looked>, Unavailable> {
        let Some((mut session, account)) = self.0.book.session(key).await? else {
            return Ok(None);
        };
        let who = match (&session.subject, account) {
            (Subject::Account(_), Some(account)) => Who::Account(account),
            (Subject::Token(mark), _) if mark == token_mark => Who::Token,
            _ => return Ok(None),
        };
        if !holds(&session, now) {
            self.0.book.end(key).await?;
            return Ok(None);
        }
        if now.duration_since(session.seen_at) >= NOTED {
            self.0.book.seen(key, now).await?;
            session.seen_at = now;
        }
        let looked = Looked { at: now, session, who };
        let mut remembered = self.lock();
        if remembered.len() >= REMEMBERED {
            remembered.retain(|_, looked| now.duration_since(looked.at) < BELIEVED);
        }
        if remembered.len() < REMEMBERED {
            remembered.insert(key.clone(), looked.clone());
        }
        Ok(Some(looked))
    }

    /// Ends a session.
    pub async fn end(&self, cookie: &str) -> Result<(), Unavailable> {
        let key = Self::key(cookie);
        self.lock().remove(&key);
        self.0.book.end(&key).await
    }

    /// The sessions of somebody that hold, last used first.
    pub async fn of(&self, subject: &Subject) -> Result<Vec<Session>, Unavailable> {
        let now = self.now();
        let mut sessions = self.0.book.sessions_of(subject).await?;
        sessions.retain(|session| holds(session, now));
        sessions.sort_by_key(|session| std::cmp::Reverse(session.seen_at));
        Ok(sessions)
    }

    /// Ends sessions of somebody: one, or all but one. Answers how many there were: of somebody else's
    /// there are none here.
    pub async fn end_of(&self, subject: &Subject, which: &Ended) -> Result<usize, Unavailable> {
        let mut ended = 0;
        for session in self.0.book.sessions_of(subject).await? {
            let ends = match which {
                Ended::One(key) => session.key == *key,
                Ended::AllBut(kept) => Some(&session.key) != kept.as_ref(),
            };
            if ends {
                self.0.book.end(&session.key).await?;
                ended += 1;
            }
        }
        self.look_again();
        Ok(ended)
    }

    /// Believes nothing any more: accounts have changed.
    pub fn look_again(&self) {
        self.lock().clear();
    }

    /// Forgets sessions that are over.
    pub async fn tidy(&self) -> Result<(), Unavailable> {
        let now = self.now();
        self.lock().retain(|_, looked| now.duration_since(looked.at) < BELIEVED);
        self.0.book.forget(now - LONGEST, now - IDLE).await
    }

    fn lock(&self) -> parking_lot::MutexGuard<'_, HashMap<SessionKey, Looked>> {
        self.0.remembered.lock()
    }
}

fn holds(session: &Session, now: Timestamp) -> bool {
    now.duration_since(session.begun_at) < LONGEST && now.duration_since(session.seen_at) < IDLE
}
