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

/// An error of any kind, or a text.
type AnyError = Box<dyn Error + Send + Sync>;

/// A fatal error, for the person who started the program.
#[derive(Debug)]
pub(crate) struct Fault {
    code: u8,
    error: AnyError,
    cause: Option<AnyError>,
}

impl Fault {
    fn new(code: u8, error: impl Into<AnyError>) -> Self {
        Self { code, error: error.into(), cause: None }
    }

    /// Wrong flags, variables or settings files (`EX_USAGE`).
    pub(crate) fn usage(error: impl Into<AnyError>) -> Self {
        Self::new(EX_USAGE, error)
    }

    /// All problems with the settings at once.
    pub(crate) fn wrong_settings(wrong: &[String]) -> Self {
        Self::usage(wrong.join("; "))
    }

    /// Something that the program needs is missing or does not answer (`EX_UNAVAILABLE`).
    pub(crate) fn unavailable(error: impl Into<AnyError>) -> Self {
        Self::new(69, error)
    }

    /// The operating system refused something (`EX_OSERR`).
    pub(crate) fn system(error: impl Into<AnyError>) -> Self {
        Self::new(71, error)
    }

    /// A file or folder cannot be written (`EX_CANTCREAT`).
    pub(crate) fn cannot_write(error: impl Into<AnyError>) -> Self {
        Self::new(73, error)
    }

    /// A permission is missing (`EX_NOPERM`).
    pub(crate) fn denied(error: impl Into<AnyError>) -> Self {
        Self::new(77, error)
    }

    /// The same with a cause, where the error is a text.
    pub(crate) fn with_cause(self, cause: impl Into<AnyError>) -> Self {
        Self { cause: Some(cause.into()), ..self }
    }

    /// The exit code.
    pub(crate) fn code(&self) -> u8 {
        self.code
    }
}

impl From<KafkaError> for Fault {
    fn from(error: KafkaError) -> Self {
        match error {
            KafkaError::Settings(_) | KafkaError::Partitions { .. } => Self::usage(error),
            KafkaError::Denied { .. } => Self::denied(error),
            KafkaError::Unreachable { .. }
            | KafkaError::Unserved(_)
            | KafkaError::Topic { .. }
            | KafkaError::Read(_) => Self::unavailable(error),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map_or_else(|| self.error.source(), |cause| Some(cause))
    }
}

#[cfg(test)]
mod tests {
    use domain::causes::with_causes;

    use super::*;

    #[test]
    fn a_fault_keeps_the_causes_of_its_error() {
        let refused = || std::io::Error::other("refused");
        let fault = Fault::cannot_write("cannot write x").with_cause(refused());
        assert_eq!((with_causes(&fault).as_str(), fault.code()), ("cannot write x: refused", 73));
        let open = sql::OpenError::Address(Box::new(refused()));
        let text = open.to_string();
        assert_eq!(with_causes(&Fault::usage(open)), text, "what is in the text is not repeated");
    }
}
