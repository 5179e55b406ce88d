//! The live page of one order.

use domain::{order::Order, ports::OrderView, restaurant::Restaurant};
use jiff::Timestamp;
use maud::{Markup, html};

use crate::{
    Reader, icons,
    layout::{Place, document},
};

mod cancel;
mod parts;
mod story;

pub use cancel::OrderNotice;

/// An order as its customer sees it.
#[derive(Clone, Debug)]
pub struct OrderPage<'a> {
    /// Who reads it.
    pub reader: Reader,
    /// The order. While only its status is known, it has no lines yet.
    pub view: &'a OrderView,
    /// The restaurant, if it is known by other means than the order.
    pub restaurant: Option<&'a Restaurant>,
    /// Now.
    pub now: Timestamp,
    /// Where a declined order is tried again, with its dishes filled in:
    /// `/checkout?restaurant=…&replaces=…`.
    pub retry: String,
    /// What came of the wish to cancel, if that is not plain to see.
    pub notice: Option<OrderNotice>,
}

/// The page at `/orders/{id}`.
pub fn order(page: &OrderPage<'_>) -> Markup {
    let view = page.view;
    let story = story::story(page);
    let live =
        (!view.standing.status.is_final()).then(|| format!("/api/orders/{}/events", view.order_id));
    let main = html! {
        div.band data-offline hidden role="status" {
            (icons::warning()) "No connection. This page shows the last known state."
        }
        div #order.order data-live=[live] data-say=(story.sentence) {
            (cancel::notice(page))
            div.order-say.(story.tone) {
                h1 { (story.sentence) }
                @if let Some(said) = &story.said { blockquote.said { p { (said) } } }
                @if let Some(more) = &story.more { p.lead { (more) } }
            }
            (parts::stepper(view))
            @if let Some((href, text)) = &story.action {
                p.order-action { a.primary href=(href) { (text) } }
            }
            (cancel::form(view))
            (parts::slip(view))
            (parts::history(page))
        }
    };
    document(&page.reader, &story.sentence, Place::Shop, "order-page", &main)
}

/// Name of the restaurant, or a word for it.
fn seller<'a>(page: &'a OrderPage<'_>) -> &'a str {
    let from_order = page.view.order.as_ref().map(|order: &Order| order.seller.name.as_str());
    from_order.or(page.restaurant.map(|r| r.name.as_str())).unwrap_or("the restaurant")
}
