//! Lists and ends sessions, and writes account changes to the security log.

use domain::{
    ports::{ChangeBook, OrderSearch, Session, SessionKey, Subject},
    staff::{Account, Actor},
};
use events::Publisher;
use ui::pages::SessionRow;

use super::{Backoffice, pairs::Pairs};
use web::{
    Problem, Sender, Sessions,
    security::{self, SecurityEvent, actor_name},
    sessions::SessionSelection,
};

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    /// The subject of an actor's sessions.
    pub(super) fn session_subject(&self, actor: &Actor) -> Subject {
        match actor {
            Actor::Token => self.access.token_subject(),
            Actor::Account(account) => Subject::Account(account.id),
        }
    }

    /// The session of the request, if it has one.
    pub(super) fn current_session(&self, sender: &Sender) -> Option<SessionKey> {
        let cookie = self.access.session_cookie(&sender.headers)?;
        Some(Sessions::key(&cookie))
    }

    /// The sessions of a subject as rows of a page.
    pub(super) async fn session_rows(
        &self,
        subject: &Subject,
        current: Option<&SessionKey>,
    ) -> Result<Vec<SessionRow>, Problem> {
        let sessions = self.access.sessions();
        let now = sessions.now();
        let row = |session: Session| SessionRow {
            is_here: Some(&session.key) == current,
            id: session.key.0,
            browser: session.browser,
            address: session.address,
            begun_min: now.duration_since(session.begun_at).as_mins(),
            seen_min: now.duration_since(session.seen_at).as_mins(),
        };
        Ok(sessions.list(subject).await?.into_iter().map(row).collect())
    }

    /// Ends the session that a form names, or all but the current one, and writes that to the
    /// security log. Does nothing for a session that has ended or belongs to another subject.
    pub(super) async fn end_sessions(
        &self,
        (actor, sender): (&Actor, &Sender),
        (subject, name): (&Subject, &str),
        pairs: &Pairs,
        current: Option<SessionKey>,
    ) -> Result<(), Problem> {
        let which = match pairs.action() {
            ("others", _) => SessionSelection::AllBut(current),
            (_, key) => SessionSelection::One(SessionKey(key.to_owned())),
        };
        let ended = self.access.sessions().end_selected(subject, &which).await?;
        if ended > 0 {
            log_session_end(actor, sender, name, ended);
        }
        Ok(())
    }
}

/// Writes a change of an account to the security log.
pub(super) fn log_account_change(actor: &Actor, sender: &Sender, what: &str, account: &Account) {
    let reason = format!("{what} by {}", actor_name(actor));
    security::log_grant(
        SecurityEvent::AccountChanged,
        &account.email.canonical(),
        sender.from,
        &reason,
    );
}

/// Writes the number of ended sessions to the security log.
fn log_session_end(actor: &Actor, sender: &Sender, name: &str, ended: usize) {
    let reason = format!("{ended} ended by {}", actor_name(actor));
    security::log_grant(SecurityEvent::SessionEnded, name, sender.from, &reason);
}
