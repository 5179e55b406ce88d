//! `/backoffice/r/{restaurant}/stock`: how many there are, by hand.

use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    ids::{ChangeId, ItemId},
    menu::{Edit, Menu},
    ports::{ChangeBook, ChangesWanted, OrderSearch, StockNote},
    staff::{Permission, Who},
    stock::{Change, Dish, MAX_LEVEL, StockChange, Supply},
    text::{Name, Note},
    violation::{Checks, Refused, Violation, Wrong},
};
use events::{Publisher, stock_changes::changed};
use ui::{
    Reader,
    pages::{self, Said, StockDish, StockHistory, StockPage},
};
use uuid::Uuid;

use super::{Backoffice, Told, desk::Desk, pairs::Pairs, publish::NotSaved, saved};
use crate::{
    catalog::Shop,
    web::{
        Problem,
        page::{PageProblem, page},
    },
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

/// A change of a level.
pub(super) async fn change<P: Publisher, C: ChangeBook, O: OrderSearch>(
    Desk { office, who, reader, shop }: Desk<P, C, O>,
    Path((id, item)): Path<(String, String)>,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let (_, menu) = office.whole_menu(&shop.restaurant.id);
    let item_id: ItemId = item.parse().map_err(|_| Problem::not_found("dish"))?;
    let known = menu.item(&item_id).ok_or_else(|| Problem::not_found("dish"))?;
    let supplies = office.catalog.supplies(&shop.restaurant.id, &menu);
    match read_change(&pairs, supplies.left(&item_id), known.name.as_str()) {
        Ok((change, reason)) => {
            let dish = Dish { restaurant_id: shop.restaurant.id.clone(), item_id };
            office.change_stock(&who, dish, change, reason).await?;
            let list = format!("/backoffice/r/{id}/stock");
            let to = if pairs.get("return") == "list" { list } else { format!("{list}/{item}") };
            Ok(saved(&to))
        }
        Err(Refused(violations)) => {
            let reader = reader.at(format!("/backoffice/r/{id}/stock/{item}"));
            let told = (violations.as_slice(), Some(Said::Wrong));
            let shown = office.dish_stock(&who, &reader, &shop, &item, told).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
        }
    }
}

fn read_change(
    pairs: &Pairs,
    left: Option<u32>,
    name: &str,
) -> Result<(Change, Option<Note>), Refused> {
    let mut checks = Checks::default();
    let reason = Some(pairs.get("reason")).filter(|text| !text.trim().is_empty());
    let reason = reason.map(|text| checks.take("reason", text.parse::<Note>()));
    let mut pieces = || {
        let typed = pairs.get("pieces").trim().parse::<u32>();
        let fits = typed.ok().filter(|pieces| *pieces <= MAX_LEVEL);
        checks.take("pieces", fits.ok_or(Wrong::Number))
    };
    let change = match pairs.get("what") {
        "add" => pieces().map(|n| Change::Delta(n.into())),
        "take" => pieces().map(|n| Change::Delta(-i64::from(n))),
        "set" => pieces().map(Change::Set),
        "one-more" => Some(Change::Delta(1)),
        "one-less" => Some(Change::Delta(-1)),
        "sold-out" => Some(Change::Set(0)),
        "unlimited" => Some(Change::Unlimited),
        _ => None,
    };
    match (change, left) {
        (Some(Change::Delta(0)), _) => checks.add("pieces", "must not be 0"),
        (Some(Change::Delta(_)), None) => {
            checks.add("pieces", format!("cannot be added: {name} is not counted; set them first"));
        }
        (None, _) if checks.is_clean() => checks.add("what", "must be chosen"),
        _ => {}
    }
    checks.finish(change.map(|change| (change, reason.flatten())))
}

/// From where on a dish is low.
pub(super) async fn low<P: Publisher, C: ChangeBook, O: OrderSearch>(
    Desk { office, who, reader, shop }: Desk<P, C, O>,
    Path((id, item)): Path<(String, String)>,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let at = format!("/backoffice/r/{id}/stock/{item}");
    let item_id: ItemId = item.parse().map_err(|_| Problem::not_found("dish"))?;
    let typed = pairs.get("low_stock").trim();
    let low = match typed {
        "" => Ok(None),
        typed => typed.parse::<u32>().map(Some),
    };
    let done = match low {
        Ok(low) => {
            let edit = Edit::Low(item_id, low);
            office.edit_menu(&who, &shop.restaurant.id, pairs.hidden("version")?, edit).await
        }
        Err(_) => Err(NotSaved::Refused(Refused::one("low_stock", Wrong::Number))),
    };
    let (violations, said) = match done {
        Ok(_) => return Ok(saved(&at)),
        Err(NotSaved::Overtaken) => (Vec::new(), office.overtaken(&shop.restaurant).await),
        Err(NotSaved::Refused(Refused(violations))) => (violations, Said::Wrong),
        Err(NotSaved::Problem(problem)) => return Err(problem.into()),
    };
    let told = (violations.as_slice(), Some(said));
    let shown = office.dish_stock(&who, &reader.at(at), &shop, &item, told).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
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

    async fn dish_stock(
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

    /// Publishes a change, and waits a moment until the level says so, so that the page does.
    async fn change_stock(
        &self,
        who: &Who,
        dish: Dish,
        change: Change,
        reason: Option<Note>,
    ) -> Result<(), Problem> {
        let version = |dish: &Dish| self.catalog.level(dish).map_or(0, |level| level.version);
        let before = version(&dish);
        let by = who.name().parse::<Name>();
        let by = by.map_err(|error| Problem::unavailable(error.to_string()))?;
        let (id, at) = (ChangeId(Uuid::now_v7()), self.clock.now());
        let change = StockChange { id, dish: dish.clone(), change, reason, by, at };
        self.publish(changed(&change)).await?;
        self.shown(|| version(&dish) > before).await;
        Ok(())
    }
}
