//! The bodies, as put over HTTP and as published.

use domain::{
    menu::{Category, Choice, Item, Menu, OptionGroup},
    restaurant::DEFAULT_ACCEPT_WITHIN_S,
};
use serde::{Deserialize, Serialize};

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
