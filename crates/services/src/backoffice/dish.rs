//! `/backoffice/r/{restaurant}/dishes/{dish}`: everything about one dish.

use axum::{
    extract::{Path, Query},
    response::{IntoResponse, Response},
};
use domain::{
    ids::{CategoryId, ItemId},
    menu::{Edit, Item, Menu},
    ports::{ChangeBook, OrderSearch},
    staff::Who,
    text::Name,
    violation::{Refused, Violation},
};
use events::Publisher;
use serde::Deserialize;
use ui::{
    Reader,
    pages::{self, DishForm, DishPage, Said},
};

use super::{
    Backoffice, Told,
    desk::Desk,
    dish_form::{check, filled, rearrange, typed},
    pairs::Pairs,
    saved,
    unsaved::NotSaved,
};
use crate::catalog::Shop;
use web::{
    Problem,
    page::{PageProblem, page},
};

#[derive(Deserialize)]
pub(super) struct Under {
    #[serde(default)]
    category: String,
}

/// What a page of a dish is made of.
struct Shown<'a> {
    id: Option<&'a ItemId>,
    version: i64,
    form: &'a DishForm,
    violations: Vec<Violation>,
    theirs: Vec<(String, String)>,
    said: Option<Said>,
}

/// The form of a new dish.
pub(super) async fn blank<P: Publisher, C: ChangeBook, O: OrderSearch>(
    Desk { office, who, reader, shop }: Desk<P, C, O>,
    Query(under): Query<Under>,
) -> Result<Response, PageProblem> {
    let form = DishForm { category: under.category, ..DishForm::default() };
    let (version, _) = office.whole_menu(&shop.restaurant.id);
    let (violations, theirs) = (Vec::new(), Vec::new());
    let shown = Shown { id: None, version, form: &form, violations, theirs, said: None };
    Ok(office.dish_page(&who, &reader, &shop, shown))
}

/// A dish that is on the menu.
pub(super) async fn show<P: Publisher, C: ChangeBook, O: OrderSearch>(
    Desk { office, who, reader, shop }: Desk<P, C, O>,
    Path((_, item)): Path<(String, String)>,
    Query(told): Query<Told>,
) -> Result<Response, PageProblem> {
    let (version, menu) = office.whole_menu(&shop.restaurant.id);
    let (category, item) = find(&menu, &item)?;
    let form = filled(item, category.as_str(), shop.restaurant.currency);
    let (violations, theirs, said) = (Vec::new(), Vec::new(), told.said());
    let shown = Shown { id: Some(&item.id), version, form: &form, violations, theirs, said };
    Ok(office.dish_page(&who, &reader, &shop, shown))
}

fn find<'a>(menu: &'a Menu, item: &str) -> Result<(&'a CategoryId, &'a Item), Problem> {
    let of = |category: &'a domain::menu::Category| {
        category.items.iter().map(move |item| (&category.id, item))
    };
    let found = menu.categories().iter().flat_map(of).find(|(_, known)| known.id.as_str() == item);
    found.ok_or_else(|| Problem::not_found("dish"))
}

/// Puts a new dish on the menu.
pub(super) async fn create<P: Publisher, C: ChangeBook, O: OrderSearch>(
    Desk { office, who, reader, shop }: Desk<P, C, O>,
    Path(id): Path<String>,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let at = format!("/backoffice/r/{id}/dishes/new");
    office.put_dish(&who, reader.at(at), &shop, None, &pairs).await
}

