//! Stepper and slip of an order.

use domain::{
    order::{Fulfilment, Order},
    payment::PaymentState,
    status::Status,
};
use maud::{Markup, html};

use super::{OrderPage, is_delivery, money, ready_by, zone};
use crate::{icons, seller, slip, when};

/// The steps with the times they were reached at, and when the food will be ready.
pub(super) fn stepper(page: &OrderPage<'_>) -> Markup {
    let (words, zone) = (&page.reader.words().order, zone(page));
    let (status, delivery) = (page.view.standing.status, is_delivery(page.view));
    let off = status > Status::Completed;
    let steps = Status::ALL
        .iter()
        .copied()
        .filter(|s| *s <= Status::Completed && (delivery || *s != Status::OutForDelivery));
    let reached = |step| page.view.history.iter().find(|(s, _)| *s == step).map(|(_, at)| *at);
    let expected = |step| ready_by(page).filter(|_| step == Status::Ready && status < step);
    html! {
        @if !off {
            ol.steps aria-label=(words.steps) {
                @for step in steps {
                    @let done = step < status || status == Status::Completed;
                    @let here = step == status && !done;
                    li.done[done].here[here] aria-current=[here.then_some("step")] {
                        span.dot { @if done { (icons::tick()) } }
                        span.step-name { ((words.step)(step, delivery)) }
                        @if let Some(at) = reached(step).filter(|_| done || here) {
                            time.step-time datetime=(at) { (when::clock(at, &zone)) }
                        } @else if let Some(by) = expected(step) {
                            span.step-time { ((words.about)(&by)) }
                        }
                        @if done { span.visually-hidden { (words.done) } }
                    }
                }
            }
        }
    }
}

pub(super) fn slip(page: &OrderPage<'_>) -> Markup {
    let (words, zone) = (&page.reader.words().order, zone(page));
    html! {
        @if let Some(order) = &page.view.order {
            section.slip aria-labelledby="slip-title" {
                div.slip-head {
                    h2 #slip-title { (order.seller.name) }
                    @if let Some(number) = page.number() { p.slip-number { (number) } }
                    p.soft {
                        @match &order.fulfilment {
                            Fulfilment::Pickup => {
                                (words.pickup)
                                @if let Some(address) = &order.seller.address {
                                    ": " (address.lines().join(", "))
                                }
                            },
                            Fulfilment::Delivery { address } => {
                                ((words.delivery_to)(address.as_str()))
                            },
                        }
                        " \u{00b7} " ((words.for_whom)(order.customer.name.as_str()))
                    }
                    p.soft {
                        @let at = when::day_and_clock(&page.reader, order.placed_at, &zone);
                        ((words.ordered_at)(&at))
                    }
                }
                (slip::lines(&page.reader, &order.lines, order.currency))
                (slip::totals(&page.reader, order))
                (money::refunds(page))
                (paid(page))
                @if is_receipt(page) { (sold_by(page, order)) }
            }
            p.slip-actions {
                @if page.view.standing.status == Status::Completed {
                    a.primary href=(page.again) { (words.again) }
                }
                @if is_receipt(page) {
                    button.quiet type="button" data-print { (icons::printer()) (words.print) }
                }
                @if page.may_refund {
                    a.quiet href={ "/orders/" (page.view.order_id) "/refunds" } {
                        (page.reader.words().refunds.link)
                    }
                }
            }
        } @else {
            div.slip.waiting aria-hidden="true" { i {} i {} i {} }
        }
    }
}

/// Who sold, and what the receipt is not.
fn sold_by(page: &OrderPage<'_>, order: &Order) -> Markup {
    let (words, sold) = (&page.reader.words().order, &order.seller);
    html! {
        div.sold-by {
            (seller::seller(&page.reader, sold.legal.as_ref(), sold.address.as_ref()))
            p { (words.not_fiscal) }
            p.only-print { ((words.number)(&order.id.to_string())) }
        }
    }
}

/// True if the order was charged or paid in cash.
fn is_receipt(page: &OrderPage<'_>) -> bool {
    let is_paid = |state: PaymentState| state.was_captured() || state == PaymentState::Collected;
    money::state(page.view).is_some_and(is_paid)
}

/// The mark of the money: held, paid, due, released or refunded.
fn paid(page: &OrderPage<'_>) -> Markup {
    let (words, total) = (&page.reader.words().order, money::total(page));
    let is_cash = money::is_cash(page.view);
    let was_held = page.view.payment.as_ref().is_some_and(|payment| payment.hold.is_some());
    let mark = |icon, text: &str, class| html! { p.paid.(class) { (icon) (text) } };
    let Some(state) = money::state(page.view) else { return html! {} };
    match state {
        PaymentState::Captured => mark(icons::tick(), words.paid, "done"),
        PaymentState::PartlyRefunded if is_cash => mark(icons::tick(), words.paid_cash, "done"),
        PaymentState::PartlyRefunded => mark(icons::tick(), words.paid, "done"),
        PaymentState::RefundPending if page.view.standing.status < Status::Declined => {
            mark(icons::tick(), words.paid, "done")
        }
        PaymentState::Collected => mark(icons::tick(), words.paid_cash, "done"),
        PaymentState::Authorized if page.view.standing.status != Status::Cancelled => {
            mark(icons::card(), &(words.held)(&total), "open")
        }
        PaymentState::Due if page.view.standing.status != Status::Cancelled => {
            mark(icons::cash(), &(words.due)(&total), "open")
        }
        PaymentState::Void | PaymentState::Authorized if was_held => {
            mark(icons::card(), words.released, "open")
        }
        PaymentState::Refunded if is_cash => mark(icons::tick(), words.given_back_cash, "done"),
        PaymentState::Refunded => mark(icons::tick(), words.given_back, "done"),
        _ => html! {},
    }
}
