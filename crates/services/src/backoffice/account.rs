//! `/backoffice/account`: one's own account.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
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

use super::{Backoffice, Told, pairs::Pairs, saved, staff::told};
use crate::web::{
    Problem, ReadBy, Sessions,
    page::{PageProblem, page},
};

/// One's own account.
pub(super) async fn show<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(who): Extension<Who>,
    ReadBy(reader): ReadBy,
    Query(said): Query<Told>,
) -> Response {
    office.account_page(&who, &reader, &[], said.said())
}

/// A new password, for whoever knows the old one.
pub(super) async fn save<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(who): Extension<Who>,
    ReadBy(reader): ReadBy,
    headers: HeaderMap,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let Who::Account(account) = &who else { return Err(Problem::not_allowed().into()) };
    let session = office.access.session_cookie(&headers).unwrap_or_default();
    let (old, new) = (pairs.get("old").to_owned(), pairs.get("password").to_owned());
    let key = Sessions::key(&session);
    match office.accounts.set_own_password(account, old, new, &key).await {
        Ok(()) => Ok(saved("/backoffice/account")),
        Err(error) => {
            let (violations, said) = told(error)?;
            let reader = reader.at("/backoffice/account");
            let shown = office.account_page(&who, &reader, &violations, Some(said));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
        }
    }
}

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    fn account_page(
        &self,
        who: &Who,
        reader: &Reader,
        violations: &[Violation],
        said: Option<Said>,
    ) -> Response {
        let account = match who {
            Who::Token => None,
            Who::Account(account) => Some(account),
        };
        let places = account.map(|account| self.names_of(account)).unwrap_or_default();
        page(pages::account(&AccountPage {
            reader,
            staff: self.staff(who),
            account,
            places: &places,
            violations,
            said,
        }))
    }
}
