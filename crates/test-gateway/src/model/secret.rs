//! Client secrets of intents.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

use super::ids::{ParseIdError, parse_base62, write_base62};

/// What a customer must know to see an intent with the publishable key. Never in a log.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientSecret(u128);

impl ClientSecret {
    /// A new secret, with 122 random bits.
    pub(crate) fn random() -> Self {
        Self(Uuid::new_v4().as_u128())
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl fmt::Display for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_base62(self.0, f)
    }
}

impl FromStr for ClientSecret {
    type Err = ParseIdError;
    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        parse_base62(text).map(Self)
    }
}

impl Serialize for ClientSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ClientSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_stored_but_never_in_debug_output() {
        let secret = ClientSecret::random();
        let line = serde_json::to_string(&secret).unwrap();
        assert_eq!(serde_json::from_str::<ClientSecret>(&line).unwrap(), secret);
        assert!(!format!("{secret:?}").contains(&secret.to_string()));
        assert_ne!(secret, ClientSecret::random());
    }
}
