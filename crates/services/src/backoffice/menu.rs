//! `/backoffice/r/{restaurant}`: the menu, its prices, its headings.

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
    staff::Who,
    violation::{Checks, Refused, Violation},
};
use events::Publisher;
use ui::{
    Reader,
    pages::{OfficeMenu, Said, office_menu},
};

use super::{Backoffice, Told, desk::Desk, pairs::Pairs, saved, unsaved::NotSaved};
use crate::catalog::Shop;
use web::{
    Problem,
    page::{PageProblem, page},
};

/// What stands on the page beside the menu.
#[derive(Default)]
pub(super) struct Beside {
    typed: HashMap<ItemId, String>,
    violations: Vec<Violation>,
    said: Option<Said>,
}

/// The menu.
pub(super) async fn show<P: Publisher, C: ChangeBook, O: OrderSearch>(
    Desk { office, who, reader, shop }: Desk<P, C, O>,
    Query(told): Query<Told>,
) -> Result<Response, PageProblem> {
    let beside = Beside { said: told.said(), ..Beside::default() };
    Ok(office.menu_page(&who, &reader, &shop, beside))
}

/// New prices, as typed.
pub(super) async fn prices<P: Publisher, C: ChangeBook, O: OrderSearch>(
    Desk { office, who, reader, shop }: Desk<P, C, O>,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let is_new = |(item, price): &(&str, &str)| pairs.get(&format!("was.{item}")) != price.trim();
    let typed: HashMap<ItemId, String> = pairs
        .below("price.")
        .filter(is_new)
        .filter_map(|(item, price)| Some((item.parse().ok()?, price.to_owned())))
        .collect();
    let edit = read_prices(&typed, shop.restaurant.currency).map(Edit::Prices);
    office.try_edit(&who, reader, &shop, &pairs, edit, typed).await
}

fn read_prices(
    typed: &HashMap<ItemId, String>,
    currency: Currency,
) -> Result<Vec<(ItemId, i64)>, Refused> {
    let mut checks = Checks::default();
    let mut prices = Vec::with_capacity(typed.len());
    for (item, price) in typed {
        let minor = currency.minor(price);
        let minor = checks.take(format!("price.{item}"), minor);
        prices.extend(minor.map(|minor| (item.clone(), minor)));
    }
    checks.finish(Some(prices))
}

/// A small button beside a dish or a heading.
pub(super) async fn edit<P: Publisher, C: ChangeBook, O: OrderSearch>(
    Desk { office, who, reader, shop }: Desk<P, C, O>,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let edit = read_edit(pairs.action()).ok_or_else(|| Problem::not_found("button"))?;
    office.try_edit(&who, reader, &shop, &pairs, Ok(edit), HashMap::new()).await
}

fn read_edit((act, id): (&str, &str)) -> Option<Edit> {
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

/// A new heading.
pub(super) async fn add_category<P: Publisher, C: ChangeBook, O: OrderSearch>(
    Desk { office, who, reader, shop }: Desk<P, C, O>,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let (_, menu) = office.whole_menu(&shop.restaurant.id);
    let edit = match pairs.get("name").parse() {
        Ok(name) => match menu.free_category_id(&name) {
            Some(id) => Ok(Edit::AddCategory(id, name)),
            None => Err(Refused::one("name", "cannot be used")),
        },
        Err(error) => Err(Refused::one("name", error)),
    };
    office.try_edit(&who, reader, &shop, &pairs, edit, HashMap::new()).await
}

/// Another name for a heading, or its end.
pub(super) async fn category<P: Publisher, C: ChangeBook, O: OrderSearch>(
    Desk { office, who, reader, shop }: Desk<P, C, O>,
    Path((_, category)): Path<(String, String)>,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let category: CategoryId = category.parse().map_err(|_| Problem::not_found("heading"))?;
    let (_, menu) = office.whole_menu(&shop.restaurant.id);
    let known = menu.categories().iter().find(|known| known.id == category);
    let edit = match pairs.action().0 {
        // Dishes are never taken away with their heading by one press.
        "remove" if known.is_none_or(|known| known.items.is_empty()) => {
            Ok(Edit::RemoveCategory(category))
        }
        "remove" => Err(Refused::one("name", "has dishes: move them away first")),
        _ => match pairs.get("name").parse() {
            Ok(name) => Ok(Edit::RenameCategory(category, name)),
            Err(error) => Err(Refused::one("name", error)),
        },
    };
    office.try_edit(&who, reader, &shop, &pairs, edit, HashMap::new()).await
}

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    /// Does an edit and goes back to the menu, or shows it with what was typed and why not.
    async fn try_edit(
        &self,
        who: &Who,
        reader: Reader,
        shop: &Shop,
        pairs: &Pairs,
        edit: Result<Edit, Refused>,
        typed: HashMap<ItemId, String>,
    ) -> Result<Response, PageProblem> {
        let id = &shop.restaurant.id;
        let at = format!("/backoffice/r/{id}");
        let done = match edit {
            Ok(edit) => self.edit_menu(who, id, pairs.hidden("version")?, edit).await,
            Err(refused) => Err(NotSaved::Refused(refused)),
        };
        let Err(why) = done else { return Ok(saved(&at)) };
        let unsaved = self.unsaved(&shop.restaurant, why).await?;
        let mut violations = unsaved.violations.iter();
        let untold = violations.find(|v| !v.field.starts_with("price.") && v.field != "name");
        let said = untold.map_or(unsaved.said, |v| Said::Other(v.to_string()));
        let beside = Beside { typed, violations: unsaved.violations, said: Some(said) };
        // The menu may have changed meanwhile.
        let shop = self.restaurant(id.as_str())?;
        let shown = self.menu_page(who, &reader.at(at), &shop, beside);
        Ok((unsaved.status, shown).into_response())
    }

    fn menu_page(&self, who: &Who, reader: &Reader, shop: &Shop, beside: Beside) -> Response {
        let restaurant = &shop.restaurant;
        let (version, menu) = self.whole_menu(&restaurant.id);
        let supplies = self.catalog.supplies(&restaurant.id, &menu);
        let items = menu.categories().iter().flat_map(|category| &category.items);
        let left = items.filter_map(|item| Some((item.id.clone(), supplies.left(&item.id)?)));
        page(office_menu(&OfficeMenu {
            place: self.place(reader, who, restaurant),
            currency: restaurant.currency,
            menu: &menu,
            version,
            left: left.collect(),
            typed: beside.typed,
            violations: &beside.violations,
            said: beside.said,
        }))
    }
}
