//! From a payload to an order that can be trusted.

use domain::{
    language::Language,
    order::{Customer, Fulfilment, Line, LineOption, Order, OrderParts, Seller, Totals},
};

use super::body::{FulfilmentBody, LineBody, OptionBody, OrderDetails};
use super::whole_micros;
use crate::record::DecodeError;

/// Parses one field, naming it in the error.
pub(crate) fn field<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, DecodeError>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error| DecodeError(format!("{name} {error}")))
}

/// Parses one field that may be absent.
pub(crate) fn optional<T: std::str::FromStr>(
    name: &str,
    text: Option<&str>,
) -> Result<Option<T>, DecodeError>
where
    T::Err: std::fmt::Display,
{
    text.map(|text| field(name, text)).transpose()
}

fn known(language: &str) -> Option<Language> {
    language.parse().ok()
}

impl TryFrom<&LineBody<'_>> for Line {
    type Error = DecodeError;

    fn try_from(body: &LineBody<'_>) -> Result<Self, DecodeError> {
        let option = |o: &OptionBody<'_>| {
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
            note: optional("lines.note", body.note.as_deref())?,
            total_minor: body.total_minor,
        })
    }
}

impl TryFrom<&OrderDetails<'_>> for Order {
    type Error = DecodeError;

    fn try_from(body: &OrderDetails<'_>) -> Result<Self, DecodeError> {
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
                phone: optional("customer.phone", body.customer.phone.as_deref())?,
                // A mail in another language is better than none.
                language: body.customer.language.as_deref().and_then(known).unwrap_or_default(),
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
            replaces: optional("replaces", body.replaces.as_deref())?,
        };
        Order::try_from(parts).map_err(DecodeError::because)
    }
}
