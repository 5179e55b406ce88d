//! What is sent from the pages of stock: a change of a level, and from where on it is low.

use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    ids::ItemId,
    menu::Edit,
    ports::{ChangeBook, OrderSearch},
    stock::{Change, Dish, MAX_LEVEL},
    text::Note,
    violation::{Checks, Refused, Wrong},
};
use events::Publisher;
use ui::pages::Said;

use super::{desk::Desk, pairs::Pairs, saved, stock::Wish, unsaved::NotSaved};
use web::{Problem, page::PageProblem};

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
            let version = || office.catalog.level(&dish).map_or(0, |level| level.version);
            let before = version();
            let wish = Wish { dish: dish.clone(), change, reason, key: None };
            office.change(&who, wish).await?;
            office.shown(|| version() > before).await;
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
    let Err(why) = done else { return Ok(saved(&at)) };
    let unsaved = office.unsaved(&shop.restaurant, why).await?;
    let told = (unsaved.violations.as_slice(), Some(unsaved.said));
    let shown = office.dish_stock(&who, &reader.at(at), &shop, &item, told).await?;
    Ok((unsaved.status, shown).into_response())
}
