//! The bodies, as sent over HTTP and as published.

use domain::{
    hours::Pause,
    menu::{Category, Choice, Item, Menu, OptionGroup},
    restaurant::{CashRules, DEFAULT_ACCEPT_WITHIN_S, Restaurant},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{hours::HoursBody, tax::TaxRulesBody};
use crate::seller::{AddressBody, LegalBody, day_start_text};

/// A restaurant, as sent over HTTP and as published.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RestaurantBody {
    /// Its name.
    pub name: String,
    /// One line under the name.
    #[serde(default)]
    pub tagline: Option<String>,
    /// ISO 4217.
    pub currency: String,
    /// IANA name.
    pub time_zone: String,
    /// True if the restaurant accepts automatically.
    #[serde(default)]
    pub auto_accept: bool,
    /// Time limit for accepting, in seconds.
    #[serde(default = "default_accept_within_s")]
    pub accept_within_s: u32,
    /// Minor units; absent or null if the restaurant does not deliver.
    #[serde(default)]
    pub delivery_fee_minor: Option<i64>,
    /// Minor units; applies to delivery.
    #[serde(default)]
    pub minimum_order_minor: i64,
    /// Minutes from accepted to ready.
    #[serde(default = "default_preparation_min")]
    pub preparation_min: u32,
    /// Opening hours; absent or null for always open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening_hours: Option<HoursBody>,
    /// True while no orders are taken.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
    /// When the pause ends; absent or null if staff end it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_until: Option<Timestamp>,
    /// The tax rules; absent or null if receipts list no tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<TaxRulesBody>,
    /// When the money of orders by card is captured, `at_order` or `at_acceptance`; absent or null
    /// for `at_acceptance` where a person accepts, else `at_order`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture: Option<String>,
    /// Payment in cash; absent or null if it is not allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cash: Option<CashBody>,
    /// When a business day starts, `HH:MM`; absent or null for 05:00.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_day_starts: Option<String>,
    /// The legal entity that sells; absent or null if receipts name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal: Option<LegalBody>,
    /// The address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<AddressBody>,
}

/// Payment in cash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CashBody {
    /// True if orders can be paid in cash.
    pub allowed: bool,
    /// Largest total that is paid in cash, in minor units; absent or null for no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_minor: Option<i64>,
}

impl From<CashRules> for CashBody {
    fn from(rules: CashRules) -> Self {
        Self { allowed: rules.is_allowed, limit_minor: rules.limit_minor }
    }
}

fn default_accept_within_s() -> u32 {
    DEFAULT_ACCEPT_WITHIN_S
}

fn default_preparation_min() -> u32 {
    20
}

/// A menu, as sent over HTTP and as published.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MenuBody {
    /// ISO 4217: the currency of its prices; absent for the restaurant's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// In the order shown.
    pub categories: Vec<CategoryBody>,
}

/// A category of dishes.
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
    /// `vegetarian`, `vegan`, `halal`, `kosher`, `spicy`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dietary: Vec<String>,
    /// First stock value; null for unlimited.
    #[serde(default)]
    pub stock: Option<u32>,
    /// With this many pieces or fewer, staff see the dish as low; absent for the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_stock: Option<u32>,
    /// Id of the tax rate; absent for the restaurant's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<String>,
    /// Id of the tax rate when delivered, if it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_delivery: Option<String>,
    /// True if it is neither shown nor sold.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// Option groups.
    #[serde(default)]
    pub option_groups: Vec<GroupBody>,
}

/// An option group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GroupBody {
    /// Slug.
    pub id: String,
    /// As shown.
    pub name: String,
    /// Minimum number of options to choose.
    #[serde(default)]
    pub min: u32,
    /// Maximum number of options to choose.
    pub max: u32,
    /// The options.
    pub options: Vec<ChoiceBody>,
}

/// An option.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChoiceBody {
    /// Slug.
    pub id: String,
    /// As shown.
    pub name: String,
    /// Minor units.
    #[serde(default)]
    pub price_minor: i64,
    /// Allergens that it adds to the dish; lower case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allergens: Vec<String>,
}

impl From<&Restaurant> for RestaurantBody {
    fn from(r: &Restaurant) -> Self {
        Self {
            name: r.name.to_string(),
            tagline: r.tagline.as_ref().map(ToString::to_string),
            currency: r.currency.to_string(),
            time_zone: r.time_zone.to_string(),
            auto_accept: r.auto_accept,
            accept_within_s: r.accept_within_s,
            delivery_fee_minor: r.delivery_fee_minor,
            minimum_order_minor: r.minimum_order_minor,
            preparation_min: r.preparation_min,
            opening_hours: r.opening_hours.as_ref().map(HoursBody::from),
            paused: r.pause.is_some(),
            paused_until: match r.pause {
                Some(Pause::Until(end)) => Some(end),
                Some(Pause::UntilResumed) | None => None,
            },
            tax: r.tax.as_ref().map(TaxRulesBody::from),
            capture: r.capture.map(|point| point.name().to_owned()),
            cash: (r.cash != CashRules::default()).then(|| r.cash.into()),
            business_day_starts: day_start_text(r.business_day_starts),
            legal: r.legal.as_ref().map(LegalBody::from),
            address: r.address.as_ref().map(AddressBody::from),
        }
    }
}

impl From<&Menu> for MenuBody {
    fn from(menu: &Menu) -> Self {
        let category = |category: &Category| CategoryBody {
            id: category.id.to_string(),
            name: category.name.to_string(),
            items: category.items.iter().map(ItemBody::from).collect(),
        };
        Self {
            currency: menu.currency().map(|currency| currency.code().to_owned()),
            categories: menu.categories().iter().map(category).collect(),
        }
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
            dietary: item.dietary.iter().map(ToString::to_string).collect(),
            stock: item.stock,
            low_stock: item.low_stock,
            tax: item.tax.as_ref().map(ToString::to_string),
            tax_delivery: item.tax_delivery.as_ref().map(ToString::to_string),
            hidden: item.hidden,
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
            allergens: choice.allergens.iter().map(ToString::to_string).collect(),
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
