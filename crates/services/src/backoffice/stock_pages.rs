//! `/backoffice/r/{restaurant}/stock`: stock levels and their history.

use axum::{
    extract::{Path, Query},
    response::Response,
};
use domain::{
    menu::Menu,
    ports::{ChangeBook, ChangesQuery, OrderSearch, StockNote},
    staff::{Actor, Permission},
    stock::{Availability, Dish},
    text::Name,
    violation::Violation,
};
use events::Publisher;
use ui::{
    Reader,
    pages::{self, OfficeNotice, StockDish, StockHistory, StockPage},
};

use super::{Backoffice, NoticeQuery, context::OfficeContext};
use crate::catalog::Shop;
use web::{
    Problem,
    page::{PageProblem, page},
};

/// Changes listed on the overview.
const RECENT_CHANGES: u32 = 10;
/// Changes listed on the page of a dish.
const DISH_CHANGES: u32 = 100;

/// Lists all dishes with their levels.
pub(super) async fn list<P: Publisher, C: ChangeBook, O: OrderSearch>(
    OfficeContext { office, actor, reader, shop }: OfficeContext<P, C, O>,
    Query(query): Query<NoticeQuery>,
) -> Result<Response, PageProblem> {
    let restaurant = &shop.restaurant;
    let wanted = ChangesQuery {
        restaurant: Some(restaurant.id.clone()),
        before: None,
        limit: RECENT_CHANGES,
    };
    let notes = office.changes.stock_notes(&wanted, None).await?;
    let (_, menu) = office.whole_menu(&restaurant.id);
    let name = |note: &StockNote| match menu.item(&note.dish.item_id) {
        Some(item) => item.name.to_string(),
        None => note.dish.item_id.to_string(),
    };
    let notes: Vec<_> = notes.into_iter().map(|note| (name(&note), note)).collect();
    Ok(page(pages::stock(&StockPage {
        header: office.header(&reader, &actor, restaurant),
        dishes: &office.dishes(&shop, &menu),
        notes: &notes,
        zone: restaurant.time_zone.zone(),
        now: office.clock.now(),
        notice: query.notice(),
    })))
}

/// Shows one dish with its history.
pub(super) async fn show_dish<P: Publisher, C: ChangeBook, O: OrderSearch>(
    OfficeContext { office, actor, reader, shop }: OfficeContext<P, C, O>,
    Path((_, item)): Path<(String, String)>,
    Query(query): Query<NoticeQuery>,
) -> Result<Response, PageProblem> {
    office.dish_stock_page(&actor, &reader, &shop, &item, (&[], query.notice())).await
}

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    fn dishes(&self, shop: &Shop, menu: &Menu) -> Vec<StockDish> {
        let supplies = self.catalog.supplies(&shop.restaurant.id, menu);
        let dish = |category: &Name, item: &domain::menu::Item| {
            let left = supplies.left(&item.id);
            StockDish {
                id: item.id.clone(),
                name: item.name.to_string(),
                category: category.to_string(),
                left,
                supply: Availability::with_low(left, item.low_stock),
                hidden: item.hidden,
            }
        };
        let categories = menu.categories().iter();
        categories.flat_map(|c| c.items.iter().map(|item| dish(&c.name, item))).collect()
    }

    /// The page of one dish, with the violations in its form.
    pub(super) async fn dish_stock_page(
        &self,
        actor: &Actor,
        reader: &Reader,
        shop: &Shop,
        item: &str,
        (violations, notice): (&[Violation], Option<OfficeNotice>),
    ) -> Result<Response, PageProblem> {
        let restaurant = &shop.restaurant;
        let (version, menu) = self.whole_menu(&restaurant.id);
        let dishes = self.dishes(shop, &menu);
        let dish = dishes.iter().find(|dish| dish.id.as_str() == item);
        let dish = dish.ok_or_else(|| Problem::not_found("dish"))?;
        let subject = Dish { restaurant_id: restaurant.id.clone(), item_id: dish.id.clone() };
        let wanted = ChangesQuery { restaurant: None, before: None, limit: DISH_CHANGES };
        let notes = self.changes.stock_notes(&wanted, Some(&subject)).await?;
        let low = menu.item(&dish.id).and_then(|item| item.low_stock);
        Ok(page(pages::stock_history(&StockHistory {
            header: self.header(reader, actor, restaurant),
            dish,
            low: low.map(|low| low.to_string()).unwrap_or_default(),
            may_set_low: actor.may(Permission::EditMenu),
            version,
            notes: &notes,
            zone: restaurant.time_zone.zone(),
            now: self.clock.now(),
            violations,
            notice,
        })))
    }
}
