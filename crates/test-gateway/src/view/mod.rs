//! Objects in Stripe's format.

mod balance;
mod card;
mod charge;
mod dispute;
mod event;
mod intent;
mod last_error;
mod next_action;
mod problem;
mod refund;
mod token;

pub(crate) use balance::BalanceTransactionView;
pub(crate) use charge::ChargeView;
pub(crate) use dispute::DisputeView;
pub(crate) use event::EventView;
pub(crate) use intent::{IntentView, PublicIntentView};
pub(crate) use problem::ErrorView;
pub(crate) use refund::RefundView;
use serde::Serialize;
pub(crate) use token::TokenView;

/// Converts to Stripe's timestamps, which are in seconds.
fn seconds(unix_ms: i64) -> i64 {
    unix_ms.div_euclid(1_000)
}

/// Billing details, always empty; clients expect the fields.
#[derive(Debug, Default, Serialize)]
struct BillingDetails {
    address: Absent,
    email: Absent,
    name: Absent,
    phone: Absent,
    tax_id: Absent,
}

/// A field that is always `null`; clients expect it.
type Absent = Option<()>;
