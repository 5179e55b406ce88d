//! Texts of payloads, borrowed from the decoded bytes or from the encoded order.

use std::{borrow::Cow, fmt, fmt::Write, ops::Deref};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, Visitor},
};

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A text that is copied only if its JSON has escapes. Without this type, serde borrows a `Cow`
/// only with an attribute per field, and never in an `Option`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Text<'a>(Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(text.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(text.to_owned().into())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Text<'de>, E> {
        Ok(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_borrowed(text: &Text<'_>) -> bool {
        matches!(text.0, Cow::Borrowed(_))
    }

    #[test]
    fn only_escapes_are_copied() {
        let read: Vec<Option<Text<'_>>> =
            serde_json::from_str(r#"["plain", null, "l\u00efne\n"]"#).unwrap();
        let [Some(plain), None, Some(escaped)] = read.as_slice() else { panic!("{read:?}") };
        assert!(is_borrowed(plain) && &**plain == "plain");
        assert!(!is_borrowed(escaped) && &**escaped == "lïne\n");
        assert!(serde_json::from_str::<Text<'_>>("7").is_err());
    }
}
