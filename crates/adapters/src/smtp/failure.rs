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
        let refused = |code: u16| code != 421 && !is_about_us(code);
        self.step >= Step::To && matches!(self.cause, Cause::Refused { code, .. } if refused(code))
    }

    /// True if another attempt would end the same way: refused for good, and because of this mail.
    /// Until `RCPT TO` the server has not heard of the mail, only of us.
    fn is_final(&self) -> bool {
        self.step >= Step::To
            && matches!(self.cause, Cause::Refused { code, .. } if code >= 500 && !is_about_us(code))
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
        match &failure.cause {
            Cause::Refused { code, words } if failure.is_final() => {
                Self::Never(format!("{code} {words}"))
            }
            _ => Self::Later(Unavailable::new("mail server", failure)),
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
    fn never_is_said_of_a_mail_and_not_of_us() {
        let is_never = |step, code| matches!(refused(step, code).into(), MailError::Never(_));
        for step in [Step::Greet, Step::Tls, Step::Auth, Step::From] {
            for code in [421, 454, 530, 535, 550, 552, 554] {
                assert!(!is_never(step, code), "{step} {code}");
            }
        }
        for step in [Step::To, Step::Data, Step::Text] {
            assert!([550, 552, 554].iter().all(|code| is_never(step, *code)), "{step}");
            assert!([421, 450, 451, 503, 530, 535].iter().all(|code| !is_never(step, *code)));
        }
        let never = MailError::from(refused(Step::To, 550));
        assert_eq!(never.to_string(), "the mail server refused: 550 as it says");
        let later = MailError::from(refused(Step::Auth, 535)).to_string();
        assert!(later.contains("user name and password of SMTP_URL: 535 as it says"), "{later}");
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
