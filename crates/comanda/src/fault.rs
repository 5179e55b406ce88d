//! Fatal errors of the program: one line, and an exit code of `sysexits.h`.

use std::{error::Error, fmt};

use kafka::KafkaError;

/// The exit code for wrong flags, variables or settings files.
pub(crate) const EX_USAGE: u8 = 64;

/// Names as a sentence has them: `A`, `A and B`, `A, B and C`.
pub(crate) fn enumerate(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// An error with its causes, in one line: the outermost first.
pub(crate) fn describe(error: &dyn Error) -> String {
    let (mut text, mut cause) = (error.to_string(), error.source());
    while let Some(error) = cause {
        let because = error.to_string();
        // Some libraries have put it into their own text.
        if !text.ends_with(&because) {
            text = format!("{text}: {because}");
        }
        cause = error.source();
    }
    text
}

/// A fatal error, for the person who started the program.
#[derive(Debug)]
pub(crate) struct Fault {
    code: u8,
    message: String,
}

impl Fault {
    /// Wrong flags, variables or settings files (`EX_USAGE`).
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { code: EX_USAGE, message: message.into() }
    }

    /// All problems with the settings at once.
    pub(crate) fn wrong_settings(wrong: &[String]) -> Self {
        Self::usage(wrong.join("; "))
    }

    /// Something that the program needs is missing or does not answer (`EX_UNAVAILABLE`).
    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self { code: 69, message: message.into() }
    }

    /// The operating system refused something (`EX_OSERR`).
    pub(crate) fn system(message: impl Into<String>) -> Self {
        Self { code: 71, message: message.into() }
    }

    /// A file or folder cannot be written (`EX_CANTCREAT`).
    pub(crate) fn cannot_write(message: impl Into<String>) -> Self {
        Self { code: 73, message: message.into() }
    }

    /// A permission is missing (`EX_NOPERM`).
    pub(crate) fn denied(message: impl Into<String>) -> Self {
        Self { code: 77, message: message.into() }
    }

    /// The exit code.
    pub(crate) fn code(&self) -> u8 {
        self.code
    }
}

impl From<KafkaError> for Fault {
    fn from(error: KafkaError) -> Self {
        let message = error.to_string();
        match error {
            KafkaError::Settings(_) | KafkaError::Partitions { .. } => Self::usage(message),
            KafkaError::Denied { .. } => Self::denied(message),
            KafkaError::Unreachable { .. }
            | KafkaError::Unserved(_)
            | KafkaError::Topic { .. }
            | KafkaError::Read(_) => Self::unavailable(message),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
