//! Failures, by step and cause.

use std::{fmt, time::Duration};

use domain::ports::{MailError, Unavailable};
use lettre::transport::smtp::Error;

/// Maximum length of a server's message that is passed on, in characters.
const MAX_MESSAGE_CHARS: usize = 500;

/// The step at which a delivery failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Connect,
    /// The greeting and `EHLO`.
    Greet,
    Tls,
    Auth,
    /// `MAIL FROM`.
    From,
    /// `RCPT TO`.
    To,
    /// `DATA`.
    Data,
    /// The text, and the dot after it.
    Text,
}

/// The cause of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Timeout.
    Late(Duration),
    /// The connection ended, or the reply was unexpected.
    Broken(String),
    /// The server refused.
    Refused { code: u16, words: String },
}

/// A failed delivery; after [`Step::Text`], the server may have accepted the mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) step: Step,
    pub(super) cause: Cause,
}

impl Failure {
    pub(super) fn new(step: Step, error: &Error) -> Self {
        // lettre's message is "permanent error (550): …"; its source is the server's message.
        let words = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        let cause = match error.status() {
            Some(code) => Cause::Refused { code: code.into(), words: truncate(&words) },
            None => Cause::Broken(truncate(&error.to_string())),
        };
        Self { step, cause }
    }

    /// Whether the connection was stale and the mail certainly not accepted, since its text was not
    /// sent.
    pub(super) fn is_stale(&self) -> bool {
        let has_ended = match &self.cause {
            Cause::Broken(_) => true,
            // "Closing transmission channel", the usual reply to a client idle for too long.
            Cause::Refused { code, .. } => *code == 421,
            Cause::Late(_) => false,
        };
        has_ended && self.step < Step::Text
    }

    /// Whether the server refused this mail only, and the connection can be used again.
    pub(super) fn is_of_this_mail(&self) -> bool {
        self.mail_refusal().is_some()
    }

    /// Code and message, if the server refused this mail only. Before `RCPT TO` it does not know the
    /// mail, and 421 closes the connection.
    fn mail_refusal(&self) -> Option<(u16, &str)> {
        match &self.cause {
            Cause::Refused { code, words } if self.step >= Step::To => {
                (*code != 421 && !is_about_us(*code)).then_some((*code, words))
            }
            _ => None,
        }
    }
}

/// Refusals of the client, whatever the mail: authentication required (530), authentication failed
/// or too weak (534, 535), TLS required (538), bad sequence of commands (503) (RFC 4954 §6,
/// RFC 5321).
const fn is_about_us(code: u16) -> bool {
    matches!(code, 503 | 530 | 534 | 535 | 538)
}

fn truncate(words: &str) -> String {
    words.chars().take(MAX_MESSAGE_CHARS).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "the connection",
            Self::Greet => "the greeting",
            Self::Tls => "TLS",
            Self::Auth => "the password",
            Self::From => "the sender",
            Self::To => "the recipient",
            Self::Data => "DATA",
            Self::Text => "the mail itself",
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = self.step;
        match &self.cause {
            Cause::Late(limit) => write!(f, "no answer to {step} within {} s", limit.as_secs()),
            Cause::Broken(error) => write!(f, "{step}: {error}"),
            Cause::Refused { code, words } => match (step, *code) {
                (Step::Auth, 500..) => {
                    write!(f, "it refuses user name and password of SMTP_URL: {code} {words}")
                }
                (_, code) if is_about_us(code) => {
                    write!(f, "it refuses us, not the mail (see SMTP_URL): {code} {words}")
                }
                (Step::From, 500..) => write!(f, "it refuses our sender: {code} {words}"),
                _ => write!(f, "it refuses {step}: {code} {words}"),
            },
        }
    }
}

impl From<Failure> for MailError {
    fn from(failure: Failure) -> Self {
        match failure.mail_refusal() {
            Some((code @ 500.., words)) => Self::Never(format!("{code} {words}")),
            Some((code, words)) => Self::Later(format!("{code} {words}")),
            None => Self::Unavailable(Unavailable::new("mail server", failure)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(step: Step, code: u16) -> Failure {
        Failure { step, cause: Cause::Refused { code, words: "as it says".to_owned() } }
    }

    #[test]
    fn only_refusals_of_a_mail_are_later_or_never() {
        let mapped = |step, code| MailError::from(refused(step, code));
        for step in [Step::Greet, Step::Tls, Step::Auth, Step::From] {
            for code in [421, 450, 454, 530, 535, 550, 552, 554] {
                assert!(matches!(mapped(step, code), MailError::Unavailable(_)), "{step} {code}");
            }
        }
        for step in [Step::To, Step::Data, Step::Text] {
            for code in [550, 552, 554] {
                assert!(matches!(mapped(step, code), MailError::Never(_)), "{step} {code}");
            }
            for code in [450, 451, 452] {
                assert!(matches!(mapped(step, code), MailError::Later(_)), "{step} {code}");
            }
            for code in [421, 503, 530, 535] {
                assert!(matches!(mapped(step, code), MailError::Unavailable(_)), "{step} {code}");
            }
        }
        let never = mapped(Step::To, 550);
        assert_eq!(never, MailError::Never("550 as it says".to_owned()));
        let wait = mapped(Step::Auth, 535).to_string();
        assert!(wait.contains("user name and password of SMTP_URL: 535 as it says"), "{wait}");
    }

    #[test]
    fn a_connection_is_stale_only_before_the_text() {
        let broken = |step| Failure { step, cause: Cause::Broken("reset".to_owned()) };
        assert!(broken(Step::From).is_stale() && refused(Step::Data, 421).is_stale());
        assert!(!broken(Step::Text).is_stale() && !refused(Step::Text, 421).is_stale());
        assert!(!refused(Step::From, 450).is_stale());
        assert!(refused(Step::To, 550).is_of_this_mail());
        assert!(!refused(Step::To, 421).is_of_this_mail());
    }
}
