//! Identifiers in Stripe's format: a prefix, then letters and digits.
//!
//! They are stored as numbers, which are cheap to compare and hash.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 62²² is the first power of 62 above 2¹²⁸.
const LENGTH: usize = 22;

/// The text is not an identifier of this kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier of this kind")]
pub(crate) struct ParseIdError;

/// Writes a number as 22 letters and digits.
pub(crate) fn write_base62(mut number: u128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut text = [b'0'; LENGTH];
    for digit in text.iter_mut().rev() {
        *digit = DIGITS[usize::try_from(number % 62).unwrap_or(0)];
        number /= 62;
    }
    f.write_str(str::from_utf8(&text).unwrap_or_default())
}

pub(crate) fn parse_base62(text: &str) -> Result<u128, ParseIdError> {
    if text.len() != LENGTH {
        return Err(ParseIdError);
    }
    text.bytes().try_fold(0_u128, |number, byte| {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'A'..=b'Z' => byte - b'A' + 10,
            b'a'..=b'z' => byte - b'a' + 36,
            _ => return Err(ParseIdError),
        };
        let shifted = number.checked_mul(62).ok_or(ParseIdError)?;
        shifted.checked_add(u128::from(digit)).ok_or(ParseIdError)
    })
}

macro_rules! id {
    ($name:ident, $prefix:literal, $what:literal) => {
        #[doc = $what]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(u128);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($prefix)?;
                write_base62(self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;
            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                parse_base62(text.strip_prefix($prefix).ok_or(ParseIdError)?).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    };
}

macro_rules! random {
    ($($name:ident),+) => {
        $(impl $name {
            /// A new unique id.
            pub(crate) fn random() -> Self {
                Self(Uuid::new_v4().as_u128())
            }
        })+
    };
}

id!(IntentId, "pi_", "A payment intent.");
id!(ChargeId, "ch_", "A charge: one attempt to collect the payment of an intent.");
id!(RefundId, "re_", "A refund.");
id!(RequestId, "req_", "A request, for logs and support.");
id!(EventId, "evt_", "An event.");
id!(ChallengeId, "payatt_", "A challenge of a bank. It cannot be guessed.");
id!(DisputeId, "dp_", "A dispute.");
id!(TransactionId, "txn_", "A movement of the balance.");
id!(TokenId, "ctoken_", "A confirmation token.");
random!(IntentId, ChargeId, RefundId, RequestId, TokenId, ChallengeId, DisputeId);

impl TransactionId {
    /// The id of the movement that an object causes, derived from the id of the object.
    pub(crate) fn derived(source: &str) -> Self {
        Self(Uuid::new_v5(&Uuid::NAMESPACE_OID, source.as_bytes()).as_u128())
    }
}

impl EventId {
    /// Number of bits that contain the journal position.
    const POSITION_BITS: u32 = 48;

    /// The id of an event, derived from the position of its entry in the journal, by which it can
    /// be found, and from a hash of `seed`, which makes it unique across ledgers.
    pub(crate) fn derived(position: u64, seed: &str) -> Self {
        let hash = Uuid::new_v5(&Uuid::NAMESPACE_OID, seed.as_bytes()).as_u128();
        Self(hash << Self::POSITION_BITS | u128::from(position))
    }

    /// Position of the event's entry in the journal.
    pub(crate) fn position(self) -> u64 {
        u64::try_from(self.0 & ((1 << Self::POSITION_BITS) - 1)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_formatted_id_parses_to_the_same(number: u128) {
            let id = IntentId(number);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }

        #[test]
        fn parsing_never_panics(text in "(pi_)?.{0,30}") {
            let _ = text.parse::<IntentId>();
        }
    }

    #[test]
    fn a_refund_id_is_not_an_intent_id() {
        assert_eq!(RefundId(7).to_string().parse::<IntentId>(), Err(ParseIdError));
        assert_eq!(format!("pi_{}", "z".repeat(22)).parse::<IntentId>(), Err(ParseIdError));
    }
}
