//! Restaurants, menus and stock levels in memory, read from the topics `menu` and `stock_levels` by
//! every instance.

mod earlier;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use parking_lot::RwLock;

use domain::{
    ids::{ItemId, RestaurantId},
    menu::{Item, Menu},
    restaurant::Restaurant,
    stock::{Dish, StockLevel, level_if_low},
};
use events::{
    Follower, Record, Topic,
    menu::{self, MenuEvent},
    record::DecodeError,
    stock_levels,
};
use tokio::sync::watch;

use crate::{
    bells::Bells,
    declaration::{Follows, Since},
};

use self::earlier::Earlier;

/// What the catalog follows.
pub const MENUS: Follows =
    Follows { name: "menus", topics: &[Topic::Menu, Topic::StockLevels], since: Since::Beginning };

/// A menu with its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionedMenu {
    /// Offset of the record that carried it.
    pub version: i64,
    /// The menu as customers see it.
    pub menu: Menu,
    /// The menu including hidden dishes.
    pub whole: Menu,
}

impl VersionedMenu {
    /// A menu as published.
    pub fn new(version: i64, whole: Menu) -> Self {
        Self { version, menu: whole.shown(), whole }
    }
}

/// A restaurant with its menu, if published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shop {
    /// The restaurant and its terms.
    pub restaurant: Arc<Restaurant>,
    /// Offset of the record that carried the restaurant.
    pub version: i64,
    /// Its menu, as far as it can be sold; `None` until one is published, and while it is in another
    /// currency than the restaurant.
    pub menu: Option<Arc<VersionedMenu>>,
    /// Its menu as published, for those who change it.
    pub published: Option<Arc<VersionedMenu>>,
}

#[derive(Debug, Default)]
struct CatalogState {
    restaurants: BTreeMap<RestaurantId, (i64, Arc<Restaurant>)>,
    menus: BTreeMap<RestaurantId, Arc<VersionedMenu>>,
    replaced: HashMap<RestaurantId, Replaced>,
    levels: BTreeMap<Dish, StockLevel>,
}

/// Recently replaced versions of a restaurant.
#[derive(Debug, Default)]
struct Replaced {
    terms: Earlier<Restaurant>,
    menus: Earlier<VersionedMenu>,
}

/// A version of a menu, with the terms under which an order may have been placed.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The menu.
    pub menu: Arc<VersionedMenu>,
    /// The current terms, and the recently replaced ones.
    pub terms: Vec<Arc<Restaurant>>,
}

/// Pieces left of the dishes of a menu.
#[derive(Clone, Debug, Default)]
pub struct Supplies(HashMap<ItemId, Option<u32>>);

impl Supplies {
    /// Pieces of a dish that can be ordered; `None` if it is not counted.
    pub fn left(&self, item: &ItemId) -> Option<u32> {
        self.0.get(item).copied().flatten()
    }

    /// The counted dishes with their pieces left.
    pub fn counted(&self) -> HashMap<ItemId, u32> {
        let counted = |(item, left): (&ItemId, &Option<u32>)| Some((item.clone(), (*left)?));
        self.0.iter().filter_map(counted).collect()
    }
}

/// All restaurants and menus.
#[derive(Debug, Default)]
pub struct Catalog {
    state: RwLock<CatalogState>,
    bells: Bells,
}

impl CatalogState {
    fn put_restaurant(&mut self, version: i64, restaurant: Arc<Restaurant>) {
        let id = restaurant.id.clone();
        if let Some((_, replaced)) = self.restaurants.insert(id.clone(), (version, restaurant)) {
            self.replaced.entry(id).or_default().terms.keep(replaced);
        }
    }

    fn shop(&self, id: &RestaurantId) -> Option<Shop> {
        let (version, restaurant) = self.restaurants.get(id)?.clone();
        let published = self.menus.get(id).cloned();
        let menu = published.clone().filter(|menu| menu.whole.may_be_in(restaurant.currency));
        Some(Shop { restaurant, version, menu, published })
    }

