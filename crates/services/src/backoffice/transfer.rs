//! `/backoffice/r/{restaurant}/transfer`: a menu as a file, out and in.

use std::sync::Arc;

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    menu::{Menu, menu_differences},
    money::Currency,
    ports::{ChangeBook, OrderSearch},
    staff::Who,
    violation::Refused,
};
use events::{Publisher, menu::MenuBody};
use ui::{
    Reader,
    pages::{self, Preview, Said, TransferPage},
};

use super::{Backoffice, Told, desk::Desk, pairs::Pairs, saved, table};
use crate::catalog::Shop;
use web::{
    Problem,
    file::attachment,
    json::{self as strict, Unreadable},
    page::{PageProblem, page},
};

/// Export and import.
pub(super) async fn show<P: Publisher, C: ChangeBook, O: OrderSearch>(
    Desk { office, who, reader, shop }: Desk<P, C, O>,
    Query(told): Query<Told>,
) -> Result<Response, PageProblem> {
    let (version, _) = office.whole_menu(&shop.restaurant.id);
    let shown = Shown { version, said: told.said(), ..Shown::default() };
    Ok(office.transfer_page(&who, &reader, &shop, &shown))
}

/// The menu as JSON: what `PUT /api/restaurants/{id}/menu` takes.
pub(super) async fn json<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let shop = office.restaurant(&id)?;
    let (_, menu) = office.whole_menu(&shop.restaurant.id);
    let text = serde_json::to_string_pretty(&MenuBody::from(&menu));
    let text = text.map_err(|error| Problem::unavailable(error.to_string()))?;
    Ok(attachment("application/json", &format!("{id}-menu.json"), text))
}

/// The menu as a table.
pub(super) async fn csv<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let shop = office.restaurant(&id)?;
    let (_, menu) = office.whole_menu(&shop.restaurant.id);
    let text = table::write(&menu, shop.restaurant.currency);
    let text = text.map_err(|error| Problem::unavailable(error.to_string()))?;
    Ok(attachment("text/csv; charset=utf-8", &format!("{id}-menu.csv"), text))
}

#[derive(Default)]
struct Shown {
    version: i64,
    text: String,
    errors: Vec<String>,
    preview: Option<Preview>,
    said: Option<Said>,
}

/// Shows what a file would change, or changes it.
pub(super) async fn import<P: Publisher, C: ChangeBook, O: OrderSearch>(
    Desk { office, who, reader, shop }: Desk<P, C, O>,
    Path(id): Path<String>,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let reader = reader.at(format!("/backoffice/r/{id}/transfer"));
    let restaurant = &shop.restaurant;
    let (version, now) = office.whole_menu(&restaurant.id);
    // Browsers send line ends of their own.
    let text = pairs.get("text").replace("\r\n", "\n");
    let mut shown = Shown { version, text, ..Shown::default() };
    let menu = match read(&shown.text, restaurant.currency) {
        Ok(menu) => menu,
        Err(errors) => {
            shown.errors = errors;
            let shown = office.transfer_page(&who, &reader, &shop, &shown);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response());
        }
    };
    if pairs.action().0 == "apply" {
        let seen = pairs.hidden("version")?;
        let saves = match office.menu_seen(&restaurant.id, seen).await {
            Ok(_) => office.save_menu(&who, &restaurant.id, seen, &menu).await,
            Err(not_saved) => Err(not_saved),
        };
        let Err(why) = saves else { return Ok(saved(&format!("/backoffice/r/{id}"))) };
        // Of a menu that was read whole, nothing is wrong by itself.
        shown.said = Some(office.unsaved(restaurant, why).await?.said);
    }
    let differences = menu_differences(&now, &menu, restaurant.currency);
    let dishes = menu.categories().iter().map(|category| category.items.len()).sum();
    let status = if shown.said.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    shown.preview = Some(Preview { differences, dishes });
    Ok((status, office.transfer_page(&who, &reader, &shop, &shown)).into_response())
}

/// A menu in either form; else sentences that name the place.
fn read(text: &str, currency: Currency) -> Result<Menu, Vec<String>> {
    let text = text.trim_start_matches('\u{feff}');
    if !text.trim_start().starts_with('{') {
        return table::read(text, currency);
    }
    let body: MenuBody = strict::read(text.as_bytes()).map_err(Unreadable::sentences)?;
    body.check().map_err(|Refused(violations)| {
        violations.iter().map(|violation| format!("{violation}.")).collect()
    })
}

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    fn transfer_page(&self, who: &Who, reader: &Reader, shop: &Shop, shown: &Shown) -> Response {
        page(pages::transfer(&TransferPage {
            place: self.place(reader, who, &shop.restaurant),
            version: shown.version,
            text: &shown.text,
            errors: &shown.errors,
            preview: shown.preview.as_ref(),
            said: shown.said.clone(),
        }))
    }
}
