//! Staff sessions: stored in the database, cached for a few seconds.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{
    ports::{Session, SessionKey, SharedClock, StaffBook, Subject, Unavailable},
    staff::Actor,
};
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

use super::{browser, random, sender::Sender};
use crate::secret::digest;

/// Idle timeout.
const IDLE_TIMEOUT: SignedDuration = SignedDuration::from_hours(24);
/// Maximum lifetime.
const MAX_LIFETIME: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Cache lifetime: how long a session that was ended at another instance is still accepted here.
const CACHED_FOR: SignedDuration = SignedDuration::from_secs(5);
/// How often the last use of a session is stored.
const STORE_SEEN_EVERY: SignedDuration = SignedDuration::from_mins(5);
/// Maximum number of cached sessions: guesses must not fill the memory.
const MAX_CACHED: usize = 10_000;
/// How often a stream checks that its session is still valid.
pub(super) const CHECK_INTERVAL: Duration = Duration::from_secs(10);

/// The sessions of staff. Clones share the cache.
#[derive(Clone)]
pub struct Sessions(Arc<Inner>);

struct Inner {
    book: Arc<dyn StaffBook>,
    clock: SharedClock,
    cache: Mutex<HashMap<SessionKey, CachedSession>>,
}

/// Selects sessions to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionSelection {
    /// One session.
    One(SessionKey),
    /// All except the current one.
    AllBut(Option<SessionKey>),
}

/// A cached session.
#[derive(Clone)]
struct CachedSession {
    at: Timestamp,
    session: Session,
    actor: Actor,
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sessions(…)")
    }
}

impl Sessions {
    /// The sessions in `book`.
    pub fn new(book: Arc<dyn StaffBook>, clock: SharedClock) -> Self {
        Self(Arc::new(Inner { book, clock, cache: Mutex::default() }))
    }

    /// The stored accounts and sessions.
    pub fn book(&self) -> &dyn StaffBook {
        &*self.0.book
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The stored key of a cookie's value.
    pub fn key(cookie: &str) -> SessionKey {
        SessionKey(digest(cookie.as_bytes()))
    }

    /// Begins a session and returns the value of its cookie.
    pub async fn begin(&self, subject: Subject, sender: &Sender) -> Result<String, Unavailable> {
        let (cookie, now) = (random::token()?, self.now());
        let session = Session {
            key: Self::key(&cookie),
            subject,
            begun_at: now,
            seen_at: now,
            address: Some(sender.from.to_string()),
            browser: browser::name(&sender.headers),
        };
        self.0.book.begin_session(session).await?;
        Ok(cookie)
    }

    /// The actor of a session, if it is valid. `token_mark` is the mark of the current staff token.
    pub async fn actor(
        &self,
        cookie: &str,
        token_mark: &str,
    ) -> Result<Option<Actor>, Unavailable> {
        let (key, now) = (Self::key(cookie), self.now());
        let cache = self.lock().get(&key).cloned();
        let fresh = cache.filter(|cached| now.duration_since(cached.at) < CACHED_FOR);
        let cached = match fresh {
            Some(cached) => Some(cached),
            None => self.read(&key, token_mark, now).await?,
        };
        if cached.is_none() {
            self.lock().remove(&key);
        }
        Ok(cached.filter(|cached| is_valid(&cached.session, now)).map(|cached| cached.actor))
    }

    async fn read(
        &self,
        key: &SessionKey,
        token_mark: &str,
        now: Timestamp,
    ) -> Result<Option<CachedSession>, Unavailable> {
        let Some((mut session, account)) = self.0.book.session(key).await? else {
            return Ok(None);
        };
        let actor = match (&session.subject, account) {
            (Subject::Account(_), Some(account)) => Actor::Account(account),
            (Subject::Token(mark), _) if mark == token_mark => Actor::Token,
            _ => return Ok(None),
        };
        if !is_valid(&session, now) {
            self.0.book.end_session(key).await?;
            return Ok(None);
        }
        if now.duration_since(session.seen_at) >= STORE_SEEN_EVERY {
            self.0.book.touch_session(key, now).await?;
            session.seen_at = now;
        }
        let cached = CachedSession { at: now, session, actor };
        let mut cache = self.lock();
        if cache.len() >= MAX_CACHED {
            cache.retain(|_, cached| now.duration_since(cached.at) < CACHED_FOR);
        }
        if cache.len() < MAX_CACHED {
            cache.insert(key.clone(), cached.clone());
        }
        Ok(Some(cached))
    }

    /// Ends a session.
    pub async fn end(&self, cookie: &str) -> Result<(), Unavailable> {
        let key = Self::key(cookie);
        self.lock().remove(&key);
        self.0.book.end_session(&key).await
    }

    /// The valid sessions of a subject, last used first.
    pub async fn list(&self, subject: &Subject) -> Result<Vec<Session>, Unavailable> {
        let now = self.now();
        let mut sessions = self.0.book.sessions_of(subject).await?;
        sessions.retain(|session| is_valid(session, now));
        sessions.sort_by_key(|session| std::cmp::Reverse(session.seen_at));
        Ok(sessions)
    }

    /// Ends sessions of a subject and returns their number; sessions of other subjects are not
    /// ended.
    pub async fn end_selected(
        &self,
        subject: &Subject,
        which: &SessionSelection,
    ) -> Result<usize, Unavailable> {
        let mut ended = 0;
        for session in self.0.book.sessions_of(subject).await? {
            let ends = match which {
                SessionSelection::One(key) => session.key == *key,
                SessionSelection::AllBut(kept) => Some(&session.key) != kept.as_ref(),
            };
            if ends {
                self.0.book.end_session(&session.key).await?;
                ended += 1;
            }
        }
        self.clear_cache();
        Ok(ended)
    }

    /// Clears the cache, after a change of accounts.
    pub fn clear_cache(&self) {
        self.lock().clear();
    }

    /// Removes expired sessions.
    pub async fn remove_expired(&self) -> Result<(), Unavailable> {
        let now = self.now();
        self.lock().retain(|_, cached| now.duration_since(cached.at) < CACHED_FOR);
        self.0.book.forget_sessions(now - MAX_LIFETIME, now - IDLE_TIMEOUT).await
    }

    fn lock(&self) -> parking_lot::MutexGuard<'_, HashMap<SessionKey, CachedSession>> {
        self.0.cache.lock()
    }
}

fn is_valid(session: &Session, now: Timestamp) -> bool {
    now.duration_since(session.begun_at) < MAX_LIFETIME
        && now.duration_since(session.seen_at) < IDLE_TIMEOUT
}
