//! The objects as Stripe shows them.

mod charge;
mod intent;
mod problem;
mod refund;

pub(super) use charge::ChargeView;
pub(super) use intent::IntentView;
pub(super) use problem::ErrorView;
pub(super) use refund::RefundView;

/// Stripe counts seconds.
fn seconds(unix_ms: i64) -> i64 {
    unix_ms.div_euclid(1_000)
}

/// A field that is always `null` here, kept because clients expect it.
type Absent = Option<()>;
