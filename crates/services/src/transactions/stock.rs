//! stock_changes, menu → stock levels
//!
//! Orders may be read before the menu that they were priced by. Each order therefore makes sure
//! that the first values of its menu are in the book ([`FirstStock`]), instead of relying on the
//! order in which two topics are read.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;

use domain::{
    ids::{ChangeId, RestaurantId},
    menu::Menu,
    order::Order,
    ports::{StockBook, Unavailable},
    stock::{Change, Dish, StockChange},
    text::Name,
};
use events::{
    Outcome, Record,
    menu::{self, MenuEvent},
    stock_changes,
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::catalog::Catalog;

/// Namespace of the version 5 UUIDs of first values: a random UUID that must never change.
const FIRST_VALUES: Uuid = Uuid::from_u128(0x2f4c_9a77_61d3_4b0e_8c55_e04b_93d8_17aa);
/// Timeout for the menu of an order. The menu is in the log before the order, unless the log was
/// recreated, in which case the order must not wait for ever.
const MENU_TIMEOUT: Duration = Duration::from_secs(10);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// Applies a `stock_changes` record.
pub(super) async fn handle_change<B: StockBook>(
    book: &B,
    record: &Record,
    at: Timestamp,
) -> Result<Outcome, Unavailable> {
    match stock_changes::decode_change(record) {
        Err(error) => Ok(Outcome::Dead(error.to_string())),
        Ok(change) => {
            book.apply_changes(vec![change], at).await?;
            Ok(Outcome::Done(Vec::new()))
        }
    }
}

/// Books the first values of a `menu` record.
pub(super) async fn handle_menu<B: StockBook>(
    book: &B,
    record: &Record,
    at: Timestamp,
) -> Result<Outcome, Unavailable> {
    match menu::decode_menu_event(record) {
        Err(error) => return Ok(Outcome::Dead(error.to_string())),
        Ok(MenuEvent::Restaurant(_)) => {}
        Ok(MenuEvent::Menu(restaurant, menu)) => {
            book.apply_changes(first_changes(&restaurant, &menu, at), at).await?;
        }
    }
    Ok(Outcome::Done(Vec::new()))
}

/// The first values of a menu as changes. A dish's change has always the same id, so that only the
/// first menu with a value has an effect.
fn first_changes(restaurant: &RestaurantId, menu: &Menu, at: Timestamp) -> Vec<StockChange> {
    // A constant that is a valid name.
    let Ok(by) = "menu".parse::<Name>() else { return Vec::new() };
    let items = menu.categories().iter().flat_map(|category| &category.items);
    let first = |item: &domain::menu::Item| {
        let dish = Dish { restaurant_id: restaurant.clone(), item_id: item.id.clone() };
        let id = ChangeId(Uuid::new_v5(&FIRST_VALUES, dish.to_string().as_bytes()));
        let change = Change::First(item.stock?);
        Some(StockChange { id, dish, change, reason: None, by: by.clone(), at })
    };
    items.filter_map(first).collect()
}

/// Makes sure that the first values of a menu are in the book before its orders are decided.
#[derive(Debug, Default)]
pub(super) struct FirstStock {
    menus: Option<Arc<Catalog>>,
    /// Versions of the menus whose values are in the book.
    booked: Mutex<HashMap<RestaurantId, i64>>,
}

impl FirstStock {
    pub(super) fn new(menus: Arc<Catalog>) -> Self {
        Self { menus: Some(menus), booked: Mutex::default() }
    }

    /// Books the first values of the order's menu, unless they are known to be in the book.
    pub(super) async fn ensure_booked<B: StockBook>(
        &self,
        book: &B,
        order: &Order,
        at: Timestamp,
    ) -> Result<(), Unavailable> {
        let (id, version) = (&order.seller.id, order.menu_version);
        let Some(menus) = self.menus.as_ref().filter(|_| !self.is_booked(id, version)) else {
            return Ok(());
        };
        let known = || menus.shop(id)?.menu.filter(|menu| menu.version >= version);
        let wait = async {
            loop {
                match known() {
                    Some(menu) => return menu,
                    None => tokio::time::sleep(POLL_INTERVAL).await,
                }
            }
        };
        let Ok(menu) = tokio::time::timeout(MENU_TIMEOUT, wait).await else {
            tracing::warn!(restaurant = %id, offset = version, "no such menu; its stock is not known");
            self.record_booked(id, version);
            return Ok(());
        };
        book.apply_changes(first_changes(id, &menu.whole, at), at).await?;
        self.record_booked(id, menu.version);
        Ok(())
    }

    fn is_booked(&self, restaurant: &RestaurantId, version: i64) -> bool {
        let booked = self.booked.lock();
        booked.get(restaurant).is_some_and(|booked| *booked >= version)
    }

    fn record_booked(&self, restaurant: &RestaurantId, version: i64) {
        let mut booked = self.booked.lock();
        let known = booked.entry(restaurant.clone()).or_insert(version);
        *known = version.max(*known);
    }
}
