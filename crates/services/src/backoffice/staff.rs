//! `/backoffice/staff`: staff accounts.

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
    staff::{Account, Actor, Role},
    violation::Violation,
};
use events::Publisher;
use ui::{
    Reader,
    pages::{self, OfficeNotice, SessionRow, StaffForm, StaffMember, StaffPage, StaffRestaurant},
};

use super::{Backoffice, NoticeQuery, pairs::Pairs, redirect_saved, sessions::log_account_change};
use crate::accounts::{AccountError, AccountInput};
use web::{
    Problem, ReadBy, Sender,
    page::{PageProblem, page},
};

/// Lists the accounts that the actor may manage.
pub(super) async fn list<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(actor): Extension<Actor>,
    ReadBy(reader): ReadBy,
    Query(query): Query<NoticeQuery>,
) -> Result<Response, PageProblem> {
    let accounts = office.accounts.managed_by(&actor).await?;
    let member = |account| StaffMember { account, places: office.names_of(account) };
    let all: Vec<_> = accounts.iter().map(member).collect();
    let notice = query.notice();
    Ok(page(pages::staff(&reader, office.staff(&actor), &all, notice.as_ref())))
}

/// Shows the form of a new account.
pub(super) async fn show_blank<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(actor): Extension<Actor>,
    ReadBy(reader): ReadBy,
) -> Result<Response, PageProblem> {
    let is_first_time = office.is_first_account(&actor).await?;
    let shops = office.shops_of(&actor);
    let only = shops.iter().map(|shop| shop.restaurant.id.to_string());
    let form = StaffForm {
        role: Role::Owner.name().to_owned(),
        // With a single restaurant, or for the first account, there is nothing to choose.
        restaurants: if shops.len() == 1 || is_first_time { only.collect() } else { Vec::new() },
        ..StaffForm::default()
    };
    Ok(office.member_page(&actor, &reader, None, &form, (is_first_time, &[], None)))
}

/// Creates an account. The first one belongs to the actor, who is then signed in with it.
pub(super) async fn create<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(actor): Extension<Actor>,
    ReadBy(reader): ReadBy,
    jar: CookieJar,
    sender: Sender,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let is_first_time = office.is_first_account(&actor).await?;
    let input = input_from_pairs(&pairs);
    let added = office.accounts.add(&actor, &input, pairs.get("password").to_owned()).await;
    match added {
        Ok(account) if is_first_time => {
            let sessions = office.access.sessions();
            log_account_change(&actor, &sender, "account made", &account);
            if let Some(old) = office.access.session_cookie(&sender.headers) {
                sessions.end(&old).await?;
            }
            let session = sessions.begin(Subject::Account(account.id), &sender).await?;
            let jar = jar.add(office.access.staff_cookie(session));
            Ok((jar, Redirect::to("/backoffice")).into_response())
        }
        Ok(account) => {
            log_account_change(&actor, &sender, "account made", &account);
            Ok(redirect_saved("/backoffice/staff"))
        }
        Err(error) => {
            let (violations, notice) = violations_from_error(error)?;
            let (reader, form) = (reader.at("/backoffice/staff/new"), form_from_input(input));
            let shown = (is_first_time, violations.as_slice(), Some(notice));
            let shown = office.member_page(&actor, &reader, None, &form, shown);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
        }
    }
}

/// Shows an account.
pub(super) async fn show<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(actor): Extension<Actor>,
    ReadBy(reader): ReadBy,
    Path(id): Path<String>,
    Query(query): Query<NoticeQuery>,
) -> Result<Response, PageProblem> {
    let account = office.managed_account(&actor, &id).await?;
    let form = form_from_account(&account);
    let sessions = office.session_rows(&Subject::Account(account.id), None).await?;
    let shown = (false, &[][..], query.notice());
    Ok(office.member_page(&actor, &reader, Some((account.id, &sessions)), &form, shown))
}

/// Ends one session of an account, or all.
pub(super) async fn end_sessions<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    sender: Sender,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let account = office.managed_account(&actor, &id).await?;
    // The current session is kept, as on the page of the actor's own account.
    let current =
        if actor.id() == Some(account.id) { office.current_session(&sender) } else { None };
    let theirs = (&Subject::Account(account.id), &*account.email.canonical());
    office.end_sessions((&actor, &sender), theirs, &pairs, current).await?;
    Ok(redirect_saved(&format!("/backoffice/staff/{}", account.id)))
}

