//! `menu`: restaurants and menus, whole, as their owners put them. The last record of a key wins,
//! and its offset is the menu's version.

use bytes::Bytes;
use domain::{
    ids::RestaurantId,
    menu::{Category, Choice, Item, Menu, OptionGroup},
    restaurant::{DEFAULT_ACCEPT_WITHIN_S, Restaurant},
    violation::{Checks, Refused},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    envelope::Envelope,
    order_details::json,
    record::{DecodeError, Outgoing, Record},
    topic::Topic,
};

/// A restaurant as put over HTTP and as published.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RestaurantBody {
    /// As shown.
    pub name: String,
    /// One line under the name.
    #[serde(default)]
    pub tagline: Option<String>,
    /// ISO 4217.
    pub currency: String,
    /// IANA name.
    pub time_zone: String,
    /// True if no person accepts.
    #[serde(default)]
    pub auto_accept: bool,
    /// Seconds.
    #[serde(default = "default_accept_within_s")]
    pub accept_within_s: u32,
    /// Minor units; absent or null where the restaurant does not deliver.
    #[serde(default)]
    pub delivery_fee_minor: Option<i64>,
    /// Minor units, for delivery.
    #[serde(default)]
    pub minimum_order_minor: i64,
    /// Minutes from accepted to ready.
    #[serde(default = "default_preparation_min")]
    pub preparation_min: u32,
}

fn default_accept_within_s() -> u32 {
    DEFAULT_ACCEPT_WITHIN_S
}

fn default_preparation_min() -> u32 {
    20
}

/// A menu as put over HTTP and as published.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MenuBody {
    /// In the order shown.
    pub categories: Vec<CategoryBody>,
}

/// A heading with its dishes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CategoryBody {
    /// Slug.
    pub id: String,
    /// As shown.
    pub name: String,
    /// In the order shown.
    #[serde(default)]
    pub items: Vec<ItemBody>,
}

/// A dish.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ItemBody {
    /// Slug.
    pub id: String,
    /// As shown.
    pub name: String,
    /// Empty for none.
    #[serde(default)]
    pub description: String,
    /// Minor units.
    pub price_minor: i64,
    /// Lower case.
    #[serde(default)]
    pub allergens: Vec<String>,
    /// First stock value; null for unlimited.
    #[serde(default)]
    pub stock: Option<u32>,
    /// Questions about the dish.
    #[serde(default)]
    pub option_groups: Vec<GroupBody>,
}

/// A question about a dish.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GroupBody {
    /// Slug.
    pub id: String,
    /// As shown.
    pub name: String,
    /// Fewest choices.
    #[serde(default)]
    pub min: u32,
    /// Most choices.
    pub max: u32,
    /// What can be chosen.
    pub options: Vec<ChoiceBody>,
}

/// A choice.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChoiceBody {
    /// Slug.
    pub id: String,
    /// As shown.
    pub name: String,
    /// Minor units.
    #[serde(default)]
    pub price_minor: i64,
}

impl RestaurantBody {
    /// Checks everything and answers the restaurant `id`.
    pub fn check(&self, id: RestaurantId) -> Result<Restaurant, Refused> {
        let mut checks = Checks::default();
        let name = checks.take("name", self.name.parse());
        let currency = checks.take("currency", self.currency.parse());
        let time_zone = checks.take("time_zone", self.time_zone.parse());
        let tagline = self.tagline.as_deref().filter(|text| !text.trim().is_empty());
        let tagline = tagline.map(|text| checks.take("tagline", text.parse()));
        let amounts = [
            ("delivery_fee_minor", self.delivery_fee_minor.unwrap_or(0)),
            ("minimum_order_minor", self.minimum_order_minor),
        ];
        for (field, amount) in amounts {
            if !(0..=domain::money::MAX_ORDER_MINOR).contains(&amount) {
                checks.add(field, "must be 0 or more, and an amount that can be charged");
            }
        }
        if !(60..=86_400).contains(&self.accept_within_s) {
            checks.add("accept_within_s", "must be 60 to 86400 seconds");
        }
        if self.preparation_min > 600 {
            checks.add("preparation_min", "must be at most 600 minutes");
        }
        let whole = name.zip(currency).zip(time_zone);
        checks.finish(whole.map(|((name, currency), time_zone)| Restaurant {
            id,
            name,
            tagline: tagline.flatten(),
            currency,
            time_zone,
            auto_accept: self.auto_accept,
            accept_within_s: self.accept_within_s,
            delivery_fee_minor: self.delivery_fee_minor,
            minimum_order_minor: self.minimum_order_minor,
            preparation_min: self.preparation_min,
        }))
    }
}

impl MenuBody {
    /// Checks everything and answers the menu.
    pub fn check(&self) -> Result<Menu, Refused> {
        let mut checks = Checks::default();
        let mut categories = Vec::with_capacity(self.categories.len());
        for (c, body) in self.categories.iter().enumerate() {
            let at = format!("categories[{c}].");
            categories.extend(checks.absorb(&at, body.check()));
        }
        if !checks.is_clean() {
            return checks.finish(None);
        }
        Menu::new(categories)
    }
}

