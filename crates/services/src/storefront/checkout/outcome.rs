//! The first outcome of an order's payment, for a customer who waits for it on the checkout.

use ::events::Publisher;
use domain::{ids::OrderId, payment::DeclineReason, ports::OrderBook, status::Status};

use crate::{live::OrderActivity, storefront::Storefront};

impl<B: OrderBook, P: Publisher> Storefront<B, P> {
    /// Waits until the outcome of the payment is known, but not for long. Returns why it was
    /// declined, if the same cart may be ordered again; everything else is for the order's page.
    pub(super) async fn wait_for_decline(&self, order: OrderId) -> Option<DeclineReason> {
        let mut activity = self.live.watch(order);
        let decided = activity.wait_for(|activity| is_decided(activity));
        let decided = tokio::time::timeout(self.outcome_timeout, decided).await.ok()?.ok()?;
        reason(&decided).filter(|reason| may_order_again(*reason))
    }
}

/// True if the customer need not wait here: also once the bank asks for authentication, which is
/// done from the order's page.
fn is_decided(activity: &OrderActivity) -> bool {
    activity.authenticate_until.is_some()
        || activity.steps.iter().any(|step| step.status != Status::Placed)
}

fn reason(activity: &OrderActivity) -> Option<DeclineReason> {
    let declined = activity.steps.iter().find(|step| step.status == Status::Declined)?;
    Some(
        declined
            .reason
            .as_deref()
            .and_then(|name| name.parse().ok())
            .unwrap_or(DeclineReason::Other),
    )
}

/// True if another card, or another dish, may help.
const fn may_order_again(reason: DeclineReason) -> bool {
    match reason {
        DeclineReason::CardDeclined
        | DeclineReason::InsufficientFunds
        | DeclineReason::AuthenticationRequired
        | DeclineReason::AuthenticationFailed
        | DeclineReason::AuthenticationTimeout
        | DeclineReason::InvalidPaymentMethod
        | DeclineReason::OutOfStock
        | DeclineReason::PaymentTimeout => true,
        DeclineReason::Cancelled | DeclineReason::NotVerified | DeclineReason::Other => false,
    }
}
