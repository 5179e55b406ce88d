//! `/backoffice/staff`: who works here.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use domain::{
    ids::{RestaurantId, StaffId},
    ports::{ChangeBook, OrderSearch, Subject},
    staff::{Account, Role, Who},
    violation::Violation,
};
use events::Publisher;
use ui::{
    Reader,
    pages::{self, Said, SessionRow, StaffForm, StaffMember, StaffPage, StaffRestaurant},
};

use super::{Backoffice, Told, pairs::Pairs, saved, sessions::note};
use crate::accounts::{AccountError, Typed};
use web::{
    Asker, Problem, ReadBy,
    page::{PageProblem, page},
};

/// The accounts that somebody may manage.
pub(super) async fn list<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(who): Extension<Who>,
    ReadBy(reader): ReadBy,
    Query(told): Query<Told>,
) -> Result<Response, PageProblem> {
    let accounts = office.accounts.managed_by(&who).await?;
    let member = |account| StaffMember { account, places: office.names_of(account) };
    let all: Vec<_> = accounts.iter().map(member).collect();
    let said = told.said();
    Ok(page(pages::staff(&reader, office.staff(&who), &all, said.as_ref())))
}

/// The form of a new account.
pub(super) async fn blank<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(who): Extension<Who>,
    ReadBy(reader): ReadBy,
) -> Result<Response, PageProblem> {
    let first_time = office.is_first(&who).await?;
    let shops = office.shops_of(&who);
    let only = shops.iter().map(|shop| shop.restaurant.id.to_string());
    let form = StaffForm {
        role: Role::Owner.name().to_owned(),
        // Where there is but one, or nobody to share them with, there is nothing to choose.
        restaurants: if shops.len() == 1 || first_time { only.collect() } else { Vec::new() },
        ..StaffForm::default()
    };
    Ok(office.member_page(&who, &reader, None, &form, (first_time, &[], None)))
}

/// Makes an account. The first one is the reader's own, who then goes on with it.
pub(super) async fn create<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(who): Extension<Who>,
    ReadBy(reader): ReadBy,
    jar: CookieJar,
    asker: Asker,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let first_time = office.is_first(&who).await?;
    let typed = read(&pairs);
    let made = office.accounts.add(&who, &typed, pairs.get("password").to_owned()).await;
    match made {
        Ok(account) if first_time => {
            let sessions = office.access.sessions();
            note(&who, &asker, "account made", &account);
            if let Some(old) = office.access.session_cookie(&asker.headers) {
                sessions.end(&old).await?;
            }
            let session = sessions.begin(Subject::Account(account.id), &asker).await?;
            let jar = jar.add(office.access.staff_cookie(session));
            Ok((jar, Redirect::to("/backoffice")).into_response())
        }
        Ok(account) => {
            note(&who, &asker, "account made", &account);
            Ok(saved("/backoffice/staff"))
        }
        Err(error) => {
            let (violations, said) = told(error)?;
            let (reader, form) = (reader.at("/backoffice/staff/new"), form(typed));
            let shown = (first_time, violations.as_slice(), Some(said));
            let shown = office.member_page(&who, &reader, None, &form, shown);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
        }
    }
}

/// An account.
pub(super) async fn show<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(who): Extension<Who>,
    ReadBy(reader): ReadBy,
    Path(id): Path<String>,
    Query(told): Query<Told>,
) -> Result<Response, PageProblem> {
    let account = office.managed(&who, &id).await?;
    let form = filled(&account);
    let sessions = office.sessions_of(&Subject::Account(account.id), None).await?;
    let shown = (false, &[][..], told.said());
    Ok(office.member_page(&who, &reader, Some((account.id, &sessions)), &form, shown))
}

/// Ends sessions of somebody else: one, or all.
pub(super) async fn end_sessions<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(who): Extension<Who>,
    Path(id): Path<String>,
    asker: Asker,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let account = office.managed(&who, &id).await?;
    // Their own is spared, as on the page of their own account.
    let here = if who.id() == Some(account.id) { office.here(&asker) } else { None };
    let theirs = (&Subject::Account(account.id), &*account.email.canonical());
    office.end_sessions((&who, &asker), theirs, &pairs, here).await?;
    Ok(saved(&format!("/backoffice/staff/{}", account.id)))
}