    fn put_menu(&mut self, id: RestaurantId, menu: Arc<VersionedMenu>) {
        if let Some(replaced) = self.menus.insert(id.clone(), menu) {
            self.replaced.entry(id).or_default().menus.keep(replaced);
        }
    }
}

impl Catalog {
    /// Subscribes to the visible changes of one restaurant, or of all: terms, menu, and dishes that
    /// run low, run out or become available. Levels above the display limit do not notify.
    pub fn subscribe(&self, restaurant: Option<&RestaurantId>) -> watch::Receiver<()> {
        self.bells.listen(restaurant)
    }

    /// A restaurant by its id.
    pub fn shop(&self, id: &RestaurantId) -> Option<Shop> {
        self.state.read().shop(id)
    }

    /// A version of a menu, current or recently replaced.
    pub fn offer(&self, id: &RestaurantId, version: i64) -> Option<Offer> {
        let known = self.state.read();
        let (_, terms) = known.restaurants.get(id)?;
        let replaced = known.replaced.get(id);
        let earlier = replaced.into_iter().flat_map(|replaced| replaced.menus.iter());
        let mut menus = known.menus.get(id).into_iter().chain(earlier);
        let menu = menus.find(|menu| menu.version == version)?.clone();
        let earlier = replaced.into_iter().flat_map(|replaced| replaced.terms.iter());
        Some(Offer { menu, terms: std::iter::once(terms).chain(earlier).cloned().collect() })
    }

    /// All restaurants, by id.
    pub fn shops(&self) -> Vec<Shop> {
        let known = self.state.read();
        known.restaurants.keys().filter_map(|id| known.shop(id)).collect()
    }

    /// The level of a dish, once it was published.
    pub fn level(&self, dish: &Dish) -> Option<StockLevel> {
        let known = self.state.read();
        known.levels.get(dish).cloned()
    }

    /// Pieces left of each dish of a menu. Until a level is published, the menu's first value
    /// counts.
    pub fn supplies(&self, restaurant: &RestaurantId, menu: &Menu) -> Supplies {
        let known = self.state.read();
        let items = menu.categories().iter().flat_map(|category| &category.items);
        let left = |item: &Item| {
            let dish = Dish { restaurant_id: restaurant.clone(), item_id: item.id.clone() };
            known.levels.get(&dish).map_or(item.stock, |level| level.on_hand)
        };
        Supplies(items.map(|item| (item.id.clone(), left(item))).collect())
    }

    fn apply_record(&self, record: &Record) -> Result<(), DecodeError> {
        let lock = || self.state.write();
        if record.topic == Topic::StockLevels {
            let level = stock_levels::decode_level(record)?;
            let levels = &mut lock().levels;
            let known = levels.get(&level.dish);
            if known.is_some_and(|known| known.version >= level.version) {
                return Ok(());
            }
            let shown = |level: Option<&StockLevel>| level_if_low(level?.on_hand);
            let (before, restaurant) = (shown(known), level.dish.restaurant_id.clone());
            let changed = known.is_none() || before != shown(Some(&level));
            levels.insert(level.dish.clone(), level);
            if changed {
                self.bells.ring(&restaurant);
            }
            return Ok(());
        }
        match menu::decode_menu_event(record)? {
            MenuEvent::Restaurant(restaurant) => {
                let id = restaurant.id.clone();
                lock().put_restaurant(record.offset, restaurant.into());
                self.bells.ring(&id);
            }
            MenuEvent::Menu(id, menu) => {
                let versioned = VersionedMenu::new(record.offset, menu);
                lock().put_menu(id.clone(), versioned.into());
                self.bells.ring(&id);
            }
        }
        Ok(())
    }
}

impl Follower for Catalog {
    fn apply(&self, record: &Record) {
        if let Err(error) = self.apply_record(record) {
            let (topic, partition, offset) = (record.topic, record.partition, record.offset);
            tracing::warn!(%topic, partition, offset, %error, "a record is skipped");
        }
    }
}
