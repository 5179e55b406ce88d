//! Forms of the stock pages: changes of a level and of its low-stock threshold.

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
    violation::{Checks, ViolationKind, Violations},
};
use events::Publisher;
use ui::pages::OfficeNotice;

use super::{
    context::OfficeContext, pairs::Pairs, redirect_saved, save_error::SaveError,
    stock::StockRequest,
};
use web::{Problem, page::PageProblem};

/// Changes the level of a dish.
pub(super) async fn change<P: Publisher, C: ChangeBook, O: OrderSearch>(
    OfficeContext { office, actor, reader, shop }: OfficeContext<P, C, O>,
    Path((id, item)): Path<(String, String)>,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let (_, menu) = office.whole_menu(&shop.restaurant.id);
    let item_id: ItemId = item.parse().map_err(|_| Problem::not_found("dish"))?;
    let known = menu.item(&item_id).ok_or_else(|| Problem::not_found("dish"))?;
    let supplies = office.catalog.supplies(&shop.restaurant.id, &menu);
    match parse_change(&pairs, supplies.left(&item_id), known.name.as_str()) {
        Ok((change, reason)) => {
            let dish = Dish { restaurant_id: shop.restaurant.id.clone(), item_id };
            let version = || office.catalog.level(&dish).map_or(0, |level| level.version);
            let before = version();
            let request = StockRequest { dish: dish.clone(), change, reason, key: None };
            office.publish_change(&actor, request).await?;
            office.wait_until_visible(|| version() > before).await;
            let list = format!("/backoffice/r/{id}/stock");
            let to = if pairs.get("return") == "list" { list } else { format!("{list}/{item}") };
            Ok(redirect_saved(&to))
        }
        Err(Violations(violations)) => {
            let reader = reader.at(format!("/backoffice/r/{id}/stock/{item}"));
            let failure = (violations.as_slice(), Some(OfficeNotice::Wrong));
            let shown = office.dish_stock_page(&actor, &reader, &shop, &item, failure).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
        }
    }
}

fn parse_change(
    pairs: &Pairs,
    left: Option<u32>,
    name: &str,
) -> Result<(Change, Option<Note>), Violations> {
    let mut checks = Checks::default();
    let reason = Some(pairs.get("reason")).filter(|text| !text.trim().is_empty());
    let reason = reason.map(|text| checks.ok_or_add("reason", text.parse::<Note>()));
    let mut pieces = || {
        let typed = pairs.get("pieces").trim().parse::<u32>();
        let fits = typed.ok().filter(|pieces| *pieces <= MAX_LEVEL);
        checks.ok_or_add("pieces", fits.ok_or(ViolationKind::Number))
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

/// Sets the low-stock threshold of a dish.
pub(super) async fn set_low_stock<P: Publisher, C: ChangeBook, O: OrderSearch>(
    OfficeContext { office, actor, reader, shop }: OfficeContext<P, C, O>,
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
            office
                .edit_menu(&actor, &shop.restaurant.id, pairs.parse_hidden("version")?, edit)
                .await
        }
        Err(_) => Err(SaveError::Invalid(Violations::one("low_stock", ViolationKind::Number))),
    };
    let Err(error) = done else { return Ok(redirect_saved(&at)) };
    let failure = office.describe_failure(&shop.restaurant, error).await?;
    let input = (failure.violations.as_slice(), Some(failure.notice));
    let shown = office.dish_stock_page(&actor, &reader.at(at), &shop, &item, input).await?;
    Ok((failure.status, shown).into_response())
}
