//! The headline of the order page: the state of the order in the customer's terms.

use domain::{
    kitchen::Requester,
    payment::{DeclineReason, PaymentState},
    status::Status,
};

use super::{OrderPage, is_delivery, money, ready_by, seller, zone};
use crate::when;

/// The headline of the page.
pub(super) struct Story {
    pub(super) sentence: String,
    /// A quoted reason.
    pub(super) quote: Option<String>,
    pub(super) more: Option<String>,
    /// The class that colours it.
    pub(super) tone: &'static str,
    /// The next action, if any: address and text.
    pub(super) action: Option<(String, &'static str)>,
}

pub(super) fn story(page: &OrderPage<'_>) -> Story {
    let words = &page.reader.words().story;
    let (who, by, delivery) = (seller(page), ready_by(page), is_delivery(page.view));
    let by = by.as_deref();
    let outlook = money::outlook(page);
    let (sentence, more, tone) = match page.view.standing.status {
        Status::Placed if page.authenticate_until.is_some() => return authenticate(page),
        Status::Placed => {
            let placed = if money::is_cash(page.view) { words.placed_cash } else { words.placed };
            (placed.to_owned(), Some(words.placed_more.into()), "calm")
        }
        Status::Confirmed => {
            let more = outlook.into_iter().chain([words.confirmed_more.to_owned()]);
            ((words.confirmed)(who), Some(more.collect::<Vec<_>>().join(" ")), "calm")
        }
        Status::Accepted => ((words.accepted)(who, by), outlook, "calm"),
        Status::Preparing => ((words.preparing)(who, by), outlook, "calm"),
        Status::Ready if delivery => (words.packed.to_owned(), outlook, "good"),
        Status::Ready => ((words.ready)(who), outlook, "good"),
        Status::OutForDelivery => (words.on_its_way.to_owned(), outlook, "good"),
        Status::Completed => {
            let handed = if delivery { words.delivered } else { words.collected };
            (words.enjoy.to_owned(), Some(handed(who)), "good")
        }
        Status::Declined => return declined(page),
        Status::Cancelled => return cancelled(page),
    };
    Story { sentence, quote: None, more, tone, action: None }
}

fn authenticate(page: &OrderPage<'_>) -> Story {
    let words = &page.reader.words().story;
    let until =
        page.authenticate_until.map(|at| when::near(&page.reader, at, page.now, &zone(page)));
    Story {
        sentence: words.authenticate.to_owned(),
        quote: None,
        more: until.map(|until| (words.authenticate_more)(&until)),
        tone: "calm",
        action: Some((format!("/orders/{}/pay", page.view.order_id), words.to_bank)),
    }
}

fn declined(page: &OrderPage<'_>) -> Story {
    let words = &page.reader.words().story;
    let reason = page.view.standing.reason.as_deref().and_then(|r| r.parse().ok());
    let (sentence, advice) = (words.declined)(reason);
    let another = [DeclineReason::OutOfStock, DeclineReason::NotVerified];
    let change = reason.is_some_and(|reason| another.contains(&reason));
    let text = if change { words.change } else { words.try_again };
    Story {
        sentence: sentence.to_owned(),
        quote: None,
        more: Some(if money_came_late(page) {
            format!("{} {advice}", money_back(page))
        } else {
            (words.no_money)(advice)
        }),
        tone: "bad",
        action: Some((page.retry.clone(), text)),
    }
}

fn cancelled(page: &OrderPage<'_>) -> Story {
    let words = &page.reader.words().story;
    let (who, reason) = (seller(page), page.view.standing.reason.as_deref());
    let (sentence, quote) = match Requester::from_reason(reason) {
        Requester::Timer if reason == Some(Requester::PAYMENT_FAILED) => {
            (words.by_payment.to_owned(), None)
        }
        Requester::Customer => (words.by_you.to_owned(), None),
        Requester::Timer => ((words.by_timer)(who), None),
        Requester::Kitchen | Requester::Restaurant => ((words.by_restaurant)(who), reason),
    };
    Story {
        sentence,
        quote: quote.map(|reason| format!("\u{201c}{reason}\u{201d}")),
        more: Some(money_back(page)),
        tone: "bad",
        action: Some((page.retry.clone(), words.again)),
    }
}

/// True if money arrived although the order was declined.
fn money_came_late(page: &OrderPage<'_>) -> bool {
    page.view.payment.as_ref().is_some_and(|payment| payment.state.was_captured())
}

fn money_back(page: &OrderPage<'_>) -> String {
    let words = &page.reader.words().story;
    let (total, is_cash) = (money::total(page), money::is_cash(page.view));
    let was_held = page.view.payment.as_ref().is_some_and(|payment| payment.hold.is_some());
    match money::state(page.view) {
        Some(PaymentState::Refunded) if is_cash => (words.refunded_cash)(&total),
        Some(PaymentState::Refunded) => (words.refunded)(&total),
        Some(
            PaymentState::Captured
            | PaymentState::RefundPending
            | PaymentState::PartlyRefunded
            | PaymentState::Collected,
        ) => (words.refunding)(&money::left(page)),
        Some(PaymentState::Authorized) => (words.released)(&total),
        Some(PaymentState::Void) if was_held => (words.released)(&total),
        Some(PaymentState::Due | PaymentState::Void) if is_cash => words.nothing_due.to_owned(),
        Some(PaymentState::Declined | PaymentState::Void | PaymentState::Due) => {
            words.none_taken.to_owned()
        }
        _ if is_cash => words.nothing_due.to_owned(),
        Some(PaymentState::Pending | PaymentState::ActionRequired | PaymentState::Unknown)
        | None => words.not_charged.to_owned(),
    }
}
