//! Errors of JSON values in terms of JSON: serde's own messages name types of the implementation.

use std::fmt::{self, Display};

use serde::de::{self, Expected, Unexpected};

/// Maximum length of a quoted text, in characters.
const MAX_QUOTED: usize = 40;

/// An error of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ValueError {
    /// The field that it is about; `None` for the value itself.
    pub(super) field: Option<String>,
    /// The message without its subject.
    pub(super) what: String,
}

impl ValueError {
    fn of_value(what: impl Into<String>) -> Self {
        Self { field: None, what: what.into() }
    }

    fn of_field(field: &str, what: impl Into<String>) -> Self {
        Self { field: Some(field.to_owned()), what: what.into() }
    }
}

impl Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for ValueError {}

impl de::Error for ValueError {
    fn custom<T: Display>(message: T) -> Self {
        let message = message.to_string();
        match names_a_type(&message) {
            true => Self::of_value("is not what is expected"),
            false => Self::of_value(format!("cannot be read: {}", message.trim_end_matches('.'))),
        }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::of_value(format!("must be {}; it is {}", expected_text(expected), quote_value(found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::of_value(format!("must be {}; it has {length} parts", expected_text(expected)))
    }

    fn unknown_variant(found: &str, names: &'static [&'static str]) -> Self {
        let found = quote_value(Unexpected::Str(found));
        match names {
            [] => Self::of_value(format!("must be left out; it is {found}")),
            names => Self::of_value(format!("must be {}; it is {found}", one_of(names))),
        }
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self::of_field(field, super::UNKNOWN_FIELD)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::of_field(field, "is missing")
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::of_field(field, "is there twice")
    }
}

fn one_of(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
    match quoted.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        other => other.concat(),
    }
}

/// The value that was sent, shortened.
fn quote_value(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => value.to_string(),
        Unexpected::Unsigned(value) => value.to_string(),
        Unexpected::Signed(value) => value.to_string(),
        Unexpected::Float(value) => value.to_string(),
        Unexpected::Str(text) if text.chars().count() > MAX_QUOTED => {
            format!("{:?}…", text.chars().take(MAX_QUOTED).collect::<String>())
        }
        Unexpected::Str(text) => format!("{text:?}"),
        Unexpected::Unit | Unexpected::Option => "null".to_owned(),
        Unexpected::Seq => "an array".to_owned(),
        Unexpected::Map => "an object".to_owned(),
        _ => "something else".to_owned(),
    }
}

/// What serde expects, in terms of JSON.
fn expected_text(expected: &dyn Expected) -> String {
    let text = expected.to_string();
    let first = text.split_whitespace().next().unwrap_or_default();
    let whole = |from: &str, to: &str| format!("a whole number from {from} to {to}");
    match text.as_str() {
        "u8" => whole("0", "255"),
        "u16" => whole("0", "65535"),
        "u32" => whole("0", "4294967295"),
        "u64" | "usize" | "u128" => "a whole number of at least 0".to_owned(),
        "i8" => whole("-128", "127"),
        "i16" => whole("-32768", "32767"),
        "i32" => whole("-2147483648", "2147483647"),
        "i64" | "isize" | "i128" => "a whole number".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a sequence" => "an array".to_owned(),
        "a map" => "an object".to_owned(),
        "unit" => "null".to_owned(),
        "variant identifier" | "field identifier" => "a string".to_owned(),
        _ => match first {
            "enum" => "a string".to_owned(),
            "struct" | "internally" | "adjacently" | "untagged" | "variant" => {
                "an object".to_owned()
            }
            "tuple" => "an array".to_owned(),
            _ if names_a_type(&text) => "another kind of value".to_owned(),
            _ => text,
        },
    }
}

/// True for a text that names a type of the implementation, such as `CartLineBody` or
/// `domain::Menu`.
fn names_a_type(text: &str) -> bool {
    let is_type = |word: &str| {
        let mut letters = word.chars().filter(|c| c.is_alphanumeric());
        letters.next().is_some_and(char::is_uppercase)
            && word.chars().any(char::is_lowercase)
            && word.chars().skip(1).any(char::is_uppercase)
    };
    text.contains("::") || text.contains("untagged enum") || text.split_whitespace().any(is_type)
}
