//! The payload, and how an order becomes one.

use domain::{
    money::Money,
    order::{Fulfilment, Line, LineOption, Order},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The payload, and the snapshot inside every later event of the order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrderDetails {
    /// UUID, also the key.
    pub order_id: String,
    /// Slug.
    pub restaurant_id: String,
    /// As shown.
    pub restaurant_name: String,
    /// IANA name.
    pub time_zone: String,
    /// True if no person accepts.
    pub auto_accept: bool,
    /// Seconds.
    pub accept_within_s: u32,
    /// RFC 3339.
    pub placed_at: Timestamp,
    /// The lower-case e-mail address: who the customer is to us.
    pub user_id: String,
    /// Who ordered.
    pub customer: CustomerBody,
    /// How it reaches them.
    pub fulfilment: FulfilmentBody,
    /// What was ordered.
    pub lines: Vec<LineBody>,
    /// All lines, minor units.
    pub subtotal_minor: i64,
    /// Delivery, minor units.
    pub delivery_fee_minor: i64,
    /// Tip, minor units.
    pub tip_minor: i64,
    /// What is charged, minor units.
    pub total_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// Gateway token.
    pub payment_method: String,
    /// Offset of the menu record.
    pub menu_version: i64,
    /// UUID of the declined order this one tries again.
    pub replaces: Option<String>,
    /// For plain consumers: the lines as one text.
    #[serde(default)]
    pub items: String,
    /// For plain consumers: the total in major units, as an exact decimal number.
    #[serde(skip_deserializing)]
    pub total_cost: Option<Box<RawValue>>,
}

/// Who ordered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CustomerBody {
    /// As they call themselves.
    pub name: String,
    /// Where mail goes.
    pub email: String,
    /// Where a courier calls.
    #[serde(default)]
    pub phone: Option<String>,
}

/// How the food reaches the customer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FulfilmentBody {
    /// The customer comes.
    Pickup {},
    /// A courier brings it.
    Delivery {
        /// Where to.
        address: String,
    },
}

/// One dish.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LineBody {
    /// Slug.
    pub item_id: String,
    /// As shown when ordered.
    pub name: String,
    /// Pieces.
    pub quantity: u32,
    /// Minor units, without options.
    pub unit_price_minor: i64,
    /// Chosen options.
    #[serde(default)]
    pub options: Vec<OptionBody>,
    /// For the kitchen.
    #[serde(default)]
    pub note: Option<String>,
    /// Minor units, all pieces with options.
    pub total_minor: i64,
}

/// One chosen option.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OptionBody {
    /// Slug.
    pub id: String,
    /// As shown when ordered.
    pub name: String,
    /// Minor units.
    pub price_minor: i64,
}

/// The decimal number of an amount, kept as text so that no float ever touches it.
fn decimal(money: Money) -> Option<Box<RawValue>> {
    RawValue::from_string(money.decimal()).ok()
}

impl From<&Line> for LineBody {
    fn from(line: &Line) -> Self {
        let option = |o: &LineOption| OptionBody {
            id: o.id.to_string(),
            name: o.name.to_string(),
            price_minor: o.price_minor,
        };
        Self {
            item_id: line.item_id.to_string(),
            name: line.name.to_string(),
            quantity: line.quantity,
            unit_price_minor: line.unit_price_minor,
            options: line.options.iter().map(option).collect(),
            note: line.note.as_ref().map(ToString::to_string),
            total_minor: line.total_minor,
        }
    }
}

impl From<&Order> for OrderDetails {
    fn from(order: &Order) -> Self {
        Self {
            order_id: order.id.to_string(),
            restaurant_id: order.seller.id.to_string(),
            restaurant_name: order.seller.name.to_string(),
            time_zone: order.seller.time_zone.to_string(),
            auto_accept: order.seller.auto_accept,
            accept_within_s: order.seller.accept_within_s,
            placed_at: order.placed_at,
            user_id: order.customer.email.canonical(),
            customer: CustomerBody {
                name: order.customer.name.to_string(),
                email: order.customer.email.to_string(),
                phone: order.customer.phone.as_ref().map(ToString::to_string),
            },
            fulfilment: match &order.fulfilment {
                Fulfilment::Pickup => FulfilmentBody::Pickup {},
                Fulfilment::Delivery { address } => {
                    FulfilmentBody::Delivery { address: address.to_string() }
                }
            },
            lines: order.lines.iter().map(LineBody::from).collect(),
            subtotal_minor: order.totals.subtotal_minor,
            delivery_fee_minor: order.totals.delivery_fee_minor,
            tip_minor: order.totals.tip_minor,
            total_minor: order.totals.total_minor,
            currency: order.currency.to_string(),
            payment_method: order.payment_method.to_string(),
            menu_version: order.menu_version,
            replaces: order.replaces.map(|id| id.to_string()),
            items: order.items_text(),
            total_cost: decimal(order.total()),
        }
    }
}
