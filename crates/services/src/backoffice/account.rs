//! `/backoffice/account`: the account of the signed-in actor.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    ports::{ChangeBook, OrderSearch},
    staff::Actor,
    violation::Violation,
};
use events::Publisher;
use ui::{
    Reader,
    pages::{self, AccountPage, OfficeNotice},
};

use super::{
    Backoffice, NoticeQuery, pairs::Pairs, redirect_saved, sessions::log_account_change,
    staff::violations_from_error,
};
use crate::accounts::AccountError;
use web::{
    Problem, ReadBy, Sender, Sessions,
    page::{PageProblem, page},
    security::{self, SecurityEvent, actor_name},
};

/// Shows the actor's own account.
pub(super) async fn show<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(actor): Extension<Actor>,
    ReadBy(reader): ReadBy,
    Query(query): Query<NoticeQuery>,
    sender: Sender,
) -> Result<Response, PageProblem> {
    Ok(office.account_page(&actor, &reader, &sender, &[], query.notice()).await?)
}

/// Ends one of the actor's own sessions, or all except the current one.
pub(super) async fn end_sessions<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(actor): Extension<Actor>,
    sender: Sender,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let own = (&office.session_subject(&actor), &*actor_name(&actor));
    office.end_sessions((&actor, &sender), own, &pairs, office.current_session(&sender)).await?;
    Ok(redirect_saved("/backoffice/account"))
}

/// Changes the actor's own password after checking the old one.
pub(super) async fn save<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(actor): Extension<Actor>,
    ReadBy(reader): ReadBy,
    sender: Sender,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let Actor::Account(account) = &actor else { return Err(Problem::not_allowed().into()) };
    let session = office.access.session_cookie(&sender.headers).unwrap_or_default();
    let (old, new) = (pairs.get("old").to_owned(), pairs.get("password").to_owned());
    let key = Sessions::key(&session);
    // A stolen session must not serve to guess the password.
    let one = office.access.take_try(&sender, Some(&account.email)).map_err(Problem::from)?;
    let set = office.accounts.set_own_password(account, old, new, &key).await;
    match &set {
        Err(AccountError::Invalid(refused)) if refused.0.iter().any(|v| v.field == "old") => {
            let name = account.email.canonical();
            security::log_refusal(SecurityEvent::WrongPassword, &name, sender.from, "old password");
        }
        _ => office.access.give_back(&one),
    }
    match set {
        Ok(()) => {
            log_account_change(&actor, &sender, "own password set", account);
            Ok(redirect_saved("/backoffice/account"))
        }
        Err(error) => {
            let (violations, notice) = violations_from_error(error)?;
            let reader = reader.at("/backoffice/account");
            let shown =
                office.account_page(&actor, &reader, &sender, &violations, Some(notice)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
        }
    }
}

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    async fn account_page(
        &self,
        actor: &Actor,
        reader: &Reader,
        sender: &Sender,
        violations: &[Violation],
        notice: Option<OfficeNotice>,
    ) -> Result<Response, Problem> {
        let account = match actor {
            Actor::Token => None,
            Actor::Account(account) => Some(account),
        };
        let places = account.map(|account| self.names_of(account)).unwrap_or_default();
        let current = self.current_session(sender);
        let sessions = self.session_rows(&self.session_subject(actor), current.as_ref()).await?;
        Ok(page(pages::account(&AccountPage {
            reader,
            staff: self.staff(actor),
            account,
            places: &places,
            sessions: &sessions,
            violations,
            notice,
        })))
    }
}
