//! What can be counted of an order: the kind of fact, its reason, and the scope.

use std::{fmt, str::FromStr};

use crate::{
    ids::{IdError, RestaurantId},
    kitchen::Requester,
    payment::{DeclineReason, RefundKey},
    status::Status,
};

/// The kind of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FactKind {
    /// The order reached a status.
    Reached(Status),
    /// Money was refunded.
    Refunded,
}

impl FactKind {
    /// The order was paid: revenue, dishes and customers are counted by this.
    pub const CONFIRMED: Self = Self::Reached(Status::Confirmed);

    /// The name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reached(status) => status.name(),
            Self::Refunded => "refunded",
        }
    }
}

impl From<Status> for FactKind {
    fn from(status: Status) -> Self {
        Self::Reached(status)
    }
}

/// A text that names no kind of fact.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is nothing that is counted")]
pub struct UnknownFact;

impl FromStr for FactKind {
    type Err = UnknownFact;

    fn from_str(text: &str) -> Result<Self, UnknownFact> {
        match text {
            "refunded" => Ok(Self::Refunded),
            _ => text.parse().map(Self::Reached).map_err(|_| UnknownFact),
        }
    }
}

impl fmt::Display for FactKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name of a fact within its order: its kind, and of refunds of parts, which one it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FactName {
    /// The kind.
    pub kind: FactKind,
    /// Which refund of a part; `None` for every other fact.
    pub part: Option<RefundKey>,
}

impl From<FactKind> for FactName {
    fn from(kind: FactKind) -> Self {
        Self { kind, part: None }
    }
}

impl FromStr for FactName {
    type Err = UnknownFact;

    fn from_str(text: &str) -> Result<Self, UnknownFact> {
        match text.split_once(':') {
            None => text.parse().map(|kind| Self { kind, part: None }),
            Some((kind, part)) => {
                let kind = kind.parse().ok().filter(|kind| *kind == FactKind::Refunded);
                let part = part.parse().map_err(|_| UnknownFact)?;
                Ok(Self { kind: kind.ok_or(UnknownFact)?, part: Some(part) })
            }
        }
    }
}

impl fmt::Display for FactName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.part {
            Some(part) => write!(f, "{}:{part}", self.kind),
            None => write!(f, "{}", self.kind),
        }
    }
}

/// Why an order was lost: one of a closed set of names, so that figures can be grouped by it. Free
/// text is not included; who cancelled the order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reason(&'static str);

impl Reason {
    /// No reason.
    pub const NONE: Self = Self("");
    /// A dish ran out before the payment.
    pub const OUT_OF_STOCK: Self = Self(DeclineReason::OutOfStock.name());

    /// The name in tables; empty for [`Self::NONE`].
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl From<DeclineReason> for Reason {
    fn from(reason: DeclineReason) -> Self {
        Self(reason.name())
    }
}

impl From<Requester> for Reason {
    fn from(by: Requester) -> Self {
        Self(by.name())
    }
}

/// A text that names no reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no reason that is counted")]
pub struct UnknownReason;

impl FromStr for Reason {
    type Err = UnknownReason;

    fn from_str(text: &str) -> Result<Self, UnknownReason> {
        let declined = DeclineReason::ALL.iter().map(|reason| reason.name());
        let cancelled = Requester::ALL.iter().map(|by| by.name());
        let mut all = declined.chain(cancelled).chain([Self::NONE.0]);
        all.find(|name| *name == text).map(Self).ok_or(UnknownReason)
    }
}

/// The scope of a figure: each fact counts for its restaurant and for all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// All restaurants.
    #[default]
    All,
    /// One restaurant.
    One(RestaurantId),
}

impl Scope {
    /// The name in tables: a restaurant id, or empty for all.
    pub fn name(&self) -> &str {
        match self {
            Self::All => "",
            Self::One(restaurant) => restaurant.as_str(),
        }
    }

    /// The restaurant, unless the scope is all.
    pub fn restaurant(&self) -> Option<&RestaurantId> {
        match self {
            Self::All => None,
            Self::One(restaurant) => Some(restaurant),
        }
    }
}

impl From<Option<RestaurantId>> for Scope {
    fn from(restaurant: Option<RestaurantId>) -> Self {
        restaurant.map_or(Self::All, Self::One)
    }
}

impl FromStr for Scope {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        if text.is_empty() { Ok(Self::All) } else { text.parse().map(Self::One) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_facts_round_trip() {
        for text in ["placed", "refunded", "refunded:re_1"] {
            assert_eq!(text.parse::<FactName>().unwrap().to_string(), text);
        }
        for text in ["", "refunded:", "refunded:a b", "placed:re_1", "paid"] {
            assert!(text.parse::<FactName>().is_err(), "{text}");
        }
    }
}
