//! `/backoffice/r/{restaurant}/stock`: how many there are, by hand.

use axum::{
    extract::{Path, Query},
    response::Response,
};
use domain::{
    menu::Menu,
    ports::{ChangeBook, ChangesWanted, OrderSearch, StockNote},
    staff::{Permission, Who},
    stock::{Dish, Supply},
    text::Name,
    violation::Violation,
};
use events::Publisher;
use ui::{
    Reader,
    pages::{self, Said, StockDish, StockHistory, StockPage},
};

use super::{Backoffice, Told, desk::Desk};
use crate::catalog::Shop;
use web::{
    Problem,
    page::{PageProblem, page},
};

/// Changes on the first page, and on the page of a dish.
const RECENT: u32 = 10;
const HISTORY: u32 = 100;

/// All dishes with their levels.
pub(super) async fn list<P: Publisher, C: ChangeBook, O: OrderSearch>(
    Desk { office, who, reader, shop }: Desk<P, C, O>,
    Query(told): Query<Told>,
) -> Result<Response, PageProblem> {
    let restaurant = &shop.restaurant;
    let wanted =
        ChangesWanted { restaurant: Some(restaurant.id.clone()), before: None, limit: RECENT };
    let notes = office.changes.stock_notes(&wanted, None).await?;
    let (_, menu) = office.whole_menu(&restaurant.id);
    let name = |note: &StockNote| match menu.item(&note.dish.item_id) {
        Some(item) => item.name.to_string(),
        None => note.dish.item_id.to_string(),
    };
    let notes: Vec<_> = notes.into_iter().map(|note| (name(&note), note)).collect();
    Ok(page(pages::stock(&StockPage {
        place: office.place(&reader, &who, restaurant),
        dishes: &office.dishes(&shop, &menu),
        notes: &notes,
        zone: restaurant.time_zone.zone(),
        now: office.clock.now(),
        said: told.said(),
    })))
}

/// One dish with its history.
pub(super) async fn one<P: Publisher, C: ChangeBook, O: OrderSearch>(
    Desk { office, who, reader, shop }: Desk<P, C, O>,
    Path((_, item)): Path<(String, String)>,
    Query(told): Query<Told>,
) -> Result<Response, PageProblem> {
    office.dish_stock(&who, &reader, &shop, &item, (&[], told.said())).await
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
                supply: Supply::with_low(left, item.low_stock),
                hidden: item.hidden,
            }
        };
        let categories = menu.categories().iter();
        categories.flat_map(|c| c.items.iter().map(|item| dish(&c.name, item))).collect()
    }

    pub(super) async fn dish_stock(
        &self,
        who: &Who,
        reader: &Reader,
        shop: &Shop,
        item: &str,
        (violations, said): (&[Violation], Option<Said>),
    ) -> Result<Response, PageProblem> {
        let restaurant = &shop.restaurant;
        let (version, menu) = self.whole_menu(&restaurant.id);
        let dishes = self.dishes(shop, &menu);
        let dish = dishes.iter().find(|dish| dish.id.as_str() == item);
        let dish = dish.ok_or_else(|| Problem::not_found("dish"))?;
        let whose = Dish { restaurant_id: restaurant.id.clone(), item_id: dish.id.clone() };
        let wanted = ChangesWanted { restaurant: None, before: None, limit: HISTORY };
        let notes = self.changes.stock_notes(&wanted, Some(&whose)).await?;
        let low = menu.item(&dish.id).and_then(|item| item.low_stock);
        Ok(page(pages::stock_history(&StockHistory {
            place: self.place(reader, who, restaurant),
            dish,
            low: low.map(|low| low.to_string()).unwrap_or_default(),
            may_set_low: who.may(Permission::EditMenu),
            version,
            notes: &notes,
            zone: restaurant.time_zone.zone(),
            now: self.clock.now(),
            violations,
            said,
        })))
    }
}
