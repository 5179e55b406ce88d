//! stock_changes, menu → stock levels
//!
//! A menu's first values are on their way here while orders that were priced by it come already.
//! So an order looks itself whether the values of its menu are in the book ([`FirstValues`]); it
//! does not rest on the order in which two topics are read.

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

/// The namespace of the ids of first values (a random UUID, fixed for ever).
const FIRST_VALUES: Uuid = Uuid::from_u128(0x2f4c_9a77_61d3_4b0e_8c55_e04b_93d8_17aa);
/// How long an order waits for its menu. It was priced by it, so the menu is in the log; longer
/// than this takes only a log that was made anew since, and then the order must not wait for ever.
const MENU_WITHIN: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Does the change of a `stock_changes` record.
pub(super) async fn change<B: StockBook>(
    book: &B,
    record: &Record,
    at: Timestamp,
) -> Result<Outcome, Unavailable> {
    match stock_changes::read(record) {
        Err(error) => Ok(Outcome::Dead(error.to_string())),
        Ok(change) => {
            book.change(vec![change], at).await?;
            Ok(Outcome::Done(Vec::new()))
        }
    }
}

/// Takes the first values of a `menu` record.
pub(super) async fn first_values<B: StockBook>(
    book: &B,
    record: &Record,
    at: Timestamp,
) -> Result<Outcome, Unavailable> {
    match menu::read(record) {
        Err(error) => return Ok(Outcome::Dead(error.to_string())),
        Ok(MenuEvent::Restaurant(_)) => {}
        Ok(MenuEvent::Menu(restaurant, menu)) => {
            book.change(firsts(&restaurant, &menu, at), at).await?;
        }
    }
    Ok(Outcome::Done(Vec::new()))
}

/// The first values that a menu has. The same dish always has the same change, so only the first
/// menu that counts it can say something.
fn firsts(restaurant: &RestaurantId, menu: &Menu, at: Timestamp) -> Vec<StockChange> {
    // A name of ours; always one.
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

/// Sees to it that no order is decided before the first values of its menu are in the book.
#[derive(Debug, Default)]
pub(super) struct FirstValues {
    menus: Option<Arc<Catalog>>,
    /// The menus whose values are known to be there, by their versions.
    taken: Mutex<HashMap<RestaurantId, i64>>,
}

impl FirstValues {
    pub(super) fn of(menus: Arc<Catalog>) -> Self {
        Self { menus: Some(menus), taken: Mutex::default() }
    }

    pub(super) async fn before<B: StockBook>(
        &self,
        book: &B,
        order: &Order,
        at: Timestamp,
    ) -> Result<(), Unavailable> {
        let (id, version) = (&order.seller.id, order.menu_version);
        let Some(menus) = self.menus.as_ref().filter(|_| !self.are_taken(id, version)) else {
            return Ok(());
        };
        let known = || menus.shop(id)?.menu.filter(|menu| menu.version >= version);
        let wait = async {
            loop {
                match known() {
                    Some(menu) => return menu,
                    None => tokio::time::sleep(LOOK_EVERY).await,
                }
            }
        };
        let Ok(menu) = tokio::time::timeout(MENU_WITHIN, wait).await else {
            tracing::warn!(restaurant = %id, offset = version, "no such menu; its stock is not known");
            self.note(id, version);
            return Ok(());
        };
        book.change(firsts(id, &menu.whole, at), at).await?;
        self.note(id, menu.version);
        Ok(())
    }

    fn are_taken(&self, restaurant: &RestaurantId, version: i64) -> bool {
        let taken = self.taken.lock();
        taken.get(restaurant).is_some_and(|taken| *taken >= version)
    }

    fn note(&self, restaurant: &RestaurantId, version: i64) {
        let mut taken = self.taken.lock();
        let known = taken.entry(restaurant.clone()).or_insert(version);
        *known = version.max(*known);
    }
}
