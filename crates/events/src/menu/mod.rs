//! `menu`: restaurants and menus, each published whole by its owner. The last record of a key is
//! the current one, and its offset is the menu's version.

mod body;
mod check;
mod hours;
mod tax;

use bytes::Bytes;
use domain::{ids::RestaurantId, menu::Menu, restaurant::Restaurant};
use jiff::Timestamp;

pub use body::{CashBody, CategoryBody, ChoiceBody, GroupBody, ItemBody, MenuBody, RestaurantBody};
pub use hours::{ExceptionBody, HoursBody, SpanBody};
pub use tax::{PricesBody, TaxRateBody, TaxRulesBody};

use crate::{
    envelope::Envelope,
    order_details::encode_json,
    record::{DecodeError, OutgoingRecord, Record},
    topic::Topic,
};

/// Encodes the event that an owner changed a restaurant.
pub fn encode_restaurant(
    id: &RestaurantId,
    body: &RestaurantBody,
    at: Timestamp,
) -> OutgoingRecord {
    encode(&format!("restaurant/{id}"), "comanda.restaurant.put.v1", encode_json(body), at)
}

/// Encodes the event that an owner changed a menu.
pub fn encode_menu(id: &RestaurantId, body: &MenuBody, at: Timestamp) -> OutgoingRecord {
    encode(&format!("menu/{id}"), "comanda.menu.put.v1", encode_json(body), at)
}

fn encode(key: &str, event_type: &'static str, payload: Bytes, at: Timestamp) -> OutgoingRecord {
    let source = "/comanda/backoffice";
    let envelope = Envelope::new(Topic::Menu, source, event_type, key, &at.to_string(), at);
    OutgoingRecord::event(Topic::Menu, key, &envelope, payload)
}

/// The content of a `menu` record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MenuEvent {
    /// A restaurant.
    Restaurant(Box<Restaurant>),
    /// A menu of a restaurant.
    Menu(RestaurantId, Menu),
}

/// Decodes a `menu` record. The key gives its kind: `restaurant/…` or `menu/…`.
pub fn decode_menu_event(record: &Record) -> Result<MenuEvent, DecodeError> {
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
