//! Metadata of an object, within Stripe's limits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Metadata: up to 50 keys of up to 40 characters, with values of up to 500 characters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Metadata(BTreeMap<Box<str>, Box<str>>);

/// Which limit was exceeded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MetadataError {
    #[error("Metadata can have up to 50 keys.")]
    TooManyKeys,
    #[error("Metadata keys must be 1 to 40 characters long: {0}")]
    Key(String),
    #[error("Metadata values can have up to 500 characters.")]
    ValueTooLong,
}

impl Metadata {
    /// Sets a value; like with Stripe, an empty value removes the key.
    pub(crate) fn set(&mut self, key: &str, value: &str) -> Result<(), MetadataError> {
        if key.is_empty() || key.chars().count() > 40 {
            return Err(MetadataError::Key(key.chars().take(60).collect()));
        }
        if value.chars().count() > 500 {
            return Err(MetadataError::ValueTooLong);
        }
        if value.is_empty() {
            self.0.remove(key);
            return Ok(());
        }
        self.0.insert(key.into(), value.into());
        if self.0.len() > 50 { Err(MetadataError::TooManyKeys) } else { Ok(()) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_are_limited() {
        let mut notes = Metadata::default();
        assert_eq!(notes.set("order_id", "1"), Ok(()));
        assert_eq!(notes.set("order_id", ""), Ok(()));
        assert!(notes.is_empty());
        assert_eq!(notes.set("k", &"v".repeat(501)), Err(MetadataError::ValueTooLong));
        assert!(matches!(notes.set("", "v"), Err(MetadataError::Key(_))));
        for n in 0..50 {
            assert_eq!(notes.set(&n.to_string(), "v"), Ok(()));
        }
        assert_eq!(notes.set("one more", "v"), Err(MetadataError::TooManyKeys));
    }
}