/// Saves a dish, or takes it away.
pub(super) async fn save<P: Publisher, C: ChangeBook, O: OrderSearch>(
    Desk { office, who, reader, shop }: Desk<P, C, O>,
    Path((id, item)): Path<(String, String)>,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let item: ItemId = item.parse().map_err(|_| Problem::not_found("dish"))?;
    let reader = reader.at(format!("/backoffice/r/{id}/dishes/{item}"));
    office.put_dish(&who, reader, &shop, Some(item), &pairs).await
}

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    async fn put_dish(
        &self,
        who: &Who,
        reader: Reader,
        shop: &Shop,
        id: Option<ItemId>,
        pairs: &Pairs,
    ) -> Result<Response, PageProblem> {
        let restaurant = &shop.restaurant;
        let seen = pairs.hidden("version")?;
        let (act, which) = pairs.action();
        let mut form = typed(pairs);
        let is_rearranged = rearrange(&mut form, act, which);
        let shown = |violations, theirs, said, version| Shown {
            id: id.as_ref(),
            version,
            form: &form,
            violations,
            theirs,
            said,
        };
        if is_rearranged {
            let shown = shown(Vec::new(), Vec::new(), None, seen);
            return Ok(self.dish_page(who, &reader, shop, shown));
        }
        let edit = match (act, &id) {
            ("remove", Some(id)) => Ok(Edit::Remove(id.clone())),
            _ => self.dish_edit(shop, id.as_ref(), &form),
        };
        let done = match edit {
            Ok(edit) => self.edit_menu(who, &restaurant.id, seen, edit).await,
            Err(refused) => Err(NotSaved::Refused(refused)),
        };
        let Err(why) = done else {
            return Ok(saved(&format!("/backoffice/r/{}", restaurant.id)));
        };
        let unsaved = self.unsaved(restaurant, why).await?;
        let (version, theirs) = match unsaved.is_overtaken() {
            true => self.theirs(shop, id.as_ref(), &form),
            false => (seen, Vec::new()),
        };
        let shown = shown(unsaved.violations, theirs, Some(unsaved.said), version);
        Ok((unsaved.status, self.dish_page(who, &reader, shop, shown)).into_response())
    }

    /// The edit that a form asks for.
    fn dish_edit(
        &self,
        shop: &Shop,
        id: Option<&ItemId>,
        form: &DishForm,
    ) -> Result<Edit, Refused> {
        let (_, menu) = self.whole_menu(&shop.restaurant.id);
        let before = id.and_then(|id| menu.item(id));
        let new_id = || menu.free_item_id(&form.name.parse::<Name>().ok()?);
        // Without a name there is no id; what is wrong then is the name.
        let id_or_some = id.cloned().or_else(new_id).or_else(|| "dish".parse().ok());
        let category = form.category.parse::<CategoryId>();
        let item = check(form, id_or_some, before, shop.restaurant.currency);
        match (item, category) {
            (Ok(item), Ok(category)) => Ok(Edit::Put(category, Box::new(item))),
            (Err(refused), _) => Err(refused),
            (Ok(_), Err(_)) => Err(Refused::one("category", "must be chosen")),
        }
    }

    /// The version that is, and what others made of the dish: where it is not what was typed.
    fn theirs(
        &self,
        shop: &Shop,
        id: Option<&ItemId>,
        form: &DishForm,
    ) -> (i64, Vec<(String, String)>) {
        let (version, menu) = self.whole_menu(&shop.restaurant.id);
        let found = id.and_then(|id| find(&menu, id.as_str()).ok());
        let Some((category, item)) = found else { return (version, Vec::new()) };
        let now = filled(item, category.as_str(), shop.restaurant.currency);
        let pairs = [
            ("name", &form.name, now.name),
            ("description", &form.description, now.description),
            ("price", &form.price, now.price),
            ("more_allergens", &form.more_allergens, now.more_allergens),
            ("low_stock", &form.low_stock, now.low_stock),
        ];
        let differs = pairs.into_iter().filter(|(_, typed, now)| *typed != now);
        (version, differs.map(|(field, _, now)| (field.to_owned(), now)).collect())
    }

    fn dish_page(&self, who: &Who, reader: &Reader, shop: &Shop, shown: Shown<'_>) -> Response {
        let restaurant = &shop.restaurant;
        let (_, menu) = self.whole_menu(&restaurant.id);
        let categories = menu.categories().iter();
        page(pages::dish(&DishPage {
            place: self.place(reader, who, restaurant),
            id: shown.id.map(ItemId::as_str),
            version: shown.version,
            currency: restaurant.currency,
            categories: categories.map(|c| (c.id.as_str(), c.name.as_str())).collect(),
            form: shown.form,
            violations: &shown.violations,
            theirs: shown.theirs,
            said: shown.said,
        }))
    }
}
