//! Why the program ends before it should: one clear line, and an exit code of `sysexits.h`.

use std::fmt;

use kafka::KafkaError;

/// The exit code of wrong flags, variables or files of settings.
pub(crate) const EX_USAGE: u8 = 64;

/// Names as a sentence has them: `A`, `A and B`, `A, B and C`.
pub(crate) fn enumerate(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A reason to stop, told to whoever started the program.
#[derive(Debug)]
pub(crate) struct Fault {
    code: u8,
    message: String,
}

impl Fault {
    /// Wrong flags, variables or files of settings (`EX_USAGE`).
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { code: EX_USAGE, message: message.into() }
    }

    /// All that is wrong with the settings, at once.
    pub(crate) fn wrong_settings(wrong: &[String]) -> Self {
        Self::usage(wrong.join("; "))
    }

    /// Something it needs is not there or not answering (`EX_UNAVAILABLE`).
    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self { code: 69, message: message.into() }
    }

    /// The operating system refused (`EX_OSERR`).
    pub(crate) fn system(message: impl Into<String>) -> Self {
        Self { code: 71, message: message.into() }
    }

    /// A file or folder cannot be written (`EX_CANTCREAT`).
    pub(crate) fn cannot_write(message: impl Into<String>) -> Self {
        Self { code: 73, message: message.into() }
    }

    /// Somebody else has to grant it first (`EX_NOPERM`).
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