/// Changes an account, sets its password, or removes it.
pub(super) async fn save<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(actor): Extension<Actor>,
    ReadBy(reader): ReadBy,
    Path(id): Path<String>,
    sender: Sender,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let account = office.managed_account(&actor, &id).await?;
    let (accounts, input) = (&office.accounts, input_from_pairs(&pairs));
    let act = pairs.action().0;
    let done = match act {
        "remove" => accounts.remove(&actor, account.id).await.map(drop),
        "password" => {
            accounts.set_password(&actor, account.id, pairs.get("password").to_owned()).await
        }
        _ => accounts.change(&actor, account.id, &input).await.map(drop),
    };
    let Err(error) = done else {
        let what = match act {
            "remove" => "account removed",
            "password" => "password set",
            _ => "account changed",
        };
        log_account_change(&actor, &sender, what, &account);
        return Ok(redirect_saved("/backoffice/staff"));
    };
    let (violations, notice) = violations_from_error(error)?;
    let form = if act == "save" { form_from_input(input) } else { form_from_account(&account) };
    let reader = reader.at(format!("/backoffice/staff/{id}"));
    let sessions = office.session_rows(&Subject::Account(account.id), None).await?;
    let shown = (false, violations.as_slice(), Some(notice));
    let shown = office.member_page(&actor, &reader, Some((account.id, &sessions)), &form, shown);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
}

fn input_from_pairs(pairs: &Pairs) -> AccountInput {
    AccountInput {
        email: pairs.get("email").to_owned(),
        name: pairs.get("name").to_owned(),
        role: pairs.get("role").to_owned(),
        restaurants: pairs.all("restaurants"),
    }
}

fn form_from_input(input: AccountInput) -> StaffForm {
    let AccountInput { email, name, role, restaurants } = input;
    StaffForm { email, name, role, restaurants }
}

fn form_from_account(account: &Account) -> StaffForm {
    StaffForm {
        email: account.email.to_string(),
        name: account.name.to_string(),
        role: account.role.to_string(),
        restaurants: account.restaurants.iter().map(ToString::to_string).collect(),
    }
}

/// The violations in the input; any other error is a problem.
pub(super) fn violations_from_error(
    error: AccountError,
) -> Result<(Vec<Violation>, OfficeNotice), Problem> {
    match error {
        AccountError::Invalid(refused) => {
            let own = refused.0.iter().find(|violation| violation.field == "account");
            let notice = own.map_or(OfficeNotice::Wrong, |violation| {
                OfficeNotice::Other(violation.to_string())
            });
            Ok((refused.0, notice))
        }
        AccountError::NotAllowed => Err(Problem::not_allowed()),
        AccountError::Unknown => Err(Problem::not_found("account")),
        AccountError::Unavailable(unavailable) => Err(unavailable.into()),
    }
}

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    /// True for the holder of the staff token while no account exists.
    async fn is_first_account(&self, actor: &Actor) -> Result<bool, Problem> {
        Ok(*actor == Actor::Token && !self.accounts.has_any().await?)
    }

    /// An account that the actor may manage; any other is reported as unknown.
    async fn managed_account(&self, actor: &Actor, id: &str) -> Result<Account, Problem> {
        let id: StaffId = id.parse().map_err(|_| Problem::not_found("account"))?;
        self.accounts.find(actor, id).await.map_err(|error| match error {
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
        actor: &Actor,
        reader: &Reader,
        existing: Option<(StaffId, &[SessionRow])>,
        form: &StaffForm,
        (is_first_time, violations, notice): (bool, &[Violation], Option<OfficeNotice>),
    ) -> Response {
        let restaurant = |shop: crate::catalog::Shop| StaffRestaurant {
            id: shop.restaurant.id.to_string(),
            name: shop.restaurant.name.to_string(),
        };
        let restaurants: Vec<_> = self.shops_of(actor).into_iter().map(restaurant).collect();
        let (id, sessions) = existing.unzip();
        page(pages::staff_member(&StaffPage {
            reader,
            staff: self.staff(actor),
            is_own: id.is_some() && actor.id() == id,
            id: id.map(|id| id.to_string()),
            is_first_time,
            form,
            restaurants: &restaurants,
            sessions: sessions.unwrap_or_default(),
            violations,
            notice,
        }))
    }
}
