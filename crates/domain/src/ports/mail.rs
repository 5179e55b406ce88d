//! Mail: which there are, one ready to send, the way out, and what has gone out.

use std::{fmt, future::Future, str::FromStr};

use jiff::Timestamp;

use super::Unavailable;
use crate::{ids::OrderId, status::Status, text::Email};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $text:literal),* $(,)?) => {
        /// Which mail of an order. Each is sent at most once, but for what SMTP cannot promise.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum MailKind {
            $($(#[$doc])* $name,)*
        }

        impl MailKind {
            /// Every kind.
            pub const ALL: &[MailKind] = &[$(MailKind::$name),*];

            /// The name in the send ledger and in message ids. It never changes: a mail that was
            /// sent under another name would be sent again.
            pub const fn name(self) -> &'static str {
                match self { $(MailKind::$name => $text,)* }
            }
        }
    };
}

kinds! {
    /// Paid: the receipt.
    Confirmed "confirmed",
    /// Not paid: why, and what to do.
    Declined "declined",
    /// Cooked: to be collected, or waiting for the courier.
    Ready "ready",
    /// Given to the courier.
    OnItsWay "on_its_way",
    /// Called off, by whom, and what becomes of the money.
    Cancelled "cancelled",
    /// The money went back.
    Refunded "refunded",
    /// Neither paid nor not paid for a while: that nothing is lost and nothing is to be done.
    Checking "checking",
}

impl MailKind {
    /// True if this mail tells nothing that matters any more, now that its order has this status:
    /// what was ready was collected, what was on its way has come, what was being checked is known.
    ///
    /// Never true of what documents money or ends an order: the receipt, the refund, and the word
    /// that it was called off.
    pub fn is_superseded(self, now: Status) -> bool {
        match self {
            Self::Confirmed | Self::Refunded | Self::Cancelled => false,
            Self::Checking => now > Status::Placed,
            Self::Ready => now > Status::Ready,
            Self::OnItsWay => now > Status::OutForDelivery,
            Self::Declined => now > Status::Declined,
        }
    }
}

/// A text that names no kind of mail.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a kind of mail")]
pub struct UnknownMailKind;

impl FromStr for MailKind {
    type Err = UnknownMailKind;

    fn from_str(text: &str) -> Result<Self, UnknownMailKind> {
        Self::ALL.iter().copied().find(|kind| kind.name() == text).ok_or(UnknownMailKind)
    }
}

impl fmt::Display for MailKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A mail ready to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Unique and the same at every attempt, without angle brackets.
    pub message_id: String,
    /// The message id of the mail that this one belongs below, so that mail programs show all
    /// mails of an order together. It need not have been sent.
    pub follows: Option<String>,
    /// To whom: name and address.
    pub to: (String, Email),
    /// One line.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same as a page.
    pub html: String,
}

/// Why a mail was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// The server does not answer, or refuses us rather than the mail: no other mail would go out.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The server says not now (4xx) to this mail, in its own words; others go out meanwhile.
    #[error("the mail server takes it later: {0}")]
    Later(String),
    /// The server says never (5xx) to this mail, in its own words.
    #[error("the mail server refused: {0}")]
    Never(String),
}

/// Sends mail.
pub trait Mailer: Send + Sync + 'static {
    /// Sends one mail; `Ok` once the server has taken it.
    fn send(&self, mail: Mail) -> impl Future<Output = Result<(), MailError>> + Send;
}

/// Which mails were sent.
pub trait SendLedger: Send + Sync + 'static {
    /// True if the mail was sent before.
    fn is_sent(
        &self,
        order: OrderId,
        kind: MailKind,
    ) -> impl Future<Output = Result<bool, Unavailable>> + Send;

    /// Records a mail as sent.
    fn record_sent(
        &self,
        order: OrderId,
        kind: MailKind,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_mails_stay() {
        let names: Vec<_> = MailKind::ALL.iter().map(|kind| kind.name()).collect();
        let stable =
            ["confirmed", "declined", "ready", "on_its_way", "cancelled", "refunded", "checking"];
        assert_eq!(names, stable, "sent mails are known by these names");
        for kind in MailKind::ALL {
            assert_eq!(kind.name().parse(), Ok(*kind));
        }
        assert_eq!("Confirmed".parse::<MailKind>(), Err(UnknownMailKind));
    }

    #[test]
    fn news_grow_old_and_documents_do_not() {
        for status in Status::ALL {
            for kind in [MailKind::Confirmed, MailKind::Refunded, MailKind::Cancelled] {
                assert!(!kind.is_superseded(*status), "{kind} {status}");
            }
        }
        let told = [
            (MailKind::Checking, Status::Placed),
            (MailKind::Ready, Status::Ready),
            (MailKind::OnItsWay, Status::OutForDelivery),
            (MailKind::Declined, Status::Declined),
        ];
        for (kind, tells) in told {
            for status in Status::ALL {
                assert_eq!(kind.is_superseded(*status), *status > tells, "{kind} {status}");
            }
        }
    }
}
