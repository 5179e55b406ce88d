//! Restaurants and menus in memory, from the topic `menu`: the same at every instance.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use domain::{ids::RestaurantId, menu::Menu, restaurant::Restaurant};
use events::{
    Follower, Record,
    menu::{self, MenuEvent},
};

/// A menu with its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionedMenu {
    /// Offset of the record that carried it.
    pub version: i64,
    /// The menu.
    pub menu: Menu,
}

/// A restaurant that can be ordered from, or is about to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shop {
    /// Who.
    pub restaurant: Arc<Restaurant>,
    /// What they cook; `None` until a menu was put.
    pub menu: Option<Arc<VersionedMenu>>,
}

#[derive(Debug, Default)]
struct Known {
    restaurants: BTreeMap<RestaurantId, Arc<Restaurant>>,
    menus: BTreeMap<RestaurantId, Arc<VersionedMenu>>,
}

/// All restaurants and menus.
#[derive(Debug, Default)]
pub struct Catalog(RwLock<Known>);

impl Catalog {
    /// A restaurant by its id.
    pub fn shop(&self, id: &RestaurantId) -> Option<Shop> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let restaurant = known.restaurants.get(id)?.clone();
        Some(Shop { restaurant, menu: known.menus.get(id).cloned() })
    }

    /// All restaurants, by id.
    pub fn shops(&self) -> Vec<Shop> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let shop = |(id, restaurant): (&RestaurantId, &Arc<Restaurant>)| Shop {
            restaurant: restaurant.clone(),
            menu: known.menus.get(id).cloned(),
        };
        known.restaurants.iter().map(shop).collect()
    }
}

impl Follower for Catalog {
    fn apply(&self, record: &Record) {
        let event = match menu::read(record) {
            Ok(event) => event,
            Err(error) => {
                let (partition, offset) = (record.partition, record.offset);
                tracing::warn!(partition, offset, %error, "a menu record was left out");
                return;
            }
        };
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match event {
            MenuEvent::Restaurant(restaurant) => {
                known.restaurants.insert(restaurant.id.clone(), restaurant.into());
            }
            MenuEvent::Menu(id, menu) => {
                let versioned = VersionedMenu { version: record.offset, menu };
                known.menus.insert(id, Arc::new(versioned));
            }
        }
    }
}
