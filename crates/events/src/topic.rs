//! The topics.

use std::{fmt, str::FromStr};

/// A topic with a contract. Retry and dead-letter topics carry records of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// Restaurants and menus, published by their owners; compacted.
    Menu,
    /// Orders as placed. Sole writer: storefront.
    OrderDetails,
    /// Verified, paid orders. Sole writer: transactions.
    OrderConfirmed,
    /// Orders that were not paid, with the reason. Sole writer: transactions.
    OrderDeclined,
    /// What happens to payments beside their outcome. Sole writer: transactions.
    OrderPayments,
    /// Refunded orders. Sole writer: transactions.
    OrderRefunded,
    /// Requests to move orders. Sole writer: orders.
    OrderRequests,
    /// Steps of orders after the payment. Sole writer: orders.
    OrderProgress,
    /// Changes of stock levels. Sole writer: back office.
    StockChanges,
    /// Stock levels by dish; compacted. Sole writer: transactions.
    StockLevels,
}

impl Topic {
    /// Every topic.
    pub const ALL: &[Topic] = &[
        Self::Menu,
        Self::OrderDetails,
        Self::OrderConfirmed,
        Self::OrderDeclined,
        Self::OrderPayments,
        Self::OrderRefunded,
        Self::OrderRequests,
        Self::OrderProgress,
        Self::StockChanges,
        Self::StockLevels,
    ];

    /// The topics with status changes of orders, in the order of the flow.
    pub const ORDERS: &[Topic] =
        &[Self::OrderDetails, Self::OrderConfirmed, Self::OrderDeclined, Self::OrderProgress];

    /// The name in Kafka.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Menu => "menu",
            Self::OrderDetails => "order_details",
            Self::OrderConfirmed => "order_confirmed",
            Self::OrderDeclined => "order_declined",
            Self::OrderPayments => "order_payments",
            Self::OrderRefunded => "order_refunded",
            Self::OrderRequests => "order_requests",
            Self::OrderProgress => "order_progress",
            Self::StockChanges => "stock_changes",
            Self::StockLevels => "stock_levels",
        }
    }

    /// True if only the last record of a key matters (`cleanup.policy=compact`).
    pub const fn is_compacted(self) -> bool {
        matches!(self, Self::Menu | Self::StockLevels)
    }
}

/// A name that is not a topic with a contract.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a topic of Comanda")]
pub struct UnknownTopic(pub String);

impl FromStr for Topic {
    type Err = UnknownTopic;

    fn from_str(name: &str) -> Result<Self, UnknownTopic> {
        let found = Self::ALL.iter().copied().find(|topic| topic.name() == name);
        found.ok_or_else(|| UnknownTopic(name.to_owned()))
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
