//! Stepper, slip and history of an order.

use domain::{order::Fulfilment, ports::OrderView, status::Status};
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::OrderPage;
use crate::{icons, slip, when};

/// How a status is called on the way.
fn name(status: Status, delivery: bool) -> &'static str {
    match status {
        Status::Placed => "Ordered",
        Status::Confirmed => "Paid",
        Status::Accepted => "Accepted",
        Status::Preparing => "Cooking",
        Status::Ready => "Ready",
        Status::OutForDelivery => "On its way",
        Status::Completed if delivery => "Delivered",
        Status::Completed => "Collected",
        Status::Declined => "Declined",
        Status::Cancelled => "Cancelled",
    }
}

fn is_delivery(view: &OrderView) -> bool {
    let order = view.order.as_ref();
    order.is_some_and(|order| matches!(order.fulfilment, Fulfilment::Delivery { .. }))
}

pub(super) fn stepper(view: &OrderView) -> Markup {
    let (status, delivery) = (view.standing.status, is_delivery(view));
    let off = status > Status::Completed;
    let steps = Status::ALL
        .iter()
        .copied()
        .filter(|s| *s <= Status::Completed && (delivery || *s != Status::OutForDelivery));
    html! {
        @if !off {
            ol.steps aria-label="Steps of the order" {
                @for step in steps {
                    @let done = step < status || status == Status::Completed;
                    @let here = step == status && !done;
                    li.done[done].here[here] aria-current=[here.then_some("step")] {
                        span.dot { @if done { (icons::tick()) } }
                        span.step-name { (name(step, delivery)) }
                        @if done { span.visually-hidden { ", done" } }
                    }
                }
            }
        }
    }
}

pub(super) fn slip(view: &OrderView) -> Markup {
    html! {
        @if let Some(order) = &view.order {
            section.slip aria-labelledby="slip-title" {
                div.slip-head {
                    h2 #slip-title { (order.seller.name) }
                    p.soft {
                        @match &order.fulfilment {
                            Fulfilment::Pickup => "Pickup",
                            Fulfilment::Delivery { address } => { "Delivery to " (address) },
                        }
                        " \u{00b7} for " (order.customer.name)
                    }
                }
                (slip::lines(&order.lines, order.currency))
                (slip::totals(&order.totals, order.currency))
            }
        } @else {
            div.slip.waiting aria-hidden="true" { i {} i {} i {} }
        }
    }
}

pub(super) fn history(page: &OrderPage<'_>) -> Markup {
    let view = page.view;
    let order_zone = view.order.as_ref().map(|order| order.seller.time_zone.zone());
    let zone = order_zone.or(page.restaurant.map(|r| r.time_zone.zone())).unwrap_or(TimeZone::UTC);
    html! {
        @if !view.history.is_empty() {
            details.travel {
                summary { "How your order travelled" }
                ol {
                    @for (status, at) in &view.history {
                        li {
                            time datetime=(at) { (when::near(&page.reader, *at, page.now, &zone)) }
                            span { (name(*status, is_delivery(view))) }
                        }
                    }
                }
            }
        }
    }
}
