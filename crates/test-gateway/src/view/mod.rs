//! The objects as Stripe shows them.

mod charge;
mod event;
mod intent;
mod problem;
mod refund;

pub(crate) use charge::ChargeView;
pub(crate) use event::EventView;
pub(crate) use intent::IntentView;
pub(crate) use problem::ErrorView;
pub(crate) use refund::RefundView;

/// Stripe counts seconds.
fn seconds(unix_ms: i64) -> i64 {
    unix_ms.div_euclid(1_000)
}

/// A field that is always `null` here, kept because clients expect it.
type Absent = Option<()>;
