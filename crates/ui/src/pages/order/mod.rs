//! The live page of one order.

use domain::{
    order::{Fulfilment, Order},
    payment::{PartRefund, PaymentState},
    ports::{Hop, OrderView},
    restaurant::Restaurant,
    status::Status,
};
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};

use crate::{
    Reader, icons,
    layout::{Area, document, not_live},
    when,
};

mod cancel;
mod money;
mod parts;
mod story;
mod travel;

pub use cancel::OrderNotice;

/// An order as its customer sees it.
#[derive(Clone, Debug)]
pub struct OrderPage<'a> {
    /// The reader.
    pub reader: Reader,
    /// The order. While only its status is known, it has no lines yet.
    pub view: &'a OrderView,
    /// The events of the order so far.
    pub hops: &'a [Hop],
    /// The restaurant, if it is known by other means than the order.
    pub restaurant: Option<&'a Restaurant>,
    /// The current time.
    pub now: Timestamp,
    /// Where a declined order is tried again, with its dishes filled in:
    /// `/checkout?restaurant=…&replaces=…`.
    pub retry: String,
    /// Where the same is ordered again: `/checkout?restaurant=…&again=…`.
    pub again: String,
    /// Until when the customer can authenticate with the bank, if that is required.
    pub authenticate_until: Option<Timestamp>,
    /// The notice about the request to cancel.
    pub notice: Option<OrderNotice>,
    /// Its refunds of parts.
    pub refunds: &'a [PartRefund],
    /// True if the reader may refund it.
    pub may_refund: bool,
}

impl OrderPage<'_> {
    /// "Order 42": once the order is confirmed. A declined one is called by no number, and the one
    /// that replaces it has its own.
    fn number(&self) -> Option<String> {
        let number = self.view.standing.number?;
        Some((self.reader.words().order.number)(&number.to_string()))
    }
}

/// The page at `/orders/{id}`.
pub fn order(page: &OrderPage<'_>) -> Markup {
    let view = page.view;
    let story = story::story(page);
    let live = goes_on(view).then(|| format!("/api/orders/{}/events", view.order_id));
    // Changes of the payment are live, too.
    let say = match (view.standing.status, &story.more) {
        (Status::Cancelled, Some(more)) => format!("{} {more}", story.sentence),
        _ => story.sentence.clone(),
    };
    let main = html! {
        div.band data-offline hidden role="status" {
            (icons::warning()) (page.reader.words().order.offline)
        }
        (not_live(&page.reader))
        div #order.order data-swap data-live=[live] data-pushed data-say=(say) {
            (cancel::notice(page))
            div.order-say.(story.tone) {
                @if let Some(number) = page.number() { p.order-number { (number) } }
                h1 { (story.sentence) }
                @if let Some(quote) = &story.quote { blockquote.said { p { (quote) } } }
                @if let Some(more) = &story.more { p.lead { (more) } }
            }
            (parts::stepper(page))
            @if let Some((href, text)) = &story.action {
                p.order-action { a.primary href=(href) { (text) } }
            }
            (cancel::form(page))
            (parts::slip(page))
            (travel::travel(page))
        }
    };
    let title = match page.number() {
        Some(number) => format!("{number} · {}", story.sentence),
        None => story.sentence.clone(),
    };
    document(&page.reader, &title, Area::Shop, "order-page", &main)
}

/// True while a step, or a change of the payment, may follow.
fn goes_on(view: &OrderView) -> bool {
    let state = money::state(view);
    let settled =
        matches!(state, Some(PaymentState::Refunded | PaymentState::Void | PaymentState::Declined));
    match view.standing.status {
        Status::Cancelled => !settled,
        Status::Declined => state == Some(PaymentState::RefundPending),
        // The payment follows the hand-over a moment later.
        Status::Completed => matches!(
            state,
            Some(PaymentState::Due | PaymentState::Authorized | PaymentState::RefundPending)
        ),
        status => !status.is_final(),
    }
}

/// True for a delivery.
fn is_delivery(view: &OrderView) -> bool {
    let order = view.order.as_ref();
    order.is_some_and(|order| matches!(order.fulfilment, Fulfilment::Delivery { .. }))
}

/// Time zone of displayed times: the restaurant's.
fn zone(page: &OrderPage<'_>) -> TimeZone {
    let of_order = page.view.order.as_ref().map(|order| order.seller.time_zone.zone());
    of_order.or(page.restaurant.map(|r| r.time_zone.zone())).unwrap_or(TimeZone::UTC)
}

/// The promised time, as text.
fn ready_by(page: &OrderPage<'_>) -> Option<String> {
    let at = page.view.standing.ready_by?;
    Some(when::near(&page.reader, at, page.now, &zone(page)))
}

/// The restaurant's name, or a general word.
fn seller<'a>(page: &'a OrderPage<'_>) -> &'a str {
    let from_order = page.view.order.as_ref().map(|order: &Order| order.seller.name.as_str());
    from_order
        .or(page.restaurant.map(|r| r.name.as_str()))
        .unwrap_or(page.reader.words().story.the_restaurant)
}
