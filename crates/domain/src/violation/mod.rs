//! Why input was refused, told field by field.

pub mod account;
pub mod cart;

use std::fmt;

use self::{account::AccountViolation, cart::CartError};
use crate::{
    ids::IdError,
    money::{AmountError, UnknownCurrency},
    text::TextError,
};

/// What is wrong, and what would be right. What customers may meet is told apart, so that pages can
/// say it in their language. Displays as the API tells it: as the rest of a sentence that begins
/// with the field, without a final stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// A text that was typed.
    #[error(transparent)]
    Text(#[from] TextError),
    /// An identifier.
    #[error(transparent)]
    Id(#[from] IdError),
    /// What is ordered.
    #[error(transparent)]
    Cart(#[from] CartError),
    /// An amount that was typed.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// An account or a password.
    #[error(transparent)]
    Account(#[from] AccountViolation),
    /// Not a number of things.
    #[error("must be a whole number")]
    Number,
    /// So many more things, which are not told one by one.
    #[error("{0} more things are wrong")]
    More(usize),
    /// Anything that only staff and clients of the API can do wrong, in English.
    #[error("{0}")]
    Said(String),
}

impl From<String> for Wrong {
    fn from(text: String) -> Self {
        Self::Said(text)
    }
}

impl From<&str> for Wrong {
    fn from(text: &str) -> Self {
        Self::Said(text.to_owned())
    }
}

impl From<UnknownCurrency> for Wrong {
    fn from(error: UnknownCurrency) -> Self {
        Self::Said(error.to_string())
    }
}

/// One thing that is wrong with the input, at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where, as a path a client can map to its form: `lines[0].quantity`.
    pub field: String,
    /// What is wrong there.
    pub wrong: Wrong,
}

impl Violation {
    /// A violation at `field`.
    pub fn new(field: impl Into<String>, wrong: impl Into<Wrong>) -> Self {
        Self { field: field.into(), wrong: wrong.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.wrong)
    }
}

/// Every violation found in one input; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct Refused(pub Vec<Violation>);

impl Refused {
    /// A refusal for a single reason.
    pub fn one(field: impl Into<String>, wrong: impl Into<Wrong>) -> Self {
        Self(vec![Violation::new(field, wrong)])
    }
}

/// Most violations that are told one by one: nobody reads more, and input that is wrong a hundred
/// thousand times would have an answer that is longer than itself.
const TOLD: usize = 50;

/// Collects violations while checking goes on, so that a person sees all of them at once, or how many
/// more there are.
#[derive(Debug, Default)]
pub struct Checks {
    told: Vec<Violation>,
    /// Those that are only counted.
    more: usize,
}

impl Checks {
    /// Keeps the value, or notes the error under `field`.
    pub fn take<T>(
        &mut self,
        field: impl Into<String>,
        value: Result<T, impl Into<Wrong>>,
    ) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(error) => {
                self.add(field, error);
                None
            }
        }
    }

    /// Notes a violation.
    pub fn add(&mut self, field: impl Into<String>, wrong: impl Into<Wrong>) {
        self.note(Violation::new(field, wrong));
    }

    /// Adds the violations of a part, their fields prefixed with `prefix`.
    pub fn absorb<T>(&mut self, prefix: &str, part: Result<T, Refused>) -> Option<T> {
        match part {
            Ok(value) => Some(value),
            Err(Refused(violations)) => {
                for Violation { field, wrong } in violations {
                    self.note(Violation { field: format!("{prefix}{field}"), wrong });
                }
                None
            }
        }
    }

    fn note(&mut self, violation: Violation) {
        match violation.wrong {
            Wrong::More(more) => self.more += more,
            _ if self.told.len() < TOLD => self.told.push(violation),
            _ => self.more += 1,
        }
    }

    /// True while nothing was found.
    pub fn is_clean(&self) -> bool {
        self.told.is_empty() && self.more == 0
    }

    /// The value if nothing was found and it is there, else everything that was found.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Refused> {
        match value {
            Some(value) if self.is_clean() => Ok(value),
            _ => Err(Refused(self.all())),
        }
    }

    fn all(self) -> Vec<Violation> {
        let Self { mut told, more } = self;
        if more > 0 {
            told.push(Violation::new("errors", Wrong::More(more)));
        }
        told
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
        let Refused(told) = part.finish(Some(())).unwrap_err();
        assert_eq!(told.len(), TOLD + 1);
        assert_eq!(told[TOLD].to_string(), "errors: 950 more things are wrong");
        let mut whole = Checks::default();
        whole.add("name", "is wrong");
        whole.absorb::<()>("menu.", Err(Refused(told)));
        let Refused(told) = whole.finish(Some(())).unwrap_err();
        assert_eq!((told.len(), &*told[1].field), (TOLD + 1, "menu.lines[0]"));
        assert_eq!(told[TOLD].wrong, Wrong::More(951));
        assert!(Checks::default().is_clean());
    }
}
