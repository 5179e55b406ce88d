//! What the board says about the money of an order: cash that is due or was collected, and payments
//! that failed.

use domain::{
    kitchen::Action, payment::PaymentState, payment_method::MethodKind, ports::OrderView,
};
use maud::{Markup, html};

use super::KitchenPage;
use crate::icons;

/// The cash that is due at hand-over, as text.
fn due(page: &KitchenPage<'_>, view: &OrderView) -> Option<String> {
    let order = view.order.as_ref()?;
    let is_due = match &view.payment {
        Some(payment) => payment.state == PaymentState::Due,
        None => order.payment_method.kind() == MethodKind::Cash,
    };
    is_due.then(|| page.reader.money(order.total()))
}

/// What a cook must know before the order is cooked or handed over.
pub(super) fn on_slip(page: &KitchenPage<'_>, view: &OrderView) -> Markup {
    let words = &page.words().slip;
    let has_failed = view.payment.as_ref().is_some_and(|payment| {
        payment.capture_failed_at.is_some() && payment.captured_at.is_none()
    });
    html! {
        @if let Some(sum) = due(page, view) {
            p.cash { (icons::cash()) ((words.cash)(&sum)) }
        }
        @if has_failed {
            p.cook-note.alarm { (icons::warning()) (words.payment_failed) }
        }
    }
}

/// The label of an action's button. Handing over an order that is due in cash collects it.
pub(super) fn label(page: &KitchenPage<'_>, view: &OrderView, action: Action) -> String {
    let words = &page.words().slip;
    match due(page, view) {
        Some(sum) if action == Action::Complete => (words.complete_cash)(&sum),
        _ => (words.action)(action).to_owned(),
    }
}

/// The cash that was collected.
pub(super) fn collected(page: &KitchenPage<'_>, view: &OrderView) -> Option<String> {
    let payment = view.payment.as_ref().filter(|p| p.state == PaymentState::Collected)?;
    Some((page.words().slip.collected)(&page.reader.money(payment.amount)))
}
