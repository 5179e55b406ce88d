//! order_details → charge → order_confirmed | order_declined | `order_payments`;
//! (the gateway, the bank, a deadline) → order_confirmed | order_declined;
//! order_progress: accepted → capture, completed → collect cash → `order_payments`;
//! order_progress: cancelled → void, release or refund → order_declined | `order_payments` |
//! order_refunded;
//! order_requests: refund, (a refund at the gateway) → order_refunded | `order_payments`;
//! stock_changes, menu → stock_levels
//!
//! At most one charge per order and one refund per charge, whatever crashes: the payment row is
//! written before the first call to the gateway, the unconfirmed intent is stored before it is
//! confirmed, and a redelivered record starts from the row. [`domain::payment`] decides; `charge`
//! and `refund` act on its decisions, and `webhook` receives the gateway's events.
//!
//! The payment row and the pieces that the order takes are written in one transaction before any
//! call to the gateway: an order without sufficient stock is never charged. Nor is an unsealed
//! order whose price does not match the menu.

mod accepted;
mod charge;
mod gateway_health;
mod gateway_refunds;
mod handler;
mod late;
mod levels;
mod part_refund;
mod pay;
mod payments;
mod refund;
mod stock;
mod verify;
mod webhook;

use domain::{number::OrderNumber, order::Order, payment::ChargeOutcome};
use events::{
    OutgoingRecord, Topic,
    order_confirmed::{self, Verified},
    order_declined,
    order_payments::{self, PaymentNews},
};

use crate::{catalog, declaration::Declaration};

pub use gateway_refunds::RefundLister;
pub use handler::TransactionsHandler;
pub use late::LateOutcomes;
pub use levels::LevelPublisher;
pub use pay::{PayPages, pay_routes};
pub use payments::{PaymentTerms, Payments};
pub use verify::OrderVerifier;
pub use webhook::{Webhooks, routes};

/// The service.
pub const SERVICE: Declaration = Declaration {
    name: "transactions",
    about: "Charges payments",
    port: 8083,
    publishes: &[Topic::StockLevels, Topic::OrderRequests],
    follows: &[catalog::MENUS],
};

/// The event of a charge's outcome; deterministic, so that repetitions are equal.
fn charge_event(
    order: &Order,
    number: Option<OrderNumber>,
    charge: &ChargeOutcome,
) -> OutgoingRecord {
    match charge {
        ChargeOutcome::ActionRequired { at, until } => {
            let news = PaymentNews::ActionRequired { expires_at: *until };
            order_payments::encode_payment(order, news, *at)
        }
        ChargeOutcome::Captured { intent, at } => {
            order_confirmed::encode_confirmed(order, number, Verified::Captured(intent), *at)
        }
        ChargeOutcome::Authorized { intent, at, .. } => {
            order_confirmed::encode_confirmed(order, number, Verified::Authorized(intent), *at)
        }
        ChargeOutcome::Due { at } => {
            order_confirmed::encode_confirmed(order, number, Verified::Due, *at)
        }
        ChargeOutcome::Declined { reason, at } => {
            order_declined::encode_declined(order, *reason, *at)
        }
    }
}
