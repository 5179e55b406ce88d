//! Why input is refused, field by field.

pub mod account;
pub mod cart;

use std::fmt;

use self::{account::AccountViolation, cart::CartError};
use crate::{
    day_time::DayTimeError,
    ids::IdError,
    money::{AmountError, Currency, NoExchangeRate, UnknownCurrency},
    seller::UnknownCountry,
    text::TextError,
};

/// What is wrong, and what is expected. What customers can do wrong is a variant of its own, so
/// that pages can translate it. Displays as in the API's responses: the rest of a sentence that
/// starts with the field, without a full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ViolationKind {
    /// A typed text.
    #[error(transparent)]
    Text(#[from] TextError),
    /// An identifier.
    #[error(transparent)]
    Id(#[from] IdError),
    /// A cart.
    #[error(transparent)]
    Cart(#[from] CartError),
    /// A typed amount.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// An account or a password.
    #[error(transparent)]
    Account(#[from] AccountViolation),
    /// A country.
    #[error(transparent)]
    Country(#[from] UnknownCountry),
    /// A time of day.
    #[error(transparent)]
    DayTime(#[from] DayTimeError),
    /// An exchange rate.
    #[error(transparent)]
    Rate(#[from] NoExchangeRate),
    /// Not a whole number.
    #[error("must be a whole number")]
    Number,
    /// A box that is not ticked.
    #[error("must be confirmed")]
    Unconfirmed,
    /// The number of further violations, which are not listed.
    #[error("{0} more things are wrong")]
    More(usize),
    /// An English text, for violations that only staff and clients of the API can cause.
    #[error("{0}")]
    Message(String),
}

impl From<String> for ViolationKind {
    fn from(text: String) -> Self {
        Self::Message(text)
    }
}

impl From<&str> for ViolationKind {
    fn from(text: &str) -> Self {
        Self::Message(text.to_owned())
    }
}

impl From<UnknownCurrency> for ViolationKind {
    fn from(error: UnknownCurrency) -> Self {
        Self::Message(error.to_string())
    }
}

/// One violation in the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The field as a path that a client can map to its form: `lines[0].quantity`.
    pub field: String,
    /// What is wrong with it.
    pub kind: ViolationKind,
}

impl Violation {
    /// A violation at `field`.
    pub fn new(field: impl Into<String>, kind: impl Into<ViolationKind>) -> Self {
        Self { field: field.into(), kind: kind.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.kind)
    }
}

/// Every violation in one input; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct Violations(pub Vec<Violation>);

impl Violations {
    /// A list of one violation.
    pub fn one(field: impl Into<String>, kind: impl Into<ViolationKind>) -> Self {
        Self(vec![Violation::new(field, kind)])
    }
}

/// Maximum number of violations that are listed, so that the response to invalid input is never
/// much larger than the input.
const MAX_LISTED: usize = 50;

/// Collects violations, so that a person sees all of them at once: the first ones in full, and the
/// number of further ones.
#[derive(Debug, Default)]
pub struct Checks {
    listed: Vec<Violation>,
    /// Number of violations beyond [`MAX_LISTED`].
    more: usize,
}

impl Checks {
    /// Returns the value, or adds the error as a violation of `field`.
    pub fn ok_or_add<T>(
        &mut self,
        field: impl Into<String>,
        value: Result<T, impl Into<ViolationKind>>,
    ) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(error) => {
                self.add(field, error);
                None
            }
        }
    }

    /// Adds a violation.
    pub fn add(&mut self, field: impl Into<String>, kind: impl Into<ViolationKind>) {
        self.push(Violation::new(field, kind));
    }

    /// Adds a violation if an amount has smaller units than can be charged.
    pub fn check_step(&mut self, currency: Currency, field: &str, minor: i64) {
        let step = currency.step_minor();
        if minor % step != 0 {
            self.add(
                field,
                format!("must be a multiple of {step}: {currency} has no smaller charges"),
            );
        }
    }

    /// Adds the violations of a part, with `prefix` before their fields.
    pub fn absorb<T>(&mut self, prefix: &str, part: Result<T, Violations>) -> Option<T> {
        match part {
            Ok(value) => Some(value),
            Err(Violations(violations)) => {
                for Violation { field, kind } in violations {
                    self.push(Violation { field: format!("{prefix}{field}"), kind });
                }
                None
            }
        }
    }

    fn push(&mut self, violation: Violation) {
        match violation.kind {
            ViolationKind::More(more) => self.more += more,
            _ if self.listed.len() < MAX_LISTED => self.listed.push(violation),
            _ => self.more += 1,
        }
    }

    /// True if there is no violation so far.
    pub fn is_clean(&self) -> bool {
        self.listed.is_empty() && self.more == 0
    }

    /// The value if there is no violation and a value, else all violations.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Violations> {
        match value {
            Some(value) if self.is_clean() => Ok(value),
            _ => Err(Violations(self.into_vec())),
        }
    }

    fn into_vec(self) -> Vec<Violation> {
        let Self { mut listed, more } = self;
        if more > 0 {
            listed.push(Violation::new("errors", ViolationKind::More(more)));
        }
        listed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_a_thousand_times_is_counted() {
        let mut part = Checks::default();
        for n in 0..1_000 {
            part.add(format!("lines[{n}]"), "is wrong");
        }
        let Violations(listed) = part.finish(Some(())).unwrap_err();
        assert_eq!(listed.len(), MAX_LISTED + 1);
        assert_eq!(listed[MAX_LISTED].to_string(), "errors: 950 more things are wrong");
        let mut whole = Checks::default();
        whole.add("name", "is wrong");
        whole.absorb::<()>("menu.", Err(Violations(listed)));
        let Violations(listed) = whole.finish(Some(())).unwrap_err();
        assert_eq!((listed.len(), &*listed[1].field), (MAX_LISTED + 1, "menu.lines[0]"));
        assert_eq!(listed[MAX_LISTED].kind, ViolationKind::More(951));
        assert!(Checks::default().is_clean());
    }
}
