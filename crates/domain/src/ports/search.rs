//! Finding orders.

use std::future::Future;

use jiff::Timestamp;

use super::{OrderView, Unavailable};
use crate::{
    ids::{OrderId, RestaurantId},
    status::Status,
};

/// What somebody remembers of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderText {
    /// Its id.
    Id(OrderId),
    /// How the customer's e-mail address begins, in lower case.
    Email(String),
    /// How the customer's name begins, in lower case.
    Name(String),
}

impl OrderText {
    /// What was typed: an id, an address, or a name. `None` for nothing.
    pub fn read(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        match typed.parse() {
            _ if typed.is_empty() => None,
            Ok(id) => Some(Self::Id(id)),
            Err(_) if typed.contains('@') => Some(Self::Email(typed.to_lowercase())),
            Err(_) => Some(Self::Name(typed.to_lowercase())),
        }
    }
}

/// Which orders are wanted: newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderSearchQuery {
    /// Of one restaurant, or of all.
    pub restaurant: Option<RestaurantId>,
    /// What is known of it.
    pub text: Option<OrderText>,
    /// Where it stands.
    pub status: Option<Status>,
    /// Placed at this time or later.
    pub from: Option<Timestamp>,
    /// Placed before this time.
    pub to: Option<Timestamp>,
    /// Older than this order: where the last page ended.
    pub before: Option<(Timestamp, OrderId)>,
    /// Never more than so many.
    pub limit: u32,
}

/// Finds orders.
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
    fn what_is_typed_tells_what_it_is() {
        let id = "0199b1b4-0000-7000-8000-000000000001";
        assert_eq!(OrderText::read(id), Some(OrderText::Id(id.parse().unwrap())));
        assert_eq!(OrderText::read(" Ada@X "), Some(OrderText::Email("ada@x".into())));
        assert_eq!(OrderText::read("Ada"), Some(OrderText::Name("ada".into())));
        assert_eq!(OrderText::read("  "), None);
    }
}
