//! Identifiers. Each kind is a type of its own, so that they cannot be mixed up.

use std::{fmt, str::FromStr};

use uuid::Uuid;

/// Why a text is not an identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not a slug.
    #[error(
        "must be 1 to 64 lower-case letters, digits and hyphens, beginning with a letter or digit"
    )]
    Slug,
    /// Not a UUID.
    #[error("must be a UUID")]
    Uuid,
}

/// Longest slug, in characters.
pub const MAX_SLUG: usize = 64;

fn is_slug(text: &str) -> bool {
    let allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    (1..=MAX_SLUG).contains(&text.len()) && text.bytes().all(allowed) && !text.starts_with('-')
}

macro_rules! slug {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                if is_slug(text) { Ok(Self(text.to_owned())) } else { Err(IdError::Slug) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

slug!(
    /// A tax rate of a restaurant: `food`.
    TaxId
);
slug!(
    /// A restaurant, as in addresses: `bella-napoli`.
    RestaurantId
);
slug!(
    /// A dish, unique within its menu: `margherita`.
    ItemId
);
slug!(
    /// A menu category: `pizza`.
    CategoryId
);
slug!(
    /// A group of options of a dish: `extras`.
    GroupId
);
slug!(
    /// An option of a dish: `extra-cheese`. Unique within its dish.
    OptionId
);

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub Uuid);

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                // Only the hyphenated form: one order has one spelling and thus one key in Kafka.
                let id = Uuid::try_parse(text).map_err(|_| IdError::Uuid)?;
                if id.to_string() == text { Ok(Self(id)) } else { Err(IdError::Uuid) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_id!(
    /// An order. Version 8 (derived from an idempotency key) or version 7 (by time).
    OrderId
);
uuid_id!(
    /// A request to move an order, made by a person or a timer.
    RequestId
);
uuid_id!(
    /// An account of staff.
    StaffId
);
uuid_id!(
    /// A change of a stock level, made by a person or, for the first value, by a menu.
    ChangeId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_narrow() {
        for good in ["a", "bella-napoli", "6-pack", &"x".repeat(64)] {
            assert!(good.parse::<ItemId>().is_ok(), "{good}");
        }
        for bad in ["", "-a", "A", "a b", "é", "a/b", &"x".repeat(65)] {
            assert!(bad.parse::<ItemId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_order_id_has_one_spelling() {
        let id = "0199b1b4-0000-7000-8000-000000000001";
        assert_eq!(id.parse::<OrderId>().unwrap().to_string(), id);
        assert!(id.replace('-', "").parse::<OrderId>().is_err());
        assert!(id.to_uppercase().replace('0', "A").parse::<OrderId>().is_err());
    }
}
