//! The field `number`: by which number people call the order.

use domain::number::OrderNumber;
use serde::Deserialize;

use crate::record::{DecodeError, Record};

/// The number as it is published.
pub(crate) fn number_value(number: Option<OrderNumber>) -> Option<i64> {
    number.map(|number| number.get().into())
}

/// The number of a payload.
pub(crate) fn parse_number(value: Option<i64>) -> Result<Option<OrderNumber>, DecodeError> {
    let number = value.map(OrderNumber::try_from).transpose();
    number.map_err(|error| DecodeError(format!("number {error}")))
}

/// Decodes only the number of any event of an order; `None` if the event has none.
pub fn decode_number(record: &Record) -> Result<Option<OrderNumber>, DecodeError> {
    #[derive(Deserialize)]
    struct Numbered {
        #[serde(default)]
        number: Option<i64>,
    }
    parse_number(record.json::<Numbered>()?.number)
}
