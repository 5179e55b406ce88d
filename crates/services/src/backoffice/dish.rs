//! `/backoffice/r/{restaurant}/dishes/{dish}`: editing one dish.

use axum::{
    extract::{Path, Query},
    response::{IntoResponse, Response},
};
use domain::{
    ids::{CategoryId, ItemId},
    menu::{Edit, Item, Menu},
    ports::{ChangeBook, OrderSearch},
    staff::Actor,
    text::Name,
    violation::{Violation, Violations},
};
use events::Publisher;
use serde::Deserialize;
use ui::{
    Reader,
    pages::{self, DishForm, DishPage, OfficeNotice},
};

use super::{
    Backoffice, NoticeQuery,
    context::OfficeContext,
    dish_form::{apply_row_button, form_from_item, form_from_pairs, item_from_form},
    pairs::Pairs,
    redirect_saved,
    save_error::SaveError,
};
use crate::catalog::Shop;
use web::{
    Problem,
    page::{PageProblem, page},
};

#[derive(Deserialize)]
pub(super) struct NewDishQuery {
    #[serde(default)]
    category: String,
}

/// Input of the page of a dish.
struct DishView<'a> {
    id: Option<&'a ItemId>,
    version: i64,
    form: &'a DishForm,
    violations: Vec<Violation>,
    theirs: Vec<(String, String)>,
    notice: Option<OfficeNotice>,
}

/// Shows the form of a new dish.
pub(super) async fn show_blank<P: Publisher, C: ChangeBook, O: OrderSearch>(
    OfficeContext { office, actor, reader, shop }: OfficeContext<P, C, O>,
    Query(query): Query<NewDishQuery>,
) -> Result<Response, PageProblem> {
    let form = DishForm { category: query.category, ..DishForm::default() };
    let (version, _) = office.whole_menu(&shop.restaurant.id);
    let (violations, theirs) = (Vec::new(), Vec::new());
    let view = DishView { id: None, version, form: &form, violations, theirs, notice: None };
    Ok(office.dish_page(&actor, &reader, &shop, view))
}

/// Shows a dish of the menu.
pub(super) async fn show<P: Publisher, C: ChangeBook, O: OrderSearch>(
    OfficeContext { office, actor, reader, shop }: OfficeContext<P, C, O>,
    Path((_, item)): Path<(String, String)>,
    Query(query): Query<NoticeQuery>,
) -> Result<Response, PageProblem> {
    let (version, menu) = office.whole_menu(&shop.restaurant.id);
    let (category, item) = find_dish(&menu, &item)?;
    let form = form_from_item(item, category.as_str(), shop.restaurant.currency);
    let (violations, theirs, notice) = (Vec::new(), Vec::new(), query.notice());
    let view = DishView { id: Some(&item.id), version, form: &form, violations, theirs, notice };
    Ok(office.dish_page(&actor, &reader, &shop, view))
}

fn find_dish<'a>(menu: &'a Menu, item: &str) -> Result<(&'a CategoryId, &'a Item), Problem> {
    let of = |category: &'a domain::menu::Category| {
        category.items.iter().map(move |item| (&category.id, item))
    };
    let found = menu.categories().iter().flat_map(of).find(|(_, known)| known.id.as_str() == item);
    found.ok_or_else(|| Problem::not_found("dish"))
}

/// Adds a dish to the menu.
pub(super) async fn create<P: Publisher, C: ChangeBook, O: OrderSearch>(
    OfficeContext { office, actor, reader, shop }: OfficeContext<P, C, O>,
    Path(id): Path<String>,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let at = format!("/backoffice/r/{id}/dishes/new");
    office.put_dish(&actor, reader.at(at), &shop, None, &pairs).await
}

