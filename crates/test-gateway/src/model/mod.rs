//! The objects of the ledger and the rules of their changes; no I/O, no clock.

mod balance;
mod card;
mod challenge;
mod change;
mod charge;
mod decline;
mod dispute;
mod ids;
mod intent;
mod metadata;
mod method;
mod money;
mod refund;
mod secret;
mod token;
mod words;

pub(crate) use balance::{BalanceTransaction, TransactionSource};
pub(crate) use card::CardNumber;
pub(crate) use challenge::{Challenge, FailedAuthentication};
pub(crate) use change::{Change, IllegalChange};
pub(crate) use charge::{Charge, ChargeOutcome};
pub(crate) use decline::DeclineCode;
pub(crate) use dispute::{Dispute, DisputeReason};
pub(crate) use ids::{
    ChallengeId, ChargeId, DisputeId, EventId, IntentId, RefundId, RequestId, TokenId,
    TransactionId,
};
pub(crate) use intent::{Intent, IntentDetails, Refusal, State};
pub(crate) use metadata::Metadata;
pub(crate) use method::{ConfirmOutcome, Method};
pub(crate) use money::{Amount, AmountError, Currency};
pub(crate) use refund::Refund;
pub(crate) use secret::ClientSecret;
pub(crate) use token::{CardExpiry, ConfirmationToken, ElementsSetup, TokenRefusal};
pub(crate) use words::{CancelReason, CaptureMethod, RefundReason};

/// Whether a field need not be stored.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
