//! `/backoffice/r/{restaurant}`: the menu, its prices and its categories.

use std::collections::HashMap;

use axum::{
    extract::{Path, Query},
    response::{IntoResponse, Response},
};
use domain::{
    ids::{CategoryId, ItemId},
    menu::{Direction, Edit},
    money::Currency,
    ports::{ChangeBook, OrderSearch},
    staff::Actor,
    violation::{Checks, Violation, Violations},
};
use events::Publisher;
use ui::{
    Reader,
    pages::{OfficeMenu, OfficeNotice, office_menu},
};

use super::{
    Backoffice, NoticeQuery, context::OfficeContext, pairs::Pairs, redirect_saved,
    save_error::SaveError,
};
use crate::catalog::Shop;
use web::{
    Problem,
    page::{PageProblem, page},
};

/// State of the page besides the menu.
#[derive(Default)]
pub(super) struct PageState {
    typed: HashMap<ItemId, String>,
    violations: Vec<Violation>,
    notice: Option<OfficeNotice>,
}

/// Shows the menu.
pub(super) async fn show<P: Publisher, C: ChangeBook, O: OrderSearch>(
    OfficeContext { office, actor, reader, shop }: OfficeContext<P, C, O>,
    Query(query): Query<NoticeQuery>,
) -> Result<Response, PageProblem> {
    let state = PageState { notice: query.notice(), ..PageState::default() };
    Ok(office.menu_page(&actor, &reader, &shop, state))
}

/// Saves the entered prices.
pub(super) async fn save_prices<P: Publisher, C: ChangeBook, O: OrderSearch>(
    OfficeContext { office, actor, reader, shop }: OfficeContext<P, C, O>,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let is_new = |(item, price): &(&str, &str)| pairs.get(&format!("was.{item}")) != price.trim();
    let typed: HashMap<ItemId, String> = pairs
        .with_prefix("price.")
        .filter(is_new)
        .filter_map(|(item, price)| Some((item.parse().ok()?, price.to_owned())))
        .collect();
    let edit = parse_prices(&typed, shop.restaurant.currency).map(Edit::Prices);
    office.try_edit(&actor, reader, &shop, &pairs, edit, typed).await
}

fn parse_prices(
    typed: &HashMap<ItemId, String>,
    currency: Currency,
) -> Result<Vec<(ItemId, i64)>, Violations> {
    let mut checks = Checks::default();
    let mut prices = Vec::with_capacity(typed.len());
    for (item, price) in typed {
        let minor = currency.minor(price);
        let minor = checks.ok_or_add(format!("price.{item}"), minor);
        prices.extend(minor.map(|minor| (item.clone(), minor)));
    }
    checks.finish(Some(prices))
}

/// Applies a button beside a dish or a category.
pub(super) async fn apply_button<P: Publisher, C: ChangeBook, O: OrderSearch>(
    OfficeContext { office, actor, reader, shop }: OfficeContext<P, C, O>,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let edit = parse_edit(pairs.action()).ok_or_else(|| Problem::not_found("button"))?;
    office.try_edit(&actor, reader, &shop, &pairs, Ok(edit), HashMap::new()).await
}

fn parse_edit((act, id): (&str, &str)) -> Option<Edit> {
    use Direction::{Down, Up};
    let item = || id.parse::<ItemId>().ok();
    let category = || id.parse::<CategoryId>().ok();
    Some(match act {
        "up" => Edit::Move(item()?, Up),
        "down" => Edit::Move(item()?, Down),
        "hide" => Edit::Hide(item()?, true),
        "show" => Edit::Hide(item()?, false),
        "category-up" => Edit::MoveCategory(category()?, Up),
        "category-down" => Edit::MoveCategory(category()?, Down),
        _ => return None,
    })
}

/// Adds a category.
pub(super) async fn add_category<P: Publisher, C: ChangeBook, O: OrderSearch>(
    OfficeContext { office, actor, reader, shop }: OfficeContext<P, C, O>,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let (_, menu) = office.whole_menu(&shop.restaurant.id);
    let edit = match pairs.get("name").parse() {
        Ok(name) => match menu.free_category_id(&name) {
            Some(id) => Ok(Edit::AddCategory(id, name)),
            None => Err(Violations::one("name", "cannot be used")),
        },
        Err(error) => Err(Violations::one("name", error)),
    };
    office.try_edit(&actor, reader, &shop, &pairs, edit, HashMap::new()).await
}

/// Renames or removes a category.
pub(super) async fn save_category<P: Publisher, C: ChangeBook, O: OrderSearch>(
    OfficeContext { office, actor, reader, shop }: OfficeContext<P, C, O>,
    Path((_, category)): Path<(String, String)>,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let category: CategoryId = category.parse().map_err(|_| Problem::not_found("heading"))?;
    let (_, menu) = office.whole_menu(&shop.restaurant.id);
    let existing = menu.categories().iter().find(|existing| existing.id == category);
    let edit = match pairs.action().0 {
        // A category with dishes is never removed: one click must not remove dishes.
        "remove" if existing.is_none_or(|existing| existing.items.is_empty()) => {
            Ok(Edit::RemoveCategory(category))
        }
        "remove" => Err(Violations::one("name", "has dishes: move them away first")),
        _ => match pairs.get("name").parse() {
            Ok(name) => Ok(Edit::RenameCategory(category, name)),
            Err(error) => Err(Violations::one("name", error)),
        },
    };
    office.try_edit(&actor, reader, &shop, &pairs, edit, HashMap::new()).await
}

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    /// Applies an edit and redirects to the menu, or shows the menu with the input and its
    /// violations.
    async fn try_edit(
        &self,
        actor: &Actor,
        reader: Reader,
        shop: &Shop,
        pairs: &Pairs,
        edit: Result<Edit, Violations>,
        typed: HashMap<ItemId, String>,
    ) -> Result<Response, PageProblem> {
        let id = &shop.restaurant.id;
        let at = format!("/backoffice/r/{id}");
        let done = match edit {
            Ok(edit) => self.edit_menu(actor, id, pairs.parse_hidden("version")?, edit).await,
            Err(refused) => Err(SaveError::Invalid(refused)),
        };
        let Err(error) = done else { return Ok(redirect_saved(&at)) };
        let failure = self.describe_failure(&shop.restaurant, error).await?;
        let mut violations = failure.violations.iter();
        let other = violations.find(|v| !v.field.starts_with("price.") && v.field != "name");
        let notice = other.map_or(failure.notice, |v| OfficeNotice::Other(v.to_string()));
        let state = PageState { typed, violations: failure.violations, notice: Some(notice) };
        // The menu may have changed in between.
        let shop = self.restaurant(id.as_str())?;
        let shown = self.menu_page(actor, &reader.at(at), &shop, state);
        Ok((failure.status, shown).into_response())
    }

    fn menu_page(&self, actor: &Actor, reader: &Reader, shop: &Shop, state: PageState) -> Response {
        let restaurant = &shop.restaurant;
        let (version, menu) = self.whole_menu(&restaurant.id);
        let supplies = self.catalog.supplies(&restaurant.id, &menu);
        let items = menu.categories().iter().flat_map(|category| &category.items);
        let left = items.filter_map(|item| Some((item.id.clone(), supplies.left(&item.id)?)));
        page(office_menu(&OfficeMenu {
            header: self.header(reader, actor, restaurant),
            currency: restaurant.currency,
            menu: &menu,
            version,
            left: left.collect(),
            typed: state.typed,
            violations: &state.violations,
            notice: state.notice,
        }))
    }
}