impl CategoryBody {
    fn check(&self) -> Result<Category, Refused> {
        let mut checks = Checks::default();
        let id = checks.take("id", self.id.parse());
        let name = checks.take("name", self.name.parse());
        let mut items = Vec::with_capacity(self.items.len());
        for (i, body) in self.items.iter().enumerate() {
            items.extend(checks.absorb(&format!("items[{i}]."), body.check()));
        }
        checks.finish(id.zip(name).map(|(id, name)| Category { id, name, items }))
    }
}

impl ItemBody {
    fn check(&self) -> Result<Item, Refused> {
        let mut checks = Checks::default();
        let id = checks.take("id", self.id.parse());
        let name = checks.take("name", self.name.parse());
        let description = Some(self.description.trim()).filter(|text| !text.is_empty());
        let description = description.map(|text| checks.take("description", text.parse()));
        let allergens: Vec<_> = (self.allergens.iter().enumerate())
            .filter_map(|(n, text)| checks.take(format!("allergens[{n}]"), text.parse()))
            .collect();
        let mut option_groups = Vec::with_capacity(self.option_groups.len());
        for (g, body) in self.option_groups.iter().enumerate() {
            option_groups.extend(checks.absorb(&format!("option_groups[{g}]."), body.check()));
        }
        checks.finish(id.zip(name).map(|(id, name)| Item {
            id,
            name,
            description: description.flatten(),
            price_minor: self.price_minor,
            allergens,
            stock: self.stock,
            option_groups,
        }))
    }
}

impl GroupBody {
    fn check(&self) -> Result<OptionGroup, Refused> {
        let mut checks = Checks::default();
        let id = checks.take("id", self.id.parse());
        let name = checks.take("name", self.name.parse());
        let mut options = Vec::with_capacity(self.options.len());
        for (o, body) in self.options.iter().enumerate() {
            let id = checks.take(format!("options[{o}].id"), body.id.parse());
            let name = checks.take(format!("options[{o}].name"), body.name.parse());
            let price_minor = body.price_minor;
            options.extend(id.zip(name).map(|(id, name)| Choice { id, name, price_minor }));
        }
        let (min, max) = (self.min, self.max);
        checks.finish(id.zip(name).map(|(id, name)| OptionGroup { id, name, min, max, options }))
    }
}

/// The event that an owner put a restaurant.
pub fn restaurant_put(id: &RestaurantId, body: &RestaurantBody, at: Timestamp) -> Outgoing {
    put(&format!("restaurant/{id}"), "comanda.restaurant.put.v1", json(body), at)
}

/// The event that an owner put a menu.
pub fn menu_put(id: &RestaurantId, body: &MenuBody, at: Timestamp) -> Outgoing {
    put(&format!("menu/{id}"), "comanda.menu.put.v1", json(body), at)
}

fn put(key: &str, event_type: &'static str, payload: Bytes, at: Timestamp) -> Outgoing {
    let source = "/comanda/backoffice";
    let envelope = Envelope::new(Topic::Menu, source, event_type, key, &at.to_string(), at);
    Outgoing::event(Topic::Menu, key, &envelope, payload)
}

/// What a `menu` record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MenuEvent {
    /// A restaurant.
    Restaurant(Box<Restaurant>),
    /// A menu of a restaurant.
    Menu(RestaurantId, Menu),
}

/// Reads a `menu` record. The key says what it is: `restaurant/…` or `menu/…`.
pub fn read(record: &Record) -> Result<MenuEvent, DecodeError> {
    let key = std::str::from_utf8(&record.key).map_err(DecodeError::because)?;
    let id = |text: &str| text.parse::<RestaurantId>().map_err(DecodeError::because);
    match key.split_once('/') {
        Some(("restaurant", rest)) => {
            let restaurant = record.json::<RestaurantBody>()?.check(id(rest)?);
            Ok(MenuEvent::Restaurant(Box::new(restaurant.map_err(DecodeError::because)?)))
        }
        Some(("menu", rest)) => {
            let menu = record.json::<MenuBody>()?.check().map_err(DecodeError::because)?;
            Ok(MenuEvent::Menu(id(rest)?, menu))
        }
        _ => Err(DecodeError("the key must be restaurant/<id> or menu/<id>".into())),
    }
}

impl From<&Menu> for MenuBody {
    fn from(menu: &Menu) -> Self {
        let category = |category: &Category| CategoryBody {
            id: category.id.to_string(),
            name: category.name.to_string(),
            items: category.items.iter().map(ItemBody::from).collect(),
        };
        Self { categories: menu.categories().iter().map(category).collect() }
    }
}

impl From<&Item> for ItemBody {
    fn from(item: &Item) -> Self {
        Self {
            id: item.id.to_string(),
            name: item.name.to_string(),
            description: item.description.as_ref().map(ToString::to_string).unwrap_or_default(),
            price_minor: item.price_minor,
            allergens: item.allergens.iter().map(ToString::to_string).collect(),
            stock: item.stock,
            option_groups: item.option_groups.iter().map(GroupBody::from).collect(),
        }
    }
}

impl From<&OptionGroup> for GroupBody {
    fn from(group: &OptionGroup) -> Self {
        let choice = |choice: &Choice| ChoiceBody {
            id: choice.id.to_string(),
            name: choice.name.to_string(),
            price_minor: choice.price_minor,
        };
        Self {
            id: group.id.to_string(),
            name: group.name.to_string(),
            min: group.min,
            max: group.max,
            options: group.options.iter().map(choice).collect(),
        }
    }
}
