//! `/backoffice/r/{restaurant}/transfer`: exports and imports a menu.

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
    staff::Actor,
    violation::Violations,
};
use events::{Publisher, menu::MenuBody};
use ui::{
    Reader,
    pages::{self, OfficeNotice, Preview, TransferPage},
};

use super::{Backoffice, NoticeQuery, context::OfficeContext, pairs::Pairs, redirect_saved, table};
use crate::catalog::Shop;
use web::{
    Problem,
    file::attachment,
    json::{self as strict, JsonError},
    page::{PageProblem, page},
};

/// Shows the page of export and import.
pub(super) async fn show<P: Publisher, C: ChangeBook, O: OrderSearch>(
    OfficeContext { office, actor, reader, shop }: OfficeContext<P, C, O>,
    Query(query): Query<NoticeQuery>,
) -> Result<Response, PageProblem> {
    let (version, _) = office.whole_menu(&shop.restaurant.id);
    let view = TransferView { version, notice: query.notice(), ..TransferView::default() };
    Ok(office.transfer_page(&actor, &reader, &shop, &view))
}

/// Exports the menu as the JSON that `PUT /api/restaurants/{id}/menu` accepts.
pub(super) async fn export_json<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let shop = office.restaurant(&id)?;
    let (_, menu) = office.whole_menu(&shop.restaurant.id);
    let text = serde_json::to_string_pretty(&MenuBody::from(&menu));
    let text = text.map_err(|error| Problem::unavailable(error.to_string()))?;
    Ok(attachment("application/json", &format!("{id}-menu.json"), text))
}

/// Exports the menu as CSV.
pub(super) async fn export_csv<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let shop = office.restaurant(&id)?;
    let (_, menu) = office.whole_menu(&shop.restaurant.id);
    let text = table::write_table(&menu, shop.restaurant.currency);
    let text = text.map_err(|error| Problem::unavailable(error.to_string()))?;
    Ok(attachment("text/csv; charset=utf-8", &format!("{id}-menu.csv"), text))
}

#[derive(Default)]
struct TransferView {
    version: i64,
    text: String,
    errors: Vec<String>,
    preview: Option<Preview>,
    notice: Option<OfficeNotice>,
}

/// Shows a preview of an import, or applies it.
pub(super) async fn import<P: Publisher, C: ChangeBook, O: OrderSearch>(
    OfficeContext { office, actor, reader, shop }: OfficeContext<P, C, O>,
    Path(id): Path<String>,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let reader = reader.at(format!("/backoffice/r/{id}/transfer"));
    let restaurant = &shop.restaurant;
    let (version, now) = office.whole_menu(&restaurant.id);
    // Browsers send CRLF.
    let text = pairs.get("text").replace("\r\n", "\n");
    let mut view = TransferView { version, text, ..TransferView::default() };
    let menu = match parse_menu(&view.text, restaurant.currency) {
        Ok(menu) => menu,
        Err(errors) => {
            view.errors = errors;
            let shown = office.transfer_page(&actor, &reader, &shop, &view);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response());
        }
    };
    if pairs.action().0 == "apply" {
        let seen = pairs.parse_hidden("version")?;
        let saves = match office.menu_at_version(&restaurant.id, seen).await {
            Ok(_) => office.save_menu(&actor, &restaurant.id, seen, &menu).await,
            Err(error) => Err(error),
        };
        let Err(error) = saves else { return Ok(redirect_saved(&format!("/backoffice/r/{id}"))) };
        // The menu was checked when it was parsed, so there are no violations.
        view.notice = Some(office.describe_failure(restaurant, error).await?.notice);
    }
    let differences = menu_differences(&now, &menu, restaurant.currency);
    let dishes = menu.categories().iter().map(|category| category.items.len()).sum();
    let status = if view.notice.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    view.preview = Some(Preview { differences, dishes });
    Ok((status, office.transfer_page(&actor, &reader, &shop, &view)).into_response())
}

/// Parses JSON or CSV, or returns an error message for each violation.
fn parse_menu(text: &str, currency: Currency) -> Result<Menu, Vec<String>> {
    let text = text.trim_start_matches('\u{feff}');
    if !text.trim_start().starts_with('{') {
        return table::read_table(text, currency);
    }
    let body: MenuBody = strict::read(text.as_bytes()).map_err(JsonError::messages)?;
    body.check().map_err(|Violations(violations)| {
        violations.iter().map(|violation| format!("{violation}.")).collect()
    })
}

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    fn transfer_page(
        &self,
        actor: &Actor,
        reader: &Reader,
        shop: &Shop,
        view: &TransferView,
    ) -> Response {
        page(pages::transfer(&TransferPage {
            header: self.header(reader, actor, &shop.restaurant),
            version: view.version,
            text: &view.text,
            errors: &view.errors,
            preview: view.preview.as_ref(),
            notice: view.notice.clone(),
        }))
    }
}
