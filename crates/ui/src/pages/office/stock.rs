//! `/backoffice/r/{restaurant}/stock`: how many there are, and who said so.

use domain::{
    ids::ItemId,
    ports::StockNote,
    stock::{Availability, Change},
    violation::Violation,
};
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};

use super::{
    OfficePlace, Said,
    form::{Form, Line},
    restaurant_page,
};
use crate::when;

/// A dish with its level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockDish {
    /// Which one.
    pub id: ItemId,
    /// Its name.
    pub name: String,
    /// The heading that it stands under.
    pub category: String,
    /// Pieces; `None` if it is not counted.
    pub left: Option<u32>,
    /// The level in words.
    pub supply: Availability,
    /// True while it is hidden.
    pub hidden: bool,
}

/// The stock of a restaurant.
#[derive(Clone, Debug)]
pub struct StockPage<'a> {
    /// Where it stands.
    pub place: OfficePlace<'a>,
    /// In the order of the menu.
    pub dishes: &'a [StockDish],
    /// The last changes, with the names of their dishes.
    pub notes: &'a [(String, StockNote)],
    /// The zone of times.
    pub zone: TimeZone,
    /// Now.
    pub now: Timestamp,
    /// What became of the last request.
    pub said: Option<Said>,
}

/// The stock of one dish.
#[derive(Clone, Debug)]
pub struct StockHistory<'a> {
    /// Where it stands.
    pub place: OfficePlace<'a>,
    /// The dish.
    pub dish: &'a StockDish,
    /// From where on it is low, as typed.
    pub low: String,
    /// Whether the reader may change the low-stock level.
    pub may_set_low: bool,
    /// The version of the menu, which says so.
    pub version: i64,
    /// Its changes, newest first.
    pub notes: &'a [StockNote],
    /// The zone of times.
    pub zone: TimeZone,
    /// Now.
    pub now: Timestamp,
    /// What is wrong with what was typed.
    pub violations: &'a [Violation],
    /// What became of the last request.
    pub said: Option<Said>,
}

/// The stock of a restaurant.
pub fn stock(page: &StockPage<'_>) -> Markup {
    let words = &page.place.reader.words().office;
    let content = html! {
        p.lead { (words.stock_lead) }
        @if page.dishes.is_empty() { div.empty { p.big { (words.empty_menu) } } }
        ul.panel.stock-list {
            @for (n, dish) in page.dishes.iter().enumerate() {
                @if n == 0 || page.dishes[n - 1].category != dish.category {
                    li.stock-heading { h2 { (dish.category) } }
                }
                li.stock-row { (row(page.place, dish)) }
            }
        }
        @if !page.notes.is_empty() {
            section aria-labelledby="stock-changes" {
                h2 #stock-changes { (words.last_changes) }
                ol.panel.log {
                    @for (name, note) in page.notes {
                        li { strong { (name) } (line(page.place, note, page.now, &page.zone)) }
                    }
                }
            }
        }
    };
    restaurant_page(page.place, "/stock", words.stock, page.said.as_ref(), &content)
}

/// The stock of one dish, with who changed it, when and why.
pub fn stock_history(page: &StockHistory<'_>) -> Markup {
    let words = &page.place.reader.words().office;
    let f = Form { reader: page.place.reader, violations: page.violations };
    let at = page.place.at(&format!("/stock/{}", page.dish.id));
    let content = html! {
        p.back { a href=(page.place.at("/stock")) { (words.stock) } }
        div.panel.stock-one {
            (row(page.place, page.dish))
            form.office-form method="post" action=(at) {
                div.field-row {
                    (f.select("what", words.change, &[
                        ("add", words.add_pieces), ("take", words.take_pieces),
                        ("set", words.set_pieces), ("unlimited", words.do_not_count),
                    ], "add"))
                    (f.line(Line::new("pieces", words.pieces, "").kind("numeric").optional().plain()))
                }
                (f.line(Line::new("reason", words.why, "").hint(words.why_hint).optional()))
                button.primary type="submit" { (words.save) }
            }
        }
        @if page.may_set_low {
            form.panel.office-form method="post" action={ (at) "/low" } {
                input type="hidden" name="version" value=(page.version);
                (f.line(Line::new("low_stock", words.low_stock, &page.low)
                    .hint(words.low_stock_hint).kind("numeric").optional()))
                button.second type="submit" { (words.save) }
            }
        }
        h2 { (words.history) }
        @if page.notes.is_empty() { p.soft { (words.no_stock_changes) } }
        @else {
            ol.panel.log {
                @for note in page.notes { li { (line(page.place, note, page.now, &page.zone)) } }
            }
        }
    };
    restaurant_page(page.place, "/stock", &page.dish.name, page.said.as_ref(), &content)
}

fn row(place: OfficePlace<'_>, dish: &StockDish) -> Markup {
    let words = &place.reader.words().office;
    let at = place.at(&format!("/stock/{}", dish.id));
    html! {
        div.stock-name {
            a href=(at) { (dish.name) }
            @if dish.hidden { " " span.badge { (words.hidden) } }
        }
        div.stock-level { (level(place, dish)) }
        form.stock-buttons method="post" action=(at) {
            input type="hidden" name="return" value="list";
            @if dish.left.is_some_and(|left| left > 0) {
                button.second type="submit" name="what" value="one-less"
                    aria-label={ (words.one_less) ": " (dish.name) } { "−1" }
            }
            @if dish.left.is_some() {
                button.second type="submit" name="what" value="one-more"
                    aria-label={ (words.one_more) ": " (dish.name) } { "+1" }
            }
            @if dish.left == Some(0) {
                button.second type="submit" name="what" value="unlimited" { (words.there_again) }
            } @else {
                button.second type="submit" name="what" value="sold-out" { (words.mark_sold_out) }
            }
        }
    }
}

fn level(place: OfficePlace<'_>, dish: &StockDish) -> Markup {
    let words = &place.reader.words().office;
    html! {
        @match (dish.supply, dish.left) {
            (Availability::SoldOut, _) => span.badge.bad { (words.sold_out) },
            (Availability::Low, Some(left)) => span.badge.warn { ((words.left)(left)) },
            (_, Some(left)) => span.badge.good { ((words.left)(left)) },
            (_, None) => span.soft { (words.not_counted) },
        }
    }
}

/// `12 → 9 · Carla, 12:41 · burnt`.
fn line(place: OfficePlace<'_>, note: &StockNote, now: Timestamp, zone: &TimeZone) -> Markup {
    let words = &place.reader.words().office;
    let pieces = |pieces: Option<i64>| match pieces {
        Some(pieces) => pieces.to_string(),
        None => words.not_counted.to_owned(),
    };
    let step = match note.change {
        Change::Delta(by) if by > 0 => format!(" (+{by})"),
        Change::Delta(by) => format!(" (−{})", by.unsigned_abs()),
        _ => String::new(),
    };
    html! {
        span.log-change {
            span.old { (pieces(note.before)) } " → " span.new { (pieces(note.after)) } (step)
        }
        span.soft { (note.by) }
        time.soft datetime=(note.at) { (when::near(place.reader, note.at, now, zone)) }
        @if let Some(reason) = &note.reason { span.log-why { (reason) } }
    }
}
