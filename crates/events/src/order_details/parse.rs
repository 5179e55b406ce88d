//! From a payload to a validated order.

use domain::{
    language::Language,
    order::{Customer, Fulfilment, Line, LineOption, Order, OrderParts, Seller, Totals},
    payment_method::CapturePoint,
    restaurant::DEFAULT_BUSINESS_DAY_STARTS,
    tax::{OrderTax, Prices, TaxAmount, TaxRate},
    violation::Violations,
};

use super::{
    body::{FulfilmentBody, LineBody, OptionBody, OrderDetails, TaxBody},
    truncate_to_micros,
};
use crate::{
    record::DecodeError,
    seller::{AddressBody, LegalBody},
};

/// Parses one field; the error contains its name.
pub(crate) fn parse_field<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, DecodeError>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error| DecodeError(format!("{name} {error}")))
}

/// Parses one optional field.
pub(crate) fn parse_optional<T: std::str::FromStr>(
    name: &str,
    text: Option<&str>,
) -> Result<Option<T>, DecodeError>
where
    T::Err: std::fmt::Display,
{
    text.map(|text| parse_field(name, text)).transpose()
}

fn parse_language(language: &str) -> Option<Language> {
    language.parse().ok()
}

impl TryFrom<&LineBody<'_>> for Line {
    type Error = DecodeError;

    fn try_from(body: &LineBody<'_>) -> Result<Self, DecodeError> {
        let option = |o: &OptionBody<'_>| {
            Ok::<_, DecodeError>(LineOption {
                id: parse_field("lines.options.id", &o.id)?,
                name: parse_field("lines.options.name", &o.name)?,
                price_minor: o.price_minor,
            })
        };
        Ok(Self {
            item_id: parse_field("lines.item_id", &body.item_id)?,
            name: parse_field("lines.name", &body.name)?,
            quantity: body.quantity,
            unit_price_minor: body.unit_price_minor,
            options: body.options.iter().map(option).collect::<Result<_, _>>()?,
            note: parse_optional("lines.note", body.note.as_deref())?,
            total_minor: body.total_minor,
            tax: parse_optional("lines.tax", body.tax.as_deref())?,
        })
    }
}

impl TryFrom<&TaxBody<'_>> for TaxAmount {
    type Error = DecodeError;

    fn try_from(body: &TaxBody<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            rate: TaxRate {
                id: parse_field("taxes.id", &body.id)?,
                name: parse_field("taxes.name", &body.name)?,
                percent: parse_field("taxes.percent", &body.percent)?,
            },
            net_minor: body.net_minor,
            tax_minor: body.tax_minor,
        })
    }
}

/// The taxes of an order. Those with an amount that is added have prices without tax.
fn parse_tax(body: &OrderDetails<'_>) -> Result<Option<OrderTax>, DecodeError> {
    let Some(taxes) = &body.taxes else { return Ok(None) };
    let prices = match body.tax_minor {
        Some(_) => Prices::Exclusive,
        None => Prices::Inclusive,
    };
    let amounts = taxes.iter().map(TaxAmount::try_from).collect::<Result<_, _>>()?;
    Ok(Some(OrderTax { prices, amounts }))
}

fn parse_seller(body: &OrderDetails<'_>) -> Result<Seller, DecodeError> {
    let wrong = |part: &str, Violations(wrong): Violations| {
        let wrong: Vec<_> =
            wrong.iter().map(|v| format!("{part}.{} {}", v.field, v.kind)).collect();
        DecodeError(wrong.join("; "))
    };
    let legal = body.restaurant_legal.as_ref().map(LegalBody::check).transpose();
    let address = body.restaurant_address.as_ref().map(AddressBody::check).transpose();
    let (starts, capture) = (body.business_day_starts.as_deref(), body.capture.as_deref());
    Ok(Seller {
        id: parse_field("restaurant_id", &body.restaurant_id)?,
        name: parse_field("restaurant_name", &body.restaurant_name)?,
        time_zone: parse_field("time_zone", &body.time_zone)?,
        auto_accept: body.auto_accept,
        accept_within_s: body.accept_within_s,
        capture: parse_optional("capture", capture)?.unwrap_or(CapturePoint::AtOrder),
        business_day_starts: parse_optional("business_day_starts", starts)?
            .unwrap_or(DEFAULT_BUSINESS_DAY_STARTS),
        legal: legal.map_err(|violations| wrong("restaurant_legal", violations))?,
        address: address.map_err(|violations| wrong("restaurant_address", violations))?,
    })
}

impl TryFrom<&OrderDetails<'_>> for Order {
    type Error = DecodeError;

    fn try_from(body: &OrderDetails<'_>) -> Result<Self, DecodeError> {
        let fulfilment = match &body.fulfilment {
            FulfilmentBody::Pickup {} => Fulfilment::Pickup,
            FulfilmentBody::Delivery { address } => {
                Fulfilment::Delivery { address: parse_field("fulfilment.address", address)? }
            }
        };
        let parts = OrderParts {
            id: parse_field("order_id", &body.order_id)?,
            seller: parse_seller(body)?,
            placed_at: truncate_to_micros(body.placed_at),
            customer: Customer {
                name: parse_field("customer.name", &body.customer.name)?,
                email: parse_field("customer.email", &body.customer.email)?,
                phone: parse_optional("customer.phone", body.customer.phone.as_deref())?,
                // An unknown language falls back to the default.
                language: body
                    .customer
                    .language
                    .as_deref()
                    .and_then(parse_language)
                    .unwrap_or_default(),
            },
            fulfilment,
            lines: body.lines.iter().map(Line::try_from).collect::<Result<_, _>>()?,
            totals: Totals {
                subtotal_minor: body.subtotal_minor,
                delivery_fee_minor: body.delivery_fee_minor,
                tip_minor: body.tip_minor,
                tax_minor: body.tax_minor.unwrap_or(0),
                total_minor: body.total_minor,
            },
            tax: parse_tax(body)?,
            currency: parse_field("currency", &body.currency)?,
            payment_method: parse_field("payment_method", &body.payment_method)?,
            menu_version: body.menu_version,
            replaces: parse_optional("replaces", body.replaces.as_deref())?,
        };
        Order::try_from(parts).map_err(DecodeError::because)
    }
}
