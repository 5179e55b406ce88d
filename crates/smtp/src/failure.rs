//! What went wrong, where, and whose fault it is.

use std::{fmt, time::Duration};

use domain::ports::{MailError, Unavailable};
use lettre::transport::smtp::Error;

/// The longest words of a server that are passed on, in characters.
const WORDS_CHARS: usize = 500;

/// How far a mail had come.
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

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// No answer in time.
    Late(Duration),
    /// The connection ended, or the answer makes no sense.
    Broken(String),
    /// The server refused.
    Refused { code: u16, words: String },
}

/// A mail that was not taken, or of which that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) step: Step,
    pub(super) cause: Cause,
}

impl Failure {
    pub(super) fn new(step: Step, error: &Error) -> Self {
        // lettre says "permanent error (550): …"; its source is what the server said.
        let said = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        let cause = match error.status() {
            Some(code) => Cause::Refused { code: code.into(), words: short(&said) },
            None => Cause::Broken(short(&error.to_string())),
        };
        Self { step, cause }
    }

    /// True if this says no more than that the connection no longer stood, and the mail was
    /// certainly not taken: its text was not sent.
    pub(super) fn is_stale(&self) -> bool {
        let ended = match &self.cause {
            Cause::Broken(_) => true,
            // "Closing transmission channel": most servers say so when a client rests for long.
            Cause::Refused { code, .. } => *code == 421,
            Cause::Late(_) => false,
        };
        ended && self.step < Step::Text
    }

    /// True if the server goes on listening: it refused one mail, not the connection.
    pub(super) fn leaves_connection(&self) -> bool {
        self.of_this_mail().is_some()
    }

    /// The server's words, if it refused this one mail, for now or for good. Until `RCPT TO` it has
    /// not heard of the mail, only of us; and who says that it closes (421) refuses everybody.
    fn of_this_mail(&self) -> Option<(u16, &str)> {
        match &self.cause {
            Cause::Refused { code, words } if self.step >= Step::To => {
                (*code != 421 && !is_about_us(*code)).then_some((*code, words))
            }
            _ => None,
        }
    }
}

/// Refusals that no other mail would escape: without a password (530), with a wrong or too weak
/// one (534, 535), without TLS (538), of a command out of order (503) (RFC 4954 §6, RFC 5321).
const fn is_about_us(code: u16) -> bool {
    matches!(code, 503 | 530 | 534 | 535 | 538)
}

fn short(words: &str) -> String {
    words.chars().take(WORDS_CHARS).map(|c| if c.is_control() { ' ' } else { c }).collect()
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
        match failure.of_this_mail() {
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
    fn later_and_never_are_said_of_a_mail_and_not_of_us() {
        let told = |step, code| MailError::from(refused(step, code));
        for step in [Step::Greet, Step::Tls, Step::Auth, Step::From] {
            for code in [421, 450, 454, 530, 535, 550, 552, 554] {
                assert!(matches!(told(step, code), MailError::Unavailable(_)), "{step} {code}");
            }
        }
        for step in [Step::To, Step::Data, Step::Text] {
            for code in [550, 552, 554] {
                assert!(matches!(told(step, code), MailError::Never(_)), "{step} {code}");
            }
            for code in [450, 451, 452] {
                assert!(matches!(told(step, code), MailError::Later(_)), "{step} {code}");
            }
            for code in [421, 503, 530, 535] {
                assert!(matches!(told(step, code), MailError::Unavailable(_)), "{step} {code}");
            }
        }
        let never = told(Step::To, 550);
        assert_eq!(never, MailError::Never("550 as it says".to_owned()));
        let wait = told(Step::Auth, 535).to_string();
        assert!(wait.contains("user name and password of SMTP_URL: 535 as it says"), "{wait}");
    }

    #[test]
    fn only_before_the_text_a_connection_can_be_merely_stale() {
        let broken = |step| Failure { step, cause: Cause::Broken("reset".to_owned()) };
        assert!(broken(Step::From).is_stale() && refused(Step::Data, 421).is_stale());
        assert!(!broken(Step::Text).is_stale() && !refused(Step::Text, 421).is_stale());
        assert!(!refused(Step::From, 450).is_stale());
        assert!(refused(Step::To, 550).leaves_connection());
        assert!(!refused(Step::To, 421).leaves_connection());
    }
}
