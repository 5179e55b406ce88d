//! The gateway's own books, compared with the topics.

use domain::money::Money;
use stripe::Capture;

use super::{
    evidence::{Evidence, fingerprint},
    finding::{Finding, Group},
};

/// The name of the gateway's books in findings.
pub(super) const GATEWAY: &str = "the gateway's books";

impl Evidence {
    /// Adds a refund. All refunds are added before the first capture.
    pub(super) fn add_refund(&mut self, intent: String, minor: i64) {
        *self.refunds.entry(intent).or_default() += minor;
    }

    /// Adds an intent, unless it neither took nor holds money, or may be that of an order that is
    /// left out.
    pub(super) fn add_capture(&mut self, capture: &Capture) {
        let is_known = |id: &String| id.parse().is_ok_and(|id| self.orders.contains_key(&id));
        if self.scope.is_partial() && !capture.order_id.as_ref().is_some_and(is_known) {
            return;
        }
        let (minor, deed) = match (capture.amount_minor, capture.held_minor) {
            (0, 0) => return,
            (0, held) => (held, "holds"),
            (taken, _) => (taken, "captured"),
        };
        let is_held = capture.amount_minor == 0;
        *if is_held { &mut self.holds } else { &mut self.captures } += 1;
        let money = capture.currency.parse().ok().map(|c| Money::new(minor, c));
        let amount = money.map_or_else(
            || format!("{minor} {} (minor units)", capture.currency),
            |money| money.to_string(),
        );
        let refunded = self.refunds.remove(&capture.intent_id).unwrap_or_default();
        let intent = &capture.intent_id;
        let Some(named) = &capture.order_id else {
            return self
                .add_contradiction(intent, format!("the gateway {deed} {amount} for no order"));
        };
        let Some((id, order)) = self.find_order(named, GATEWAY) else { return };
        order.refunded_minor += refunded;
        let Some(placed) = order.placed else { return };
        let expected = order.payment == Some(fingerprint(intent)) && money == Some(placed.total);
        match (expected, order.is_decided()) {
            (true, _) => {
                let count = if is_held { &mut order.holds } else { &mut order.captures };
                *count = count.saturating_add(1);
            }
            // Its outcome may not be published yet.
            (false, false) => self.findings.push(Finding::new(
                id.to_string(),
                format!("is not decided, and the gateway {deed} {amount} by {intent}"),
                Some(Group::TRANSACTIONS),
            )),
            (false, true) => {
                let problem = format!(
                    "the gateway {deed} {amount} by {intent}, which is not the published payment \
                     of {}",
                    placed.total
                );
                self.add_contradiction(&id, problem);
            }
        }
    }
}
