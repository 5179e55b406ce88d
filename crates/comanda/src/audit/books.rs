//! What the gateway's own books say, held against the topics.

use domain::money::Money;
use stripe::Capture;

use super::{
    evidence::{Evidence, print},
    finding::{Finding, Group},
};

/// The gateway, as people read it.
pub(super) const GATEWAY: &str = "the gateway's books";

impl Evidence {
    /// Adds a refund. Refunds come before intents.
    pub(super) fn refund(&mut self, intent: String, minor: i64) {
        *self.refunds.entry(intent).or_default() += minor;
    }

    /// Adds an intent; those that took nothing are no capture.
    pub(super) fn capture(&mut self, capture: &Capture) {
        if capture.amount_minor == 0 {
            return;
        }
        self.captures += 1;
        let taken = capture.currency.parse().ok().map(|c| Money::new(capture.amount_minor, c));
        let amount = taken.map_or_else(
            || format!("{} {} (minor units)", capture.amount_minor, capture.currency),
            |money| money.to_string(),
        );
        let refunded = self.refunds.remove(&capture.intent_id).unwrap_or_default();
        let intent = &capture.intent_id;
        let Some(named) = &capture.order_id else {
            return self.wrong(intent, format!("the gateway took {amount} for no order"));
        };
        let Some((id, order)) = self.known(named, GATEWAY) else { return };
        order.refunded_minor += refunded;
        let Some(placed) = order.placed else { return };
        let expected = order.payment == Some(print(intent)) && taken == Some(placed.total);
        match (expected, order.is_decided()) {
            (true, _) => order.captures = order.captures.saturating_add(1),
            // Its outcome may be on its way.
            (false, false) => self.findings.push(Finding::new(
                id.to_string(),
                format!("is not decided, and the gateway took {amount} by {intent}"),
                Some(Group::TRANSACTIONS),
            )),
            (false, true) => {
                let told = format!(
                    "the gateway took {amount} by {intent}, which is not the one payment of {} \
                     that was announced",
                    placed.total
                );
                self.wrong(&id, told);
            }
        }
    }
}
