//! The one big sentence: what is happening to the order, in the customer's terms.

use domain::{
    kitchen::Requester,
    order::Fulfilment,
    payment::{DeclineReason, PaymentState},
    status::Status,
};

use super::{OrderPage, seller};
use crate::when;

/// What the page says first.
pub(super) struct Story {
    pub(super) sentence: String,
    /// In whose own words, quoted.
    pub(super) said: Option<String>,
    pub(super) more: Option<String>,
    /// The class that colours it.
    pub(super) tone: &'static str,
    /// The one way on, if something is to be done: address and text.
    pub(super) action: Option<(String, &'static str)>,
}

pub(super) fn story(page: &OrderPage<'_>) -> Story {
    let view = page.view;
    let who = seller(page);
    let by = ready_by(page).map(|at| format!(", ready about {at}")).unwrap_or_default();
    let delivery = delivered(page);
    let (sentence, more, tone) = match view.standing.status {
        Status::Placed => (
            "We have your order and are checking the payment.".to_owned(),
            Some("This takes a few seconds. You can close this page; we also write to you.".into()),
            "calm",
        ),
        Status::Confirmed => (
            format!("Paid. {who} is looking at your order."),
            Some("As soon as the kitchen accepts, you see here when it will be ready.".into()),
            "calm",
        ),
        Status::Accepted => (format!("{who} has accepted your order{by}."), None, "calm"),
        Status::Preparing => (format!("{who} is preparing your order{by}."), None, "calm"),
        Status::Ready if delivery => {
            ("Your order is packed and waits for the courier.".to_owned(), None, "good")
        }
        Status::Ready => (format!("Your order is ready to collect at {who}."), None, "good"),
        Status::OutForDelivery => ("Your order is on its way to you.".to_owned(), None, "good"),
        Status::Completed => (
            "Enjoy your meal!".to_owned(),
            Some(format!(
                "{who} {} your order.",
                if delivery { "delivered" } else { "handed over" }
            )),
            "good",
        ),
        Status::Declined => return declined(page),
        Status::Cancelled => return cancelled(page),
    };
    Story { sentence, said: None, more, tone, action: None }
}

fn delivered(page: &OrderPage<'_>) -> bool {
    let order = page.view.order.as_ref();
    order.is_some_and(|order| matches!(order.fulfilment, Fulfilment::Delivery { .. }))
}

fn ready_by(page: &OrderPage<'_>) -> Option<String> {
    let zone = page.view.order.as_ref()?.seller.time_zone.zone();
    Some(when::near(&page.reader, page.view.standing.ready_by?, page.now, &zone))
}

fn declined(page: &OrderPage<'_>) -> Story {
    let reason = page.view.standing.reason.as_deref().and_then(|r| r.parse().ok());
    let (sentence, advice) = match reason {
        Some(DeclineReason::CardDeclined) => ("Your bank declined the card.", "Try another card."),
        Some(DeclineReason::InsufficientFunds) => {
            ("The card does not have enough money on it.", "Try another card.")
        }
        Some(DeclineReason::AuthenticationRequired) => {
            ("Your bank wants to confirm this payment with you.", "Try another card.")
        }
        Some(DeclineReason::InvalidPaymentMethod) => {
            ("The payment method was not accepted.", "Try another card.")
        }
        Some(DeclineReason::OutOfStock) => {
            ("A dish ran out just before your order came in.", "Choose something else.")
        }
        Some(DeclineReason::PaymentTimeout) => {
            ("The bank did not answer in time, so we called it off.", "Try again.")
        }
        Some(DeclineReason::Cancelled) => {
            ("The order was cancelled before payment.", "Order again.")
        }
        None => ("The payment did not go through.", "Try another card."),
    };
    let text =
        if reason == Some(DeclineReason::OutOfStock) { "Change the order" } else { "Try again" };
    Story {
        sentence: sentence.to_owned(),
        said: None,
        more: Some(format!("No money was taken. We kept your dishes. {advice}")),
        tone: "bad",
        action: Some((page.retry.clone(), text)),
    }
}

fn cancelled(page: &OrderPage<'_>) -> Story {
    let (who, reason) = (seller(page), page.view.standing.reason.as_deref());
    let (sentence, said) = match Requester::who_cancelled(reason) {
        Requester::Customer => ("You cancelled this order.".to_owned(), None),
        Requester::Timer => {
            (format!("{who} did not answer in time, so we cancelled your order."), None)
        }
        Requester::Kitchen | Requester::Restaurant => {
            (format!("{who} had to cancel your order."), reason)
        }
    };
    Story {
        sentence,
        said: said.map(|reason| format!("\u{201c}{reason}\u{201d}")),
        more: Some(money_back(page)),
        tone: "bad",
        action: Some((page.retry.clone(), "Order again")),
    }
}

fn money_back(page: &OrderPage<'_>) -> String {
    let payment = page.view.payment.as_ref();
    let total = payment.map(|payment| payment.amount.to_string()).unwrap_or_default();
    match payment.map(|payment| payment.state) {
        Some(PaymentState::Refunded) => format!("{total} was given back to your card."),
        Some(PaymentState::Captured | PaymentState::RefundPending) => {
            format!("{total} is on its way back to your card. You need do nothing.")
        }
        Some(PaymentState::Declined | PaymentState::Void) => "No money was taken.".to_owned(),
        Some(PaymentState::Pending | PaymentState::Unknown) | None => {
            "Nothing is charged. Should your bank be faster, the money goes straight back."
                .to_owned()
        }
    }
}
