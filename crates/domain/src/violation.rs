//! Why input was refused, told field by field.

use std::fmt;

/// One thing that is wrong with the input, at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where, as a path a client can map to its form: `lines[0].quantity`.
    pub field: String,
    /// What is wrong and what would be right, as a sentence without a final stop.
    pub message: String,
}

impl Violation {
    /// A violation at `field`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// Every violation found in one input; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct Refused(pub Vec<Violation>);

impl Refused {
    /// A refusal for a single reason.
    pub fn one(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self(vec![Violation::new(field, message)])
    }
}

/// Collects violations while checking goes on, so that a person sees all of them at once.
#[derive(Debug, Default)]
pub struct Checks(Vec<Violation>);

impl Checks {
    /// Keeps the value, or notes the error under `field`.
    pub fn take<T>(
        &mut self,
        field: impl Into<String>,
        value: Result<T, impl fmt::Display>,
    ) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(error) => {
                self.add(field, error.to_string());
                None
            }
        }
    }

    /// Notes a violation.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(Violation::new(field, message));
    }

    /// Adds the violations of a part, their fields prefixed with `prefix`.
    pub fn absorb<T>(&mut self, prefix: &str, part: Result<T, Refused>) -> Option<T> {
        match part {
            Ok(value) => Some(value),
            Err(Refused(violations)) => {
                self.0.extend(violations.into_iter().map(|violation| Violation {
                    field: format!("{prefix}{}", violation.field),
                    message: violation.message,
                }));
                None
            }
        }
    }

    /// True while nothing was found.
    pub fn is_clean(&self) -> bool {
        self.0.is_empty()
    }

    /// The value if nothing was found and it is there, else everything that was found.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Refused> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(Refused(self.0)),
        }
    }
}
