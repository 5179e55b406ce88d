//! `/backoffice/account`: one's own account.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    ports::{ChangeBook, OrderSearch},
    staff::Who,
    violation::Violation,
};
use events::Publisher;
use ui::{
    Reader,
    pages::{self, AccountPage, Said},
};

use super::{Backoffice, Told, pairs::Pairs, saved, sessions::note, staff::told};
use crate::accounts::AccountError;
use web::{
    Asker, Problem, ReadBy, Sessions,
    page::{PageProblem, page},
    security::{self, Event, name_of},
};

/// One's own account.
pub(super) async fn show<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(who): Extension<Who>,
    ReadBy(reader): ReadBy,
    Query(said): Query<Told>,
    asker: Asker,
) -> Result<Response, PageProblem> {
    Ok(office.account_page(&who, &reader, &asker, &[], said.said()).await?)
}

/// Ends one of one's own sessions, or all others.
pub(super) async fn end_sessions<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(who): Extension<Who>,
    asker: Asker,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let own = (&office.whose(&who), &*name_of(&who));
    office.end_sessions((&who, &asker), own, &pairs, office.here(&asker)).await?;
    Ok(saved("/backoffice/account"))
}

/// A new password, for whoever knows the old one.
pub(super) async fn save<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(who): Extension<Who>,
    ReadBy(reader): ReadBy,
    asker: Asker,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let Who::Account(account) = &who else { return Err(Problem::not_allowed().into()) };
    let session = office.access.session_cookie(&asker.headers).unwrap_or_default();
    let (old, new) = (pairs.get("old").to_owned(), pairs.get("password").to_owned());
    let key = Sessions::key(&session);
    // Whoever has taken the session may not find out the password.
    let one = office.access.take_try(&asker, Some(&account.email)).map_err(Problem::from)?;
    let set = office.accounts.set_own_password(account, old, new, &key).await;
    match &set {
        Err(AccountError::Refused(refused)) if refused.0.iter().any(|v| v.field == "old") => {
            let name = account.email.canonical();
            security::refused(Event::WrongPassword, &name, asker.from, "old password");
        }
        _ => office.access.give_back(&one),
    }
    match set {
        Ok(()) => {
            note(&who, &asker, "own password set", account);
            Ok(saved("/backoffice/account"))
        }
        Err(error) => {
            let (violations, said) = told(error)?;
            let reader = reader.at("/backoffice/account");
            let shown = office.account_page(&who, &reader, &asker, &violations, Some(said)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
        }
    }
}

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    async fn account_page(
        &self,
        who: &Who,
        reader: &Reader,
        asker: &Asker,
        violations: &[Violation],
        said: Option<Said>,
    ) -> Result<Response, Problem> {
        let account = match who {
            Who::Token => None,
            Who::Account(account) => Some(account),
        };
        let places = account.map(|account| self.names_of(account)).unwrap_or_default();
        let sessions = self.sessions_of(&self.whose(who), self.here(asker).as_ref()).await?;
        Ok(page(pages::account(&AccountPage {
            reader,
            staff: self.staff(who),
            account,
            places: &places,
            sessions: &sessions,
            violations,
            said,
        })))
    }
}
