//! The payload and its encoding. Texts are borrowed from the decoded record or from the encoded
//! order.

use domain::{
    language::Language,
    money::Money,
    order::{Fulfilment, Line, LineOption, Order},
    payment_method::CapturePoint,
    tax::{OrderTax, Prices, TaxAmount},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    seller::{AddressBody, LegalBody, day_start_text},
    text::Text,
};

/// The payload; also part of every later event of the order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub struct OrderDetails<'a> {
    /// UUID, also the key.
    pub order_id: Text<'a>,
    /// Slug.
    pub restaurant_id: Text<'a>,
    /// Name of the restaurant when ordered.
    pub restaurant_name: Text<'a>,
    /// IANA name.
    pub time_zone: Text<'a>,
    /// True if the restaurant accepts automatically.
    pub auto_accept: bool,
    /// Time limit for accepting, in seconds.
    pub accept_within_s: u32,
    /// `at_acceptance` if the money is captured when the restaurant accepts; absent if at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture: Option<Text<'a>>,
    /// When the restaurant's business day starts, `HH:MM`; absent for 05:00.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_day_starts: Option<Text<'a>>,
    /// The legal entity that sells; absent if it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restaurant_legal: Option<LegalBody>,
    /// The restaurant's address; absent if it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restaurant_address: Option<AddressBody>,
    /// RFC 3339.
    pub placed_at: Timestamp,
    /// The customer's e-mail address in lower case, which identifies them.
    pub user_id: Text<'a>,
    /// The customer.
    pub customer: CustomerBody<'a>,
    /// How it reaches the customer.
    pub fulfilment: FulfilmentBody<'a>,
    /// The dishes ordered.
    pub lines: Vec<LineBody<'a>>,
    /// Sum of all lines, minor units.
    pub subtotal_minor: i64,
    /// Delivery fee, minor units.
    pub delivery_fee_minor: i64,
    /// Tip, minor units.
    pub tip_minor: i64,
    /// Tax that is added to the prices, minor units; absent if they contain it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_minor: Option<i64>,
    /// The taxes by rate; absent if the restaurant has no rates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taxes: Option<Vec<TaxBody<'a>>>,
    /// The sum that is charged, minor units.
    pub total_minor: i64,
    /// ISO 4217.
    pub currency: Text<'a>,
    /// Gateway token.
    pub payment_method: Text<'a>,
    /// Offset of the menu record.
    pub menu_version: i64,
    /// UUID of the declined order that this one retries.
    pub replaces: Option<Text<'a>>,
    /// For plain consumers: the lines as one text.
    #[serde(default)]
    pub items: Text<'a>,
    /// For plain consumers: the total in major units, as an exact decimal number.
    #[serde(skip_deserializing)]
    pub total_cost: Option<Box<RawValue>>,
}

/// The customer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub struct CustomerBody<'a> {
    /// The name as typed.
    pub name: Text<'a>,
    /// The address for mails.
    pub email: Text<'a>,
    /// The number for the courier.
    #[serde(default)]
    pub phone: Option<Text<'a>>,
    /// ISO 639-1: the language for mails. Absent or unknown: English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Text<'a>>,
}

/// How the food reaches the customer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", bound(deserialize = "'de: 'a"))]
pub enum FulfilmentBody<'a> {
    /// The customer collects it at the restaurant.
    Pickup {},
    /// A courier delivers it.
    Delivery {
        /// The delivery address.
        address: Text<'a>,
    },
}

/// One dish of the order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub struct LineBody<'a> {
    /// Slug.
    pub item_id: Text<'a>,
    /// The name when ordered.
    pub name: Text<'a>,
    /// Pieces.
    pub quantity: u32,
    /// Minor units, without options.
    pub unit_price_minor: i64,
    /// Chosen options.
    #[serde(default)]
    pub options: Vec<OptionBody<'a>>,
    /// A note for the kitchen.
    #[serde(default)]
    pub note: Option<Text<'a>>,
    /// Minor units, all pieces with options.
    pub total_minor: i64,
    /// Id of the tax rate, if the restaurant has rates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Text<'a>>,
}

