//! The objects of the ledger and the rules of their changes; no I/O, no clock.

mod change;
mod decline;
mod ids;
mod intent;
mod metadata;
mod method;
mod money;
mod refund;

pub(crate) use change::{Change, IllegalChange};
pub(crate) use decline::DeclineCode;
pub(crate) use ids::{ChargeId, EventId, IntentId, RefundId, RequestId};
pub(crate) use intent::{Charge, ChargeOutcome, Intent, Refusal, State};
pub(crate) use metadata::Metadata;
pub(crate) use method::{ConfirmOutcome, Method};
pub(crate) use money::{Amount, AmountError, Currency};
pub(crate) use refund::{CancelReason, Refund, RefundReason};