/// Changes an account, sets its password, or takes it away.
pub(super) async fn save<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(who): Extension<Who>,
    ReadBy(reader): ReadBy,
    Path(id): Path<String>,
    asker: Asker,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let account = office.managed(&who, &id).await?;
    let (accounts, typed) = (&office.accounts, read(&pairs));
    let act = pairs.action().0;
    let done = match act {
        "remove" => accounts.remove(&who, account.id).await.map(drop),
        "password" => {
            accounts.set_password(&who, account.id, pairs.get("password").to_owned()).await
        }
        _ => accounts.change(&who, account.id, &typed).await.map(drop),
    };
    let Err(error) = done else {
        let what = match act {
            "remove" => "account removed",
            "password" => "password set",
            _ => "account changed",
        };
        note(&who, &asker, what, &account);
        return Ok(saved("/backoffice/staff"));
    };
    let (violations, said) = told(error)?;
    let form = if act == "save" { form(typed) } else { filled(&account) };
    let reader = reader.at(format!("/backoffice/staff/{id}"));
    let sessions = office.sessions_of(&Subject::Account(account.id), None).await?;
    let shown = (false, violations.as_slice(), Some(said));
    let shown = office.member_page(&who, &reader, Some((account.id, &sessions)), &form, shown);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
}

fn read(pairs: &Pairs) -> Typed {
    Typed {
        email: pairs.get("email").to_owned(),
        name: pairs.get("name").to_owned(),
        role: pairs.get("role").to_owned(),
        restaurants: pairs.all("restaurants"),
    }
}

fn form(typed: Typed) -> StaffForm {
    let Typed { email, name, role, restaurants } = typed;
    StaffForm { email, name, role, restaurants }
}

fn filled(account: &Account) -> StaffForm {
    StaffForm {
        email: account.email.to_string(),
        name: account.name.to_string(),
        role: account.role.to_string(),
        restaurants: account.restaurants.iter().map(ToString::to_string).collect(),
    }
}

/// What was wrong with what was typed; anything else is a problem.
pub(super) fn told(error: AccountError) -> Result<(Vec<Violation>, Said), Problem> {
    match error {
        AccountError::Refused(refused) => {
            let own = refused.0.iter().find(|violation| violation.field == "account");
            let said = own.map_or(Said::Wrong, |violation| Said::Other(violation.to_string()));
            Ok((refused.0, said))
        }
        AccountError::NotAllowed => Err(Problem::not_allowed()),
        AccountError::Unknown => Err(Problem::not_found("account")),
        AccountError::Unavailable(unavailable) => Err(unavailable.into()),
    }
}

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    /// True for whoever has the staff token while nobody has an account.
    async fn is_first(&self, who: &Who) -> Result<bool, Problem> {
        Ok(*who == Who::Token && !self.accounts.are_there().await?)
    }

    /// An account that somebody may manage. Others do not exist.
    async fn managed(&self, who: &Who, id: &str) -> Result<Account, Problem> {
        let id: StaffId = id.parse().map_err(|_| Problem::not_found("account"))?;
        self.accounts.find(who, id).await.map_err(|error| match error {
            AccountError::Unavailable(unavailable) => unavailable.into(),
            _ => Problem::not_found("account"),
        })
    }

    /// The names of an account's restaurants.
    pub(super) fn names_of(&self, account: &Account) -> Vec<String> {
        let name = |id: &RestaurantId| match self.catalog.shop(id) {
            Some(shop) => shop.restaurant.name.to_string(),
            None => id.to_string(),
        };
        account.restaurants.iter().map(name).collect()
    }

    fn member_page(
        &self,
        who: &Who,
        reader: &Reader,
        known: Option<(StaffId, &[SessionRow])>,
        form: &StaffForm,
        (first_time, violations, said): (bool, &[Violation], Option<Said>),
    ) -> Response {
        let restaurant = |shop: crate::catalog::Shop| StaffRestaurant {
            id: shop.restaurant.id.to_string(),
            name: shop.restaurant.name.to_string(),
        };
        let restaurants: Vec<_> = self.shops_of(who).into_iter().map(restaurant).collect();
        let (id, sessions) = known.unzip();
        page(pages::staff_member(&StaffPage {
            reader,
            staff: self.staff(who),
            own: id.is_some() && who.id() == id,
            id: id.map(|id| id.to_string()),
            first_time,
            form,
            restaurants: &restaurants,
            sessions: sessions.unwrap_or_default(),
            violations,
            said,
        }))
    }
}
