//! Mails: the kinds, a mail ready to send, the mail server and the send ledger.

use std::{fmt, future::Future, str::FromStr};

use jiff::Timestamp;

use super::Unavailable;
use crate::{ids::OrderId, payment::PaymentState, status::Status, text::Email};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $text:literal),* $(,)?) => {
        /// The kind of a mail about an order. Each is sent at most once, as far as SMTP can
        /// guarantee.
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
    /// Verified: the receipt, if it was paid at once.
    Confirmed "confirmed",
    /// Not paid: the reason, and what to do.
    Declined "declined",
    /// Cooked: ready for collection or waiting for the courier.
    Ready "ready",
    /// Handed to the courier.
    OnItsWay "on_its_way",
    /// Cancelled: by whom, and whether there is a refund.
    Cancelled "cancelled",
    /// Refunded.
    Refunded "refunded",
    /// The payment is undecided for a while: nothing is lost, and nothing needs to be done.
    Checking "checking",
    /// The bank waits for the customer to authenticate.
    Authentication "authentication",
    /// Paid after it was confirmed: the receipt.
    Receipt "receipt",
}

impl MailKind {
    /// True if this mail is outdated once its order has the status `now`: what was ready has been
    /// collected, what was on its way has arrived, what was being checked is known.
    ///
    /// Never true for mails that document money or the end of an order: receipt, refund and
    /// cancellation.
    pub fn is_superseded(self, now: Status) -> bool {
        match self {
            Self::Confirmed | Self::Receipt | Self::Refunded | Self::Cancelled => false,
            Self::Checking | Self::Authentication => now > Status::Placed,
            Self::Ready => now > Status::Ready,
            Self::OnItsWay => now > Status::OutForDelivery,
            Self::Declined => now > Status::Declined,
        }
    }
}

impl MailKind {
    /// True if a payment in this state is what a mail about an undecided order reports.
    pub fn fits(self, payment: Option<PaymentState>) -> bool {
        let waits = payment == Some(PaymentState::ActionRequired);
        match self {
            Self::Checking => !waits,
            Self::Authentication => waits,
            _ => true,
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
    /// Unique, and the same for each attempt; without angle brackets.
    pub message_id: String,
    /// The message id of the mail that this one replies to, so that mail programs group all mails
    /// of an order. That mail need not have been sent.
    pub follows: Option<String>,
    /// The recipient: name and address.
    pub to: (String, Email),
    /// One line.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML version.
    pub html: String,
}

/// Why a mail was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// The server does not respond or refuses the connection: no other mail could be sent either.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// A temporary refusal of this mail (4xx), with the server's text; other mails can be sent.
    #[error("the mail server takes it later: {0}")]
    Later(String),
    /// A permanent refusal of this mail (5xx), with the server's text.
    #[error("the mail server refused: {0}")]
    Never(String),
}

/// Sends mail.
pub trait Mailer: Send + Sync + 'static {
    /// Sends one mail; `Ok` once the server has accepted it.
    fn send(&self, mail: Mail) -> impl Future<Output = Result<(), MailError>> + Send;
}

/// The mails that were sent.
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
    fn the_names_of_mails_never_change() {
        let names: Vec<_> = MailKind::ALL.iter().map(|kind| kind.name()).collect();
        let stable = [
            "confirmed",
            "declined",
            "ready",
            "on_its_way",
            "cancelled",
            "refunded",
            "checking",
            "authentication",
            "receipt",
        ];
        assert_eq!(names, stable, "sent mails are known by these names");
        for kind in MailKind::ALL {
            assert_eq!(kind.name().parse(), Ok(*kind));
        }
        assert_eq!("Confirmed".parse::<MailKind>(), Err(UnknownMailKind));
    }

    #[test]
    fn news_are_superseded_and_documents_are_not() {
        for status in Status::ALL {
            let documents =
                [MailKind::Confirmed, MailKind::Receipt, MailKind::Refunded, MailKind::Cancelled];
            for kind in documents {
                assert!(!kind.is_superseded(*status), "{kind} {status}");
            }
        }
        let newest = [
            (MailKind::Checking, Status::Placed),
            (MailKind::Authentication, Status::Placed),
            (MailKind::Ready, Status::Ready),
            (MailKind::OnItsWay, Status::OutForDelivery),
            (MailKind::Declined, Status::Declined),
        ];
        for (kind, reported) in newest {
            for status in Status::ALL {
                assert_eq!(kind.is_superseded(*status), *status > reported, "{kind} {status}");
            }
        }
    }
}
