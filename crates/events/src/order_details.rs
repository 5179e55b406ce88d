//! `order_details`: an order as it was placed.

use bytes::Bytes;
use domain::{
    ids::OrderId,
    money::Money,
    order::{Customer, Fulfilment, Line, LineOption, Order, OrderParts, Seller, Totals},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    envelope::Envelope,
    record::{DecodeError, Outgoing, Record},
    topic::Topic,
};

/// Header: the digest of the canonical request body, to tell a repeated request from another.
pub const REQUEST_HEADER: &str = "comanda_request";

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
pub(crate) fn decimal(money: Money) -> Option<Box<RawValue>> {
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

/// Parses one field, naming it in the error.
pub(crate) fn field<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, DecodeError>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error| DecodeError(format!("{name} {error}")))
}

fn optional<T: std::str::FromStr>(
    name: &str,
    text: Option<&String>,
) -> Result<Option<T>, DecodeError>
where
    T::Err: std::fmt::Display,
{
    text.map(|text| field(name, text)).transpose()
}

impl TryFrom<&LineBody> for Line {
    type Error = DecodeError;

    fn try_from(body: &LineBody) -> Result<Self, DecodeError> {
        let option = |o: &OptionBody| {
            Ok::<_, DecodeError>(LineOption {
                id: field("lines.options.id", &o.id)?,
                name: field("lines.options.name", &o.name)?,
                price_minor: o.price_minor,
            })
        };
        Ok(Self {
            item_id: field("lines.item_id", &body.item_id)?,
            name: field("lines.name", &body.name)?,
            quantity: body.quantity,
            unit_price_minor: body.unit_price_minor,
            options: body.options.iter().map(option).collect::<Result<_, _>>()?,
            note: optional("lines.note", body.note.as_ref())?,
            total_minor: body.total_minor,
        })
    }
}

impl TryFrom<&OrderDetails> for Order {
    type Error = DecodeError;

    fn try_from(body: &OrderDetails) -> Result<Self, DecodeError> {
        let fulfilment = match &body.fulfilment {
            FulfilmentBody::Pickup {} => Fulfilment::Pickup,
            FulfilmentBody::Delivery { address } => {
                Fulfilment::Delivery { address: field("fulfilment.address", address)? }
            }
        };
        let parts = OrderParts {
            id: field("order_id", &body.order_id)?,
            seller: Seller {
                id: field("restaurant_id", &body.restaurant_id)?,
                name: field("restaurant_name", &body.restaurant_name)?,
                time_zone: field("time_zone", &body.time_zone)?,
                auto_accept: body.auto_accept,
                accept_within_s: body.accept_within_s,
            },
            placed_at: whole_micros(body.placed_at),
            customer: Customer {
                name: field("customer.name", &body.customer.name)?,
                email: field("customer.email", &body.customer.email)?,
                phone: optional("customer.phone", body.customer.phone.as_ref())?,
            },
            fulfilment,
            lines: body.lines.iter().map(Line::try_from).collect::<Result<_, _>>()?,
            totals: Totals {
                subtotal_minor: body.subtotal_minor,
                delivery_fee_minor: body.delivery_fee_minor,
                tip_minor: body.tip_minor,
                total_minor: body.total_minor,
            },
            currency: field("currency", &body.currency)?,
            payment_method: field("payment_method", &body.payment_method)?,
            menu_version: body.menu_version,
            replaces: optional("replaces", body.replaces.as_ref())?,
        };
        Order::try_from(parts).map_err(DecodeError::because)
    }
}

/// JSON of a payload. Our payloads are plain structs with text keys, which always serialise.
pub(crate) fn json(payload: &impl Serialize) -> Bytes {
    serde_json::to_vec(payload).map_or_else(|_| Bytes::from_static(b"null"), Bytes::from)
}

/// The event that an order was placed. `request` is the digest of the request that placed it.
pub fn placed(order: &Order, request: &str) -> Outgoing {
    let key = order.id.to_string();
    let envelope = Envelope::new(
        Topic::OrderDetails,
        "/comanda/storefront",
        "comanda.order.placed.v1",
        &key,
        "placed",
        order.placed_at,
    );
    Outgoing::event(Topic::OrderDetails, &key, &envelope, json(&OrderDetails::from(order)))
        .with_header(REQUEST_HEADER, request.to_owned())
}

/// Reads the order of an `order_details` record. The key must be the order's.
pub fn read(record: &Record) -> Result<Order, DecodeError> {
    let order = Order::try_from(&record.json::<OrderDetails>()?)?;
    check_key(record, order.id)?;
    Ok(order)
}

/// Stores keep whole microseconds. A finer time, from a foreign writer, would differ from its own
/// stored copy, and the order would pass for another one.
pub(crate) fn whole_micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

/// A record under another order's key would escape that order's sequence.
pub(crate) fn check_key(record: &Record, order: OrderId) -> Result<(), DecodeError> {
    if record.key == order.to_string().as_bytes() {
        Ok(())
    } else {
        Err(DecodeError("the record's key is not its order_id".into()))
    }
}