/// The tax of the order at one rate.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub struct TaxBody<'a> {
    /// Slug.
    pub id: Text<'a>,
    /// As shown on receipts.
    pub name: Text<'a>,
    /// An exact decimal number, as text.
    pub percent: Text<'a>,
    /// Dishes and delivery without tax, minor units.
    pub net_minor: i64,
    /// The tax, minor units.
    pub tax_minor: i64,
}

/// One chosen option.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub struct OptionBody<'a> {
    /// Slug.
    pub id: Text<'a>,
    /// The name when ordered.
    pub name: Text<'a>,
    /// Minor units.
    pub price_minor: i64,
}

/// The decimal number of an amount, as text so that it is never a float.
fn decimal(money: Money) -> Option<Box<RawValue>> {
    RawValue::from_string(money.decimal()).ok()
}

impl<'a> From<&'a Line> for LineBody<'a> {
    fn from(line: &'a Line) -> Self {
        let option = |o: &'a LineOption| OptionBody {
            id: o.id.as_str().into(),
            name: o.name.as_str().into(),
            price_minor: o.price_minor,
        };
        Self {
            item_id: line.item_id.as_str().into(),
            name: line.name.as_str().into(),
            quantity: line.quantity,
            unit_price_minor: line.unit_price_minor,
            options: line.options.iter().map(option).collect(),
            note: line.note.as_ref().map(|note| note.as_str().into()),
            total_minor: line.total_minor,
            tax: line.tax.as_ref().map(|id| id.as_str().into()),
        }
    }
}

impl<'a> From<&'a TaxAmount> for TaxBody<'a> {
    fn from(amount: &'a TaxAmount) -> Self {
        Self {
            id: amount.rate.id.as_str().into(),
            name: amount.rate.name.as_str().into(),
            percent: amount.rate.percent.to_string().into(),
            net_minor: amount.net_minor,
            tax_minor: amount.tax_minor,
        }
    }
}

impl<'a> From<&'a Order> for OrderDetails<'a> {
    fn from(order: &'a Order) -> Self {
        Self {
            order_id: order.id.to_string().into(),
            restaurant_id: order.seller.id.as_str().into(),
            restaurant_name: order.seller.name.as_str().into(),
            time_zone: order.seller.time_zone.as_str().into(),
            auto_accept: order.seller.auto_accept,
            accept_within_s: order.seller.accept_within_s,
            capture: Some(order.seller.capture)
                .filter(|point| *point != CapturePoint::AtOrder)
                .map(|point| point.name().into()),
            business_day_starts: day_start_text(order.seller.business_day_starts).map(Text::from),
            restaurant_legal: order.seller.legal.as_ref().map(LegalBody::from),
            restaurant_address: order.seller.address.as_ref().map(AddressBody::from),
            placed_at: order.placed_at,
            user_id: order.customer.email.canonical().into(),
            customer: CustomerBody {
                name: order.customer.name.as_str().into(),
                email: order.customer.email.as_str().into(),
                phone: order.customer.phone.as_ref().map(|phone| phone.as_str().into()),
                language: Some(order.customer.language)
                    .filter(|language| *language != Language::default())
                    .map(|language| language.name().into()),
            },
            fulfilment: match &order.fulfilment {
                Fulfilment::Pickup => FulfilmentBody::Pickup {},
                Fulfilment::Delivery { address } => {
                    FulfilmentBody::Delivery { address: address.as_str().into() }
                }
            },
            lines: order.lines.iter().map(LineBody::from).collect(),
            subtotal_minor: order.totals.subtotal_minor,
            delivery_fee_minor: order.totals.delivery_fee_minor,
            tip_minor: order.totals.tip_minor,
            tax_minor: (order.tax.as_ref().filter(|tax| tax.prices == Prices::Exclusive))
                .map(OrderTax::added_minor),
            taxes: order.tax.as_ref().map(|tax| tax.amounts.iter().map(TaxBody::from).collect()),
            total_minor: order.totals.total_minor,
            currency: order.currency.code().into(),
            payment_method: order.payment_method.as_str().into(),
            menu_version: order.menu_version,
            replaces: order.replaces.map(|id| id.to_string().into()),
            items: order.items_text().into(),
            total_cost: decimal(order.total()),
        }
    }
}
