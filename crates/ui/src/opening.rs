//! Whether a restaurant is open, in a line, and its hours as a table.

use domain::{
    hours::{Opening, OpeningHours, Span},
    restaurant::Restaurant,
};
use jiff::{Timestamp, civil::Weekday};
use maud::{Markup, html};

use crate::{Reader, when};

/// The state in words.
pub(crate) fn status_text(reader: &Reader, restaurant: &Restaurant, now: Timestamp) -> String {
    let (words, zone) = (&reader.words().opening, restaurant.time_zone.zone());
    let soon = |at| when::soon(reader, at, now, &zone);
    match restaurant.opening(now) {
        // An opening more than a day away is not about today.
        Opening::Open { until: Some(at) } if at.duration_since(now).as_hours() < 24 => {
            (words.open_until)(&when::clock(at, &zone))
        }
        Opening::Open { .. } => words.open.to_owned(),
        Opening::Closed { opens: Some(at) } => (words.opens)(&soon(at)),
        Opening::Closed { opens: None } => words.closed.to_owned(),
        Opening::Paused { opens: Some(at) } => (words.back)(&soon(at)),
        Opening::Paused { opens: None } => words.paused.to_owned(),
    }
}

/// The state as a line with a mark whose shape says it, too.
pub(crate) fn line(reader: &Reader, restaurant: &Restaurant, now: Timestamp) -> Markup {
    let open = restaurant.opening(now).is_open();
    html! {
        p.opening.shut[!open] { (status_text(reader, restaurant, now)) }
    }
}

/// The hours of a week, folded; the state is always shown.
pub(crate) fn hours(reader: &Reader, restaurant: &Restaurant, now: Timestamp) -> Markup {
    html! {
        @if let Some(hours) = &restaurant.opening_hours {
            details.open-hours {
                summary aria-label={
                    (status_text(reader, restaurant, now)) ". " (reader.words().opening.hours)
                } { (line(reader, restaurant, now)) }
                (table(reader, restaurant, hours, now))
            }
        } @else {
            (line(reader, restaurant, now))
        }
    }
}

/// The hours of a week: today with its exceptions, the other days as usual.
fn table(reader: &Reader, restaurant: &Restaurant, hours: &OpeningHours, now: Timestamp) -> Markup {
    let today = now.to_zoned(restaurant.time_zone.zone()).date();
    let words = reader.words();
    html! {
        table {
            caption.visually-hidden { (words.opening.hours) }
            @for day in Weekday::Monday.cycle_forward().take(7) {
                @let is_today = day == today.weekday();
                @let spans = if is_today { hours.on(today) } else { hours.usual(day) };
                tr.today[is_today] {
                    th scope="row" {
                        (words.dates.weekday(day))
                        @if is_today { span.visually-hidden { ", " (words.opening.today) } }
                    }
                    td {
                        @if spans.is_empty() { (words.opening.closed) }
                        @for (n, span) in spans.iter().enumerate() {
                            @if n > 0 { ", " }
                            (span_text(*span))
                        }
                    }
                }
            }
        }
    }
}

fn span_text(span: Span) -> String {
    format!("{}\u{2013}{}", span.from, span.until)
}
