//! Finding orders.

use std::future::Future;

use jiff::Timestamp;

use super::{OrderView, Unavailable};
use crate::{
    ids::{OrderId, RestaurantId},
    number::OrderNumber,
    status::Status,
};

/// What staff search an order by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderText {
    /// Its id.
    Id(OrderId),
    /// Its number, of any day.
    Number(OrderNumber),
    /// The start of the customer's e-mail address, in lower case.
    Email(String),
    /// The start of the customer's name, in lower case.
    Name(String),
}

impl OrderText {
    /// From typed text: an id, a number, an address or a name. `None` for empty text.
    pub fn from_input(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        if typed.is_empty() {
            return None;
        }
        if let Ok(id) = typed.parse() {
            return Some(Self::Id(id));
        }
        // As people write it: #42.
        if let Ok(number) = typed.strip_prefix('#').unwrap_or(typed).trim_start().parse() {
            return Some(Self::Number(number));
        }
        match typed.contains('@') {
            true => Some(Self::Email(typed.to_lowercase())),
            false => Some(Self::Name(typed.to_lowercase())),
        }
    }
}

/// A query for orders; results are newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderSearchQuery {
    /// The restaurant; `None` for all.
    pub restaurant: Option<RestaurantId>,
    /// Id, number, address or name.
    pub text: Option<OrderText>,
    /// The status.
    pub status: Option<Status>,
    /// Placed at this time or later.
    pub from: Option<Timestamp>,
    /// Placed before this time.
    pub to: Option<Timestamp>,
    /// Only orders older than this one: where the previous page ended.
    pub before: Option<(Timestamp, OrderId)>,
    /// Maximum number of results.
    pub limit: u32,
}

/// The search for orders.
pub trait OrderSearch: Clone + Send + Sync + 'static {
    /// Orders, newest first, without their history.
    fn find(
        &self,
        wanted: &OrderSearchQuery,
    ) -> impl Future<Output = Result<Vec<OrderView>, Unavailable>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_text_is_classified() {
        let id = "0199b1b4-0000-7000-8000-000000000001";
        assert_eq!(OrderText::from_input(id), Some(OrderText::Id(id.parse().unwrap())));
        assert_eq!(OrderText::from_input(" Ada@X "), Some(OrderText::Email("ada@x".into())));
        assert_eq!(OrderText::from_input("Ada"), Some(OrderText::Name("ada".into())));
        assert_eq!(OrderText::from_input("  "), None);
        for typed in ["42", " #42 ", "# 42"] {
            let number = OrderText::Number("42".parse().unwrap());
            assert_eq!(OrderText::from_input(typed), Some(number), "{typed}");
        }
        assert_eq!(
            OrderText::from_input("42nd Street"),
            Some(OrderText::Name("42nd street".into()))
        );
    }
}
