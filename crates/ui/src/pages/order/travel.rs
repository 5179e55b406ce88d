//! The events of the order with their positions in the log.

use domain::{ports::Hop, status::Status};
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use super::{OrderPage, is_delivery, zone};
use crate::{Reader, when};

/// The events of an order, folded, since few readers need them.
pub(super) fn travel(page: &OrderPage<'_>) -> Markup {
    let (words, history) = (&page.reader.words().travel, &page.view.history);
    html! {
        @if !history.is_empty() {
            details #travel.travel {
                summary { (words.title) }
                p.hint { (words.lead) }
                table {
                    thead {
                        tr {
                            @for name in [words.at, words.step, words.topic, words.partition,
                                words.offset, words.took] {
                                th scope="col" { (name) }
                            }
                        }
                    }
                    tbody { @for (status, at) in history { (row(page, *status, *at)) } }
                }
            }
        }
    }
}

fn row(page: &OrderPage<'_>, status: Status, at: Timestamp) -> Markup {
    let hop = page.hops.iter().find(|hop| hop.status == status);
    let step = (page.reader.words().order.step)(status, is_delivery(page.view));
    let words = &page.reader.words().travel;
    html! {
        tr {
            td data-name=(words.at) { time datetime=(at) { (when::clock_s(at, &zone(page))) } }
            th scope="row" { (step) }
            @if let Some(hop) = hop {
                td data-name=(words.topic) { code { (hop.topic) } }
                td data-name=(words.partition) { (hop.partition) }
                td data-name=(words.offset) { (hop.offset) }
                td data-name=(words.took) { (took(&page.reader, hop)) }
            } @else {
                @for _ in 0..4 { td.nothing { "\u{2013}" } }
            }
        }
    }
}

/// Milliseconds, or whole seconds where they are many.
fn took(reader: &Reader, hop: &Hop) -> String {
    let took = hop.seen_at.duration_since(hop.produced_at).max(SignedDuration::ZERO);
    let words = &reader.words().travel;
    match took.as_secs() {
        0..10 => (words.ms)(i64::try_from(took.as_millis()).unwrap_or(i64::MAX)),
        seconds => (words.seconds)(seconds),
    }
}
