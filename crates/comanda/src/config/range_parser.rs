//! Numbers within a range.

use std::{ffi::OsStr, fmt, ops::RangeInclusive, str::FromStr};

use clap::{
    Arg, Command, Error,
    builder::{PossibleValue, StringValueParser, TypedValueParser},
    error::{ContextKind, ContextValue, ErrorKind},
};

/// At least one connection.
pub(super) const AT_LEAST_1: RangeParser<usize> = RangeParser {
    range: 1..=usize::MAX,
    message: Some("--connections and --connections-per-address must be at least 1"),
    range_text: Some("at least 1"),
};

/// A parser that refuses numbers outside a range.
#[derive(Clone, Debug)]
pub(super) struct RangeParser<N> {
    range: RangeInclusive<N>,
    /// The error about a number outside; by default it names the range.
    message: Option<&'static str>,
    /// Text for help in place of the range.
    range_text: Option<&'static str>,
}

impl<N> RangeParser<N> {
    pub(super) const fn new(range: RangeInclusive<N>) -> Self {
        Self { range, message: None, range_text: None }
    }
}

impl<N: fmt::Display> fmt::Display for RangeParser<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.range_text {
            Some(text) => f.write_str(text),
            None => write!(f, "{} to {}", self.range.start(), self.range.end()),
        }
    }
}

impl<N> TypedValueParser for RangeParser<N>
where
    N: FromStr + PartialOrd + fmt::Display + Clone + Send + Sync + 'static,
    N::Err: std::error::Error + Send + Sync + 'static,
{
    type Value = N;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<N, Error> {
        let number = StringValueParser::new().try_map(|text| text.parse::<N>());
        let number = number.parse_ref(command, arg, value)?;
        if self.range.contains(&number) {
            return Ok(number);
        }
        let flag = arg.and_then(Arg::get_long).unwrap_or_default();
        let message =
            self.message.map_or_else(|| format!("--{flag} must be {self}"), str::to_owned);
        let mut error = Error::raw(ErrorKind::ValueValidation, message).with_cmd(command);
        let shown = arg.map(ToString::to_string).unwrap_or_default();
        error.insert(ContextKind::InvalidArg, ContextValue::String(shown));
        let value = value.to_string_lossy().into_owned();
        error.insert(ContextKind::InvalidValue, ContextValue::String(value));
        Err(error)
    }

    /// The range, for help and documents.
    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(std::iter::once(PossibleValue::new(self.to_string()))))
    }
}
