//! Conversion of an order between the domain and its row.

use domain::facts::{FactName, Refunded, Sale, Sold};
use serde::{Deserialize, Serialize};

use super::{Failure, Row, rows};
use crate::failure::corrupt;

/// A dish of an order, as stored.
#[derive(Serialize, Deserialize)]
struct Item<'a> {
    #[serde(borrow, rename = "item_id")]
    id: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    name: std::borrow::Cow<'a, str>,
    quantity: u64,
    revenue_minor: i64,
}

pub(super) fn items_json(items: &[Sold]) -> String {
    let items: Vec<_> = items.iter().map(Item::of).collect();
    // Texts and numbers always serialise.
    serde_json::to_string(&items).unwrap_or_default()
}

impl<'a> Item<'a> {
    fn of(sold: &'a Sold) -> Self {
        Self {
            id: sold.item_id.as_str().into(),
            name: sold.name.as_str().into(),
            quantity: sold.quantity,
            revenue_minor: sold.revenue_minor,
        }
    }
}

/// Parses the dishes of an order.
pub(crate) fn parse_items(text: &str) -> Result<Vec<Sold>, Failure> {
    let items: Vec<Item<'_>> = serde_json::from_str(text).map_err(corrupt)?;
    let sold = |item: &Item<'_>| {
        Ok(Sold {
            item_id: rows::parse(&item.id)?,
            name: rows::parse(&item.name)?,
            quantity: item.quantity,
            revenue_minor: item.revenue_minor,
        })
    };
    items.iter().map(sold).collect()
}

/// What a refund returned, by the name and the amount of its fact.
pub(crate) fn refunded(name: FactName, amount_minor: Option<i64>) -> Option<Refunded> {
    amount_minor.map(|amount_minor| Refunded { part: name.part, amount_minor })
}

/// Decodes the columns of an order.
pub(super) fn decode_sale(row: &Row) -> Result<Sale, Failure> {
    let text: String = row.get("items")?;
    Ok(Sale {
        order_id: rows::column(row, "order_id")?,
        restaurant_id: rows::column(row, "restaurant_id")?,
        time_zone: rows::column(row, "time_zone")?,
        currency: rows::column(row, "currency")?,
        placed_at: rows::timestamp(row.get("placed_us")?)?,
        total_minor: row.get("total_minor")?,
        customer: row.get("customer")?,
        items: parse_items(&text)?,
    })
}
