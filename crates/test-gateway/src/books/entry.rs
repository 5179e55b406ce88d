//! A journal entry: the changes of one request and its reply.
//!
//! Both are one line, so that a crash cannot keep a charge and lose its idempotency key.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::RecordedReply;
use crate::model::Change;

/// A journal entry.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) at_unix_ms: i64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) changes: Vec<Change>,
    #[serde(rename = "outcome")]
    pub(crate) reply: RecordedReply,
    #[serde(rename = "keyed", default, skip_serializing_if = "Option::is_none")]
    pub(crate) idempotency_key: Option<IdempotencyKey>,
}

impl Entry {
    /// Whether there is nothing to store; such an entry is not written to the journal.
    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.idempotency_key.is_none()
    }
}

/// The idempotency key of a request, with a fingerprint of the request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct IdempotencyKey {
    #[serde(with = "shared_text")]
    pub(crate) key: Arc<str>,
    pub(crate) fingerprint: Fingerprint,
}

/// Fingerprint of a request: 128-bit FNV-1a over the path and the parameters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint(u128);

impl Fingerprint {
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013B;
    const START: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;

    /// The fingerprint of a request. As with Stripe, the order of the parameters is irrelevant.
    pub(crate) fn of(path: &str, parameters: &[(impl AsRef<str>, impl AsRef<str>)]) -> Self {
        let mut sorted: Vec<(&str, &str)> =
            parameters.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
        sorted.sort_unstable();
        let texts = sorted.into_iter().flat_map(|(name, value)| [name, value]);
        // 0xFF never occurs in UTF-8, so it is an unambiguous separator.
        let bytes = [path].into_iter().chain(texts).flat_map(|text| text.bytes().chain([u8::MAX]));
        Self(
            bytes.fold(Self::START, |hash, byte| {
                (hash ^ u128::from(byte)).wrapping_mul(Self::PRIME)
            }),
        )
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:032x}", self.0))
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16).map(Self).map_err(de::Error::custom)
    }
}

/// Serializes `Arc<str>`, which serde supports only with a feature this workspace does not enable.
mod shared_text {
    use super::{Arc, Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Arc<str>, D::Error> {
        String::deserialize(d).map(Arc::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_ignores_the_order_of_parameters_and_nothing_else() {
        let print = Fingerprint::of("/a", &[("x", "1"), ("y", "2")]);
        assert_eq!(print, Fingerprint::of("/a", &[("y", "2"), ("x", "1")]));
        assert_ne!(print, Fingerprint::of("/b", &[("x", "1"), ("y", "2")]));
        assert_ne!(print, Fingerprint::of("/a", &[("x", "1y"), ("", "2")]));
        assert_ne!(print, Fingerprint::of("/a", &[("x", "2"), ("y", "1")]));
    }
}
