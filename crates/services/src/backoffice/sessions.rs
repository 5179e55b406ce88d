//! Where people are signed in, and the end of it; and what the security log is told of accounts.

use domain::{
    ports::{ChangeBook, OrderSearch, Session, SessionKey, Subject},
    staff::{Account, Who},
};
use events::Publisher;
use ui::pages::SessionRow;

use super::{Backoffice, pairs::Pairs};
use web::{
    Asker, Problem, Sessions,
    security::{self, Event, name_of},
    sessions::Ended,
};

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    /// Whose sessions those of somebody are.
    pub(super) fn whose(&self, who: &Who) -> Subject {
        match who {
            Who::Token => self.access.token_subject(),
            Who::Account(account) => Subject::Account(account.id),
        }
    }

    /// The session by which somebody asks, if it is one.
    pub(super) fn here(&self, asker: &Asker) -> Option<SessionKey> {
        let cookie = self.access.session_cookie(&asker.headers)?;
        Some(Sessions::key(&cookie))
    }

    pub(super) async fn sessions_of(
        &self,
        subject: &Subject,
        here: Option<&SessionKey>,
    ) -> Result<Vec<SessionRow>, Problem> {
        let sessions = self.access.sessions();
        let now = sessions.now();
        let row = |session: Session| SessionRow {
            here: Some(&session.key) == here,
            id: session.key.0,
            browser: session.browser,
            address: session.address,
            begun_min: now.duration_since(session.begun_at).as_mins(),
            seen_min: now.duration_since(session.seen_at).as_mins(),
        };
        Ok(sessions.of(subject).await?.into_iter().map(row).collect())
    }

    /// Ends what a form names: one session, or all but the one that is in use; and tells the security log
    /// whose, and by whom. Of a session that is not theirs, or is over, nothing is left to end or to tell.
    pub(super) async fn end_sessions(
        &self,
        (who, asker): (&Who, &Asker),
        (subject, whose): (&Subject, &str),
        pairs: &Pairs,
        here: Option<SessionKey>,
    ) -> Result<(), Problem> {
        let which = match pairs.action() {
            ("others", _) => Ended::AllBut(here),
            (_, key) => Ended::One(SessionKey(key.to_owned())),
        };
        let ended = self.access.sessions().end_of(subject, &which).await?;
        if ended > 0 {
            note_end(who, asker, whose, ended);
        }
        Ok(())
    }
}

/// Tells the security log of a change of an account.
pub(super) fn note(who: &Who, asker: &Asker, what: &str, account: &Account) {
    let reason = format!("{what} by {}", name_of(who));
    security::given(Event::AccountChanged, &account.email.canonical(), asker.from, &reason);
}

/// Tells the security log that so many sessions were ended.
fn note_end(who: &Who, asker: &Asker, whose: &str, ended: usize) {
    let reason = format!("{ended} ended by {}", name_of(who));
    security::given(Event::SessionEnded, whose, asker.from, &reason);
}
