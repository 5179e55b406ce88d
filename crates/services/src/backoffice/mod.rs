//! back office → menu, stock_changes; menu → change log
//!
//! An owner's change is published as a whole menu, and publishing is the write: every instance of
//! every service reads it from the topic, and its offset is the menu's version. Pages publish
//! against the version that their reader saw ([`publish`]). The group of this service records who
//! published what ([`handler`]).

mod account;
mod api;
mod changes;
mod context;
pub mod days;
mod differences;
mod dish;
mod dish_form;
mod handler;
mod home;
mod menu;
mod orders;
mod pairs;
mod payment_form;
mod prices;
mod publish;
mod save_error;
mod seller_form;
mod sessions;
mod settings;
mod settings_form;
mod sold_out;
mod staff;
mod stock;
mod stock_form;
mod stock_pages;
mod table;
mod tax_form;
mod transfer;

use std::sync::Arc;

use axum::{
    Router,
    middleware::from_fn_with_state,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post, put},
};
use domain::{
    ports::{ChangeBook, OrderSearch, SharedClock},
    restaurant::Restaurant,
    staff::Actor,
};
use events::{OutgoingRecord, Publisher, Topic};
pub use handler::BackofficeHandler;
use serde::Deserialize;
use ui::{
    Reader, Staff,
    pages::{OfficeNotice, RestaurantHeader},
};
use web::{Access, Problem, staff::staff_only};

use crate::{
    accounts::Accounts,
    catalog::{self, Catalog, Shop},
    declaration::Declaration,
};

/// The service.
pub const SERVICE: Declaration = Declaration {
    name: "backoffice",
    about: "Restaurants and menus",
    port: 8086,
    publishes: &[Topic::Menu, Topic::StockChanges],
    follows: &[catalog::MENUS],
};

/// What the back office needs.
pub struct Backoffice<P, C, O> {
    /// Publishes menus and changes of stock.
    pub publisher: P,
    /// The latest restaurants, menus and stock levels.
    pub catalog: Arc<Catalog>,
    /// The change log.
    pub changes: C,
    /// Searches orders.
    pub orders: O,
    /// Staff accounts.
    pub accounts: Accounts,
    /// Access rules.
    pub access: Access,
    /// The clock.
    pub clock: SharedClock,
    /// True where the built-in mailbox exists.
    pub mailbox: bool,
}

/// The routes of the back office.
pub fn routes<P: Publisher, C: ChangeBook, O: OrderSearch>(
    office: Arc<Backoffice<P, C, O>>,
) -> Router {
    Router::new()
        .route("/api/restaurants/{id}", put(api::put_restaurant))
        .route("/api/restaurants/{id}/menu", put(api::put_menu))
        .route("/api/restaurants/{id}/stock", get(stock::list_levels).post(stock::post_change))
        .route("/kitchen/restaurants/{id}/stock", post(sold_out::change_and_return))
        .route("/backoffice", get(home::show))
        .route("/backoffice/new", post(home::create))
        .route("/backoffice/r/{id}", get(menu::show))
        .route("/backoffice/r/{id}/prices", post(menu::save_prices))
        .route("/backoffice/r/{id}/edit", post(menu::apply_button))
        .route("/backoffice/r/{id}/categories", post(menu::add_category))
        .route("/backoffice/r/{id}/categories/{category}", post(menu::save_category))
        .route("/backoffice/r/{id}/dishes/new", get(dish::show_blank).post(dish::create))
        .route("/backoffice/r/{id}/dishes/{item}", get(dish::show).post(dish::save))
        .route("/backoffice/r/{id}/stock", get(stock_pages::list))
        .route(
            "/backoffice/r/{id}/stock/{item}",
            get(stock_pages::show_dish).post(stock_form::change),
        )
        .route("/backoffice/r/{id}/stock/{item}/low", post(stock_form::set_low_stock))
        .route("/backoffice/r/{id}/settings", get(settings::show).post(settings::save))
        .route("/backoffice/r/{id}/pause", post(settings::set_pause))
        .route("/backoffice/r/{id}/changes", get(changes::list_for_restaurant))
        .route("/backoffice/r/{id}/transfer", get(transfer::show).post(transfer::import))
        .route("/backoffice/r/{id}/menu.json", get(transfer::export_json))
        .route("/backoffice/r/{id}/menu.csv", get(transfer::export_csv))
        .route("/backoffice/changes", get(changes::list_all))
        .route("/backoffice/orders", get(orders::find))
        .route("/backoffice/staff", get(staff::list))
        .route("/backoffice/staff/new", get(staff::show_blank).post(staff::create))
        .route("/backoffice/staff/{account}", get(staff::show).post(staff::save))
        .route("/backoffice/staff/{account}/sessions", post(staff::end_sessions))
        .route("/backoffice/account", get(account::show).post(account::save))
        .route("/backoffice/account/sessions", post(account::end_sessions))
        .layer(from_fn_with_state(office.access.clone(), staff_only))
        .with_state(office)
}

/// The query string of a page that a form redirects to.
#[derive(Debug, Deserialize)]
struct NoticeQuery {
    #[serde(default)]
    said: String,
}

impl NoticeQuery {
    fn notice(&self) -> Option<OfficeNotice> {
        (self.said == "saved").then_some(OfficeNotice::Saved)
    }
}

/// Redirects to a page that shows the notice "saved".
fn redirect_saved(to: &str) -> Response {
    Redirect::to(&format!("{to}?said=saved")).into_response()
}

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    async fn publish(&self, event: OutgoingRecord) -> Result<Option<i64>, Problem> {
        let positions = self.publisher.publish(vec![event]).await?;
        Ok(positions.first().map(|position| position.offset))
    }

    /// The restaurant with an id.
    fn restaurant(&self, id: &str) -> Result<Shop, Problem> {
        let shop = id.parse().ok().and_then(|id| self.catalog.shop(&id));
        shop.ok_or_else(|| Problem::not_found("restaurant"))
    }

    fn staff(&self, actor: &Actor) -> Staff {
        Staff::of(actor, self.mailbox)
    }

    fn header<'a>(
        &self,
        reader: &'a Reader,
        actor: &Actor,
        restaurant: &'a Restaurant,
    ) -> RestaurantHeader<'a> {
        let (staff, name) = (self.staff(actor), restaurant.name.as_str());
        RestaurantHeader { reader, staff, restaurant: &restaurant.id, name }
    }

    /// The restaurants where an actor works, by id.
    fn shops_of(&self, actor: &Actor) -> Vec<Shop> {
        let mut shops = self.catalog.shops();
        shops.retain(|shop| actor.works_at(&shop.restaurant.id));
        shops
    }
}