/// Saves or removes a dish.
pub(super) async fn save<P: Publisher, C: ChangeBook, O: OrderSearch>(
    OfficeContext { office, actor, reader, shop }: OfficeContext<P, C, O>,
    Path((id, item)): Path<(String, String)>,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let item: ItemId = item.parse().map_err(|_| Problem::not_found("dish"))?;
    let reader = reader.at(format!("/backoffice/r/{id}/dishes/{item}"));
    office.put_dish(&actor, reader, &shop, Some(item), &pairs).await
}

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    async fn put_dish(
        &self,
        actor: &Actor,
        reader: Reader,
        shop: &Shop,
        id: Option<ItemId>,
        pairs: &Pairs,
    ) -> Result<Response, PageProblem> {
        let restaurant = &shop.restaurant;
        let seen = pairs.parse_hidden("version")?;
        let (act, which) = pairs.action();
        let mut form = form_from_pairs(pairs);
        let is_rearranged = apply_row_button(&mut form, act, which);
        let view = |violations, theirs, notice, version| DishView {
            id: id.as_ref(),
            version,
            form: &form,
            violations,
            theirs,
            notice,
        };
        if is_rearranged {
            let view = view(Vec::new(), Vec::new(), None, seen);
            return Ok(self.dish_page(actor, &reader, shop, view));
        }
        let edit = match (act, &id) {
            ("remove", Some(id)) => Ok(Edit::Remove(id.clone())),
            _ => self.dish_edit(shop, id.as_ref(), &form),
        };
        let done = match edit {
            Ok(edit) => self.edit_menu(actor, &restaurant.id, seen, edit).await,
            Err(refused) => Err(SaveError::Invalid(refused)),
        };
        let Err(error) = done else {
            return Ok(redirect_saved(&format!("/backoffice/r/{}", restaurant.id)));
        };
        let failure = self.describe_failure(restaurant, error).await?;
        let (version, theirs) = match failure.is_overtaken() {
            true => self.current_fields(shop, id.as_ref(), &form),
            false => (seen, Vec::new()),
        };
        let view = view(failure.violations, theirs, Some(failure.notice), version);
        Ok((failure.status, self.dish_page(actor, &reader, shop, view)).into_response())
    }

    /// The menu edit that a form describes.
    fn dish_edit(
        &self,
        shop: &Shop,
        id: Option<&ItemId>,
        form: &DishForm,
    ) -> Result<Edit, Violations> {
        let (_, menu) = self.whole_menu(&shop.restaurant.id);
        let before = id.and_then(|id| menu.item(id));
        let new_id = || menu.free_item_id(&form.name.parse::<Name>().ok()?);
        // Without a name no id can be derived; the violation to report is that of the name.
        let id_or_placeholder = id.cloned().or_else(new_id).or_else(|| "dish".parse().ok());
        let category = form.category.parse::<CategoryId>();
        let item = item_from_form(form, id_or_placeholder, before, shop.restaurant.currency);
        match (item, category) {
            (Ok(item), Ok(category)) => Ok(Edit::Put(category, Box::new(item))),
            (Err(refused), _) => Err(refused),
            (Ok(_), Err(_)) => Err(Violations::one("category", "must be chosen")),
        }
    }

    /// The current version, and the fields of the dish in it that differ from the form.
    fn current_fields(
        &self,
        shop: &Shop,
        id: Option<&ItemId>,
        form: &DishForm,
    ) -> (i64, Vec<(String, String)>) {
        let (version, menu) = self.whole_menu(&shop.restaurant.id);
        let found = id.and_then(|id| find_dish(&menu, id.as_str()).ok());
        let Some((category, item)) = found else { return (version, Vec::new()) };
        let now = form_from_item(item, category.as_str(), shop.restaurant.currency);
        let pairs = [
            ("name", &form.name, now.name),
            ("description", &form.description, now.description),
            ("price", &form.price, now.price),
            ("more_allergens", &form.more_allergens, now.more_allergens),
            ("low_stock", &form.low_stock, now.low_stock),
            ("tax", &form.tax, now.tax),
            ("tax_delivery", &form.tax_delivery, now.tax_delivery),
        ];
        let differs = pairs.into_iter().filter(|(_, typed, now)| *typed != now);
        (version, differs.map(|(field, _, now)| (field.to_owned(), now)).collect())
    }

    fn dish_page(
        &self,
        actor: &Actor,
        reader: &Reader,
        shop: &Shop,
        view: DishView<'_>,
    ) -> Response {
        let restaurant = &shop.restaurant;
        let (_, menu) = self.whole_menu(&restaurant.id);
        let categories = menu.categories().iter();
        let rates = restaurant.tax.iter().flat_map(domain::tax::TaxRules::rates);
        page(pages::dish(&DishPage {
            header: self.header(reader, actor, restaurant),
            id: view.id.map(ItemId::as_str),
            version: view.version,
            currency: restaurant.currency,
            categories: categories.map(|c| (c.id.as_str(), c.name.as_str())).collect(),
            rates: rates.map(|rate| (rate.id.as_str(), rate.name.as_str())).collect(),
            form: view.form,
            violations: &view.violations,
            theirs: view.theirs,
            notice: view.notice,
        }))
    }
}
